//! Stages `num_frames`, `chunk_starts`, `features_offline`, `features_online` and `features_warmup`.

use engine_ditto::audio::features::{
    CHUNK, CHUNK_FRAMES, FEATURES, Feature, Features, InMemory, Mode, OFFLINE_PAD, SoundError, chunk_start,
    features_warmup, num_frames,
};
use engine_ditto::audio::hubert::{OnnxEncoder, SpeechEncoder};
use engine_ditto::network_error::NetworkError;
use engine_ditto::networks::HUBERT;
use engine_golden::Tensor;
use engine_golden::json::{list, size, text};
use serde_json::{Value, json};

use crate::reference::{SET, check};
use crate::runtime::network;

#[test]
fn lengths_give_the_frames_of_the_reference() {
    for case in SET.cases("num_frames") {
        let frames = num_frames(size(&case["samples"]));
        assert_eq!(frames, size(&case["num_f"]), "num_frames of {}", case["samples"]);
        assert_eq!(frames.div_ceil(CHUNK_FRAMES), size(&case["chunks"]), "chunks of {}", case["samples"]);
    }
}

#[test]
fn chunks_start_where_those_of_the_reference_do() {
    for case in SET.cases("chunk_starts") {
        let frames = num_frames(size(&case["samples"]));
        assert_eq!(frames, size(&case["num_f"]));
        assert_eq!([CHUNK, OFFLINE_PAD], [size(&case["window"]), size(&case["front_pad"])]);
        let starts: Vec<usize> = (0..frames).step_by(CHUNK_FRAMES).map(chunk_start).collect();
        assert_eq!(starts.len(), size(&case["chunks"]));
        let early = starts.iter().enumerate().filter(|(chunk, start)| **start != 3200 * chunk);
        let early: Vec<Value> = early.map(|(chunk, start)| json!([5 * chunk, start])).collect();
        assert_eq!(early, list(&case["starts_differing_from_640i"]));
    }
}

#[test]
fn features_of_speeches_are_those_of_the_reference() {
    let Some(network) = network(&HUBERT) else { return };
    let mut encoder = OnnxEncoder(network);
    for case in SET.cases("features_offline") {
        let name = text(&case["name"]);
        let rows = Features::new(InMemory::from(&samples(case)[..]), Mode::Offline).all(&mut encoder).unwrap();
        check(&format!("features_offline {name}"), &case["feat"], &tensor(&rows));
        if let Some(tail) = case.get("tail") {
            let ends: Vec<usize> = list(&tail["rows"]).iter().map(size).collect();
            check(&format!("features_offline {name} tail"), tail, &tensor(&rows[ends[0]..ends[1]]));
        }
    }
    for case in SET.cases("features_online") {
        let (name, samples) = (text(&case["name"]), samples(case));
        let features = Features::new(InMemory::from(&samples[..]), Mode::Online);
        assert_eq!(features.rows(), Some(size(&case["chunks"]) * CHUNK_FRAMES), "rows of {name}");
        let rows = features.all(&mut encoder).unwrap();
        check(&format!("features_online {name}"), &case["feat"], &tensor(&rows));
    }
    for case in SET.cases("features_warmup").iter().filter(|case| case.get("feat").is_some()) {
        let rows = features_warmup(&mut encoder, size(&case["overlap_v2"])).unwrap();
        check("features_warmup", &case["feat"], &tensor(&rows));
    }
}

#[test]
fn overlaps_whose_warm_up_is_a_row_too_long_are_refused() {
    struct Silence;
    impl SpeechEncoder for Silence {
        fn encode(&mut self, _: &[f32]) -> Result<Vec<f32>, NetworkError> {
            Ok(vec![0.0; 20 * FEATURES])
        }
    }
    for case in SET.cases("features_warmup").iter().filter(|case| case.get("rows").is_some()) {
        let (overlap, want) = (size(&case["overlap_v2"]), size(&case["rows"]));
        let got = features_warmup(&mut Silence, overlap);
        assert_eq!(got.is_ok(), case["accepted"] == true, "overlap {overlap}");
        match got {
            Ok(rows) => assert_eq!(rows.len(), want),
            Err(SoundError::WarmUp { rows, .. }) => assert_eq!(rows, want),
            Err(error) => panic!("{error}"),
        }
    }
}

fn samples(case: &Value) -> Vec<f32> {
    let samples = match case["audio"].get("file") {
        Some(file) => wav(text(file)),
        None => SET.input(&case["audio"]).to_f32(),
    };
    assert_eq!(samples.len(), size(&case["samples"]));
    samples
}

/// The samples of a WAV file of the set, which has 16 bits: the mean of its channels.
pub(crate) fn wav(name: &str) -> Vec<f32> {
    let mut file = hound::WavReader::open(SET.path(name)).expect("the file is there");
    let channels = usize::from(file.spec().channels);
    let values: Vec<i16> = file.samples().collect::<Result<_, _>>().expect("the samples have 16 bits");
    let mean = |values: &[i16]| values.iter().map(|value| f32::from(*value)).sum::<f32>() / channels as f32 / 32768.0;
    values.chunks_exact(channels).map(mean).collect()
}

fn tensor(rows: &[Feature]) -> Tensor {
    Tensor::f32(&[rows.len(), FEATURES], rows.concat())
}
