//! Stages `mel_filters`, `log_mel`, `whisper_features` and `whisper_chunks`.

use engine_echomimic::audio::{HeardSpeech, SpeechEncoder};
use engine_golden::json::{size, text};
use engine_torch::testing;
use engine_whisper::Config;
use engine_whisper::mel::{log_mel, mel_filters};
use serde_json::Value;
use tch::{Device, Kind, Tensor};

use crate::reference::{SET, check, input, listed, network};

/// The clip of a stage as floats, full scale 1.
pub(crate) fn wave(stage: &Value) -> Tensor {
    input(stage, "wave").to_kind(Kind::Float) / 32768.0
}

/// The encoder that the set calls so.
pub(crate) fn encoder(model: &str) -> SpeechEncoder {
    let config = &SET.part("models")[model]["config"];
    let config: Config = serde_json::from_value(config.clone()).expect("the sizes of an encoder");
    network(model, |vs| SpeechEncoder::new(vs, &config))
}

fn hear(stage: &Value, fps: u32) -> HeardSpeech {
    let samples = Vec::try_from(wave(stage)).expect("a row of numbers");
    encoder(text(&stage["model"])).hear(&samples, fps, usize::MAX, &mut |_, _| Ok(())).expect("the clip can be heard")
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

#[test]
fn states_are_those_of_the_reference() {
    for stage in SET.stages("whisper_features") {
        let rows = size(&stage["args"]["rows"]) as i64;
        let each = Tensor::arange(rows, (Kind::Int64, Device::Cpu)).unsqueeze(1);
        let features = hear(stage, 24).tokens(&each);
        check(stage, "features", &features);
        for (name, row) in [("row_first", 0), ("row_last", rows - 1)] {
            if stage["outputs"].get(name).is_some() {
                check(stage, name, &features.get(row));
            }
        }
    }
}

#[test]
fn frames_hear_what_those_of_the_reference_hear() {
    for stage in SET.stages("whisper_chunks") {
        let heard = hear(stage, size(&stage["args"]["fps"]).try_into().unwrap());
        assert_eq!(heard.frames(), size(&stage["args"]["frames"]) as i64, "{}", stage["id"]);
        check(stage, "chunks", &heard.tokens(heard.rows()));
    }
}

#[test]
fn the_encoder_asks_for_the_tensors_of_the_published_one() {
    let mut listed = listed("whisper_tiny_model_state_dict");
    listed.retain(|key, _| key.starts_with("encoder."));
    assert_eq!(testing::keys(|vs| SpeechEncoder::new(vs, &Config::TINY)), listed);
}
