//! Stage `whisper.echomimic`.

use engine_golden::Set;
use engine_golden::json::{shape, size, text};
use engine_torch::{Place, guarded};
use engine_whisper::mel::log_mel;
use engine_whisper::{Config, Encoder, LastState};
use serde_json::Value;
use tch::Tensor;

use crate::reference::{check, set, weights};

/// The samples of a stage's file, full scale 1.
fn wav(set: &Set, stage: &Value) -> Vec<f32> {
    let record = &stage["inputs"]["wav"];
    let file = hound::WavReader::open(set.path(text(&record["file"]))).expect("the file is there");
    let samples: Vec<f32> =
        file.into_samples::<i16>().map(|sample| f32::from(sample.expect("16 bits")) / 32768.0).collect();
    assert_eq!(samples.len(), size(&record["samples"]));
    samples
}

#[test]
fn speech_has_the_states_that_the_original_gives_it() {
    let Some(set) = set() else { return };
    for stage in set.stages("whisper.echomimic") {
        let Some(files) = weights(set, stage) else { return };
        let encoder = Encoder::load(&files[0], &Config::TINY, Place::CPU, &mut |_| ()).unwrap();
        let mel = log_mel(&Tensor::from_slice(&wav(set, stage)), Config::TINY.n_mels as usize);
        check(set, stage, "log_mel", &mel);
        let columns = mel.size()[1];
        let half = shape(&stage["outputs"]["log_mel_ends"]["shape"])[1] as i64 / 2;
        let ends = [mel.narrow(1, 0, half), mel.narrow(1, columns - half, half)];
        check(set, stage, "log_mel_ends", &Tensor::cat(&ends, 1));

        let padded = mel.constant_pad_nd([0, 3000 - columns]).unsqueeze(0);
        let rows =
            guarded(|| encoder.states(&padded, LastState::Raw)).unwrap().squeeze_dim(0).narrow(0, 0, columns / 2);
        check(set, stage, "rows", &rows);
        check(set, stage, "norms", &rows.square().sum_dim_intlist(-1, false, None).sqrt());
    }
}
