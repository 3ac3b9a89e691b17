//! Stages `audio.decode` and `whisper.echomimic`.

use engine_golden_torch::check;
use engine_golden_torch::real::{set, weights};
use std::path::Path;

use avatar_media::speech::{SPEECH_RATE, SpeechLimits, canonical_speech};
use avatar_prerequisites::real_sample;
use engine_echomimic::audio::{SpeechEncoder, read};
use engine_golden::Set;
use engine_golden::json::{list, number, shape, size, text};
use engine_torch::{Place, guarded};
use engine_whisper::Config;
use engine_whisper::mel::log_mel;
use serde_json::Value;
use tch::{Device, Kind, Tensor};

/// The samples of a stage's file, full scale 1.
fn wav(set: &Set, stage: &Value) -> Vec<f32> {
    let record = &stage["inputs"]["wav"];
    let samples = samples(&set.path(text(&record["file"])));
    assert_eq!(samples.len(), size(&record["samples"]));
    samples
}

/// The samples of a WAV file of 16 bits, full scale 1.
fn samples(path: &Path) -> Vec<f32> {
    let file = hound::WavReader::open(path).expect("the file is there");
    file.into_samples().map(|sample: Result<i16, _>| f32::from(sample.expect("16 bits")) / 32768.0).collect()
}

#[test]
fn a_sound_has_the_samples_that_the_original_decodes() {
    let Some(set) = set() else { return };
    for stage in set.stages("audio.decode") {
        let Some(sample) = real_sample(text(&stage["inputs"]["sample"])) else { return };
        let folder = tempfile::tempdir().unwrap();
        let canonical = folder.path().join("speech.wav");
        canonical_speech(&sample, &canonical, &SpeechLimits { max_seconds: 600.0 }).unwrap();
        let mut got = read(&canonical).unwrap();
        got.truncate(size(&stage["inputs"]["seconds"]) * SPEECH_RATE as usize);

        let record = &stage["outputs"]["pcm"];
        let want = samples(&set.path(text(&record["file"])));
        assert!(got.len().abs_diff(want.len()) <= size(&record["length_within"]), "{} samples", got.len());
        let square = |value: f32| f64::from(value).powi(2);
        let off: f64 = got.iter().zip(&want).map(|(got, want)| square(got - want)).sum();
        let off = (off / want.iter().copied().map(square).sum::<f64>()).sqrt();
        eprintln!("{}: the deviation is {off:.5} of the sound", text(&stage["id"]));
        assert!(off <= number(&record["max"]), "{off}");
    }
}

#[test]
fn a_speech_has_the_spectrogram_that_the_original_gives_it() {
    let Some(set) = set() else { return };
    for stage in set.stages("whisper.echomimic") {
        let mel = log_mel(&Tensor::from_slice(&wav(set, stage)), Config::TINY.n_mels as usize);
        check(set, stage, "log_mel", &mel);
        let columns = mel.size()[1];
        let half = shape(&stage["outputs"]["log_mel_ends"]["shape"])[1] as i64 / 2;
        let ends = [mel.narrow(1, 0, half), mel.narrow(1, columns - half, half)];
        check(set, stage, "log_mel_ends", &Tensor::cat(&ends, 1));
    }
}

#[test]
fn frames_hear_what_the_original_lets_them_hear() {
    let Some(set) = set() else { return };
    for stage in set.stages("whisper.echomimic") {
        let Some(files) = weights(set, stage) else { return };
        let encoder = SpeechEncoder::load(&files[0], Place::CPU, &mut |_| ()).unwrap();
        let samples = wav(set, stage);
        for fps in list(&stage["args"]["fps"]).iter().map(size) {
            let hear = || encoder.hear(&samples, fps as u32, usize::MAX, &mut |_, _| Ok(()));
            let heard = guarded(hear).unwrap().unwrap();
            assert_eq!(heard.frames(), size(&stage["args"]["frames"][fps.to_string()]) as i64);
            check(set, stage, &format!("index.{fps}"), heard.rows());

            let chunks = format!("chunks.{fps}");
            let some: Vec<i64> = list(&stage["outputs"][&chunks]["frames"]).iter().map(|at| size(at) as i64).collect();
            let tokens = heard.tokens(&heard.rows().index_select(0, &Tensor::from_slice(&some)));
            check(set, stage, &chunks, &tokens.unflatten(1, [10, 5]));

            let each = Tensor::arange(size(&stage["args"]["T"]) as i64, (Kind::Int64, Device::Cpu)).unsqueeze(1);
            let rows = heard.tokens(&each);
            check(set, stage, "rows", &rows);
            check(set, stage, "norms", &rows.square().sum_dim_intlist(-1, false, None).sqrt());
        }
    }
}
