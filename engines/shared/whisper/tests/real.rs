//! The encoder with published weights under Hugging Face's names, and its last norm, as DICE-Talk hears speech: stage
//! `whisper.dicetalk` of the set that `REAL_GOLDENS` names.

use avatar_prerequisites::{real_goldens, real_weights};
use engine_golden::json::{list, shape, size, text};
use engine_golden::{Format, Set};
use engine_torch::{Place, guarded};
use engine_whisper::mel::log_mel;
use engine_whisper::{Config, Encoder, LastState};
use serde_json::Value;
use tch::{Device, Kind, Tensor};

/// Samples that are heard at once: half a minute.
const PIECE: usize = 480_000;

#[test]
fn the_last_state_can_be_normalised() {
    let Some(folder) = real_goldens() else { return };
    let set = Set::read(&folder, Format::RealWeights);
    for stage in set.stages("whisper.dicetalk") {
        let Some(weights) = real_weights(text(&stage["weights"][0])) else { return };
        let encoder = Encoder::load(&weights, &Config::TINY, Place::CPU, &mut |_| ()).unwrap();
        let mut samples = wav(&set, &stage["inputs"]["wav"]);
        samples.resize(samples.len().next_multiple_of(PIECE), 0.0);
        let mels: Vec<Tensor> = samples.chunks(PIECE).map(|piece| log_mel(&Tensor::from_slice(piece), 80)).collect();
        assert_eq!(mels.len(), size(&stage["args"]["pieces"]));

        let check = |name: &str, got: &Tensor| check(&set, stage, name, got);
        let mel = Tensor::cat(&mels, 1);
        check("log_mel", &mel);
        let end = &stage["outputs"]["log_mel_end"];
        let (from, columns) = (size(&end["first_frame"]) as i64, shape(&end["shape"])[1] as i64);
        check("log_mel_end", &mel.narrow(1, from, columns));

        let states = |mel: &Tensor| encoder.states(&mel.unsqueeze(0), LastState::Normalised).squeeze_dim(0);
        let pieces: Vec<Tensor> = guarded(|| mels.iter().map(states).collect()).unwrap();
        let rows = Tensor::cat(&pieces, 0).narrow(0, 0, 2 * size(&stage["args"]["audio_len"]) as i64);
        check("rows", &rows);
        check("norms", &rows.square().sum_dim_intlist(-1, false, None).sqrt());

        let silence = |rows| Tensor::zeros([rows, 5, 384], (Kind::Float, Device::Cpu));
        let framed = Tensor::cat(&[silence(4), rows, silence(6)], 0);
        let starts = list(&stage["outputs"]["windows"]["frames"]).iter().map(|frame| 4 * size(frame) as i64);
        let windows: Vec<Tensor> = starts.map(|start| framed.narrow(0, start, 10)).collect();
        check("windows", &Tensor::stack(&windows, 0));
    }
}

/// The samples of a file, full scale 1.
fn wav(set: &Set, record: &Value) -> Vec<f32> {
    let file = hound::WavReader::open(set.path(text(&record["file"]))).expect("the file is there");
    file.into_samples().map(|sample: Result<i16, _>| f32::from(sample.expect("16 bits")) / 32768.0).collect()
}

/// Compares a result with the output `name` of a stage.
fn check(set: &Set, stage: &Value, name: &str, got: &Tensor) {
    let shape: Vec<usize> = got.size().iter().map(|extent| extent.unsigned_abs() as usize).collect();
    let values = Vec::try_from(got.flatten(0, -1)).expect("single precision");
    let got = engine_golden::Tensor::f32(&shape, values);
    set.check(&format!("{} {name}", text(&stage["id"])), &stage["outputs"][name], &got);
}
