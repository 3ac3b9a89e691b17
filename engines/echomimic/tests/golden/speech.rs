//! Stages `mel_filters` and `log_mel`.

use engine_golden::json::size;
use engine_whisper::mel::{log_mel, mel_filters};
use serde_json::Value;
use tch::{Kind, Tensor};

use crate::reference::{SET, check, input};

/// The clip of a stage as floats, full scale 1.
fn wave(stage: &Value) -> Tensor {
    input(stage, "wave").to_kind(Kind::Float) / 32768.0
}

#[test]
fn mel_bands_weigh_frequencies_as_those_of_the_reference() {
    for stage in SET.stages("mel_filters") {
        let mels = size(&stage["outputs"]["filters"]["shape"][0]);
        check(stage, "filters", &mel_filters(mels));
    }
}

#[test]
fn spectrograms_are_those_of_the_reference() {
    for stage in SET.stages("log_mel") {
        let mel = log_mel(&wave(stage), size(&stage["outputs"]["mel"]["shape"][0]));
        let frames = size(&stage["args"]["frames"]) as i64;
        assert_eq!(mel.size()[1], frames, "{}", stage["id"]);
        check(stage, "mel", &mel);
        if stage["outputs"].get("first8").is_some() {
            check(stage, "first8", &mel.narrow(1, 0, 8));
            check(stage, "last8", &mel.narrow(1, frames - 8, 8));
        }
    }
}
