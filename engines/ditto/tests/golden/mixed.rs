//! The networks in mixed precision, as CUDA gets them: here on the processor, where the runtime casts what it has no kernels for.

use std::fs;
use std::path::Path;

use engine_api::testing::RecordingHost;
use engine_ditto::audio::features::InMemory;
use engine_ditto::face::detector::FaceSearch;
use engine_ditto::networks::{ALL, DECODER, Loader, Spec};
use engine_ditto::pipeline::{Pipeline, Run, Source};
use engine_golden::json::{size, text};
use engine_golden::{Tensor, Values};
use engine_onnx::{Network, Options, Precision, in_mixed_precision};

use crate::motion_records::Recorded;
use crate::reference::SET;
use crate::runtime::{loader, network, run_with, runtime};
use crate::sound::wav;
use crate::sources::is_clip;
use crate::whole_runs::settings;

/// How far a number may be off, as a share of the largest one. Half a step of 16 bits is 5e-4 of a number, and the set's
/// networks were off by 4e-5 to 5.3e-4.
const SHARE: f32 = 2e-3;

/// How near frames have to be, in decibels of the highest signal over the noise. Those of the set are 64 dB apart.
const PSNR: f64 = 50.0;

fn values(tensor: &Tensor) -> &[f32] {
    match &tensor.values {
        Values::F32(values) => values,
        _ => panic!("networks give no {}", tensor.dtype()),
    }
}

/// The largest difference, as a share of the largest number.
fn apart(full: &Tensor, mixed: &Tensor) -> f32 {
    let (full, mixed) = (values(full), values(mixed));
    let largest = full.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
    full.iter().zip(mixed).map(|(full, mixed)| (full - mixed).abs()).fold(0.0, f32::max) / largest
}

/// A network of the set in mixed precision, in a file: bytes of both files, and the network.
fn in_mixed(spec: &Spec, folder: &Path) -> Option<(usize, usize, Network)> {
    let full = fs::read(spec.path(&SET.path("models"))).expect("the set has the network");
    let mixed = in_mixed_precision(&full).unwrap_or_else(|reason| panic!("{}: {reason}", spec.name));
    fs::write(spec.path(folder), &mixed).expect("room");
    let network = Network::load(runtime()?, &spec.path(folder), spec.signature, &Options::default());
    Some((full.len(), mixed.len(), network.unwrap_or_else(|error| panic!("{error}"))))
}

#[test]
fn networks_in_mixed_precision_take_and_give_f32_and_nearly_the_same_numbers() {
    let folder = tempfile::tempdir().expect("a folder");
    for case in SET.cases("graphs") {
        let name = Path::new(text(&case["file"])).file_stem().and_then(|stem| stem.to_str()).expect("a file name");
        let spec = ALL.iter().find(|spec| spec.name == name).unwrap_or_else(|| panic!("graphs: no network {name:?}"));
        let Some((mut full, (_, _, mut mixed))) = network(spec).zip(in_mixed(spec, folder.path())) else { return };
        let inputs: Vec<_> = spec.signature.inputs.iter().map(|port| SET.input(&case["inputs"][port.name])).collect();
        let [full, mixed] = [&mut full, &mut mixed].map(|network| run_with(network, &inputs));
        for ((port, full), mixed) in spec.signature.outputs.iter().zip(&full).zip(&mixed) {
            assert_eq!(full.shape, mixed.shape, "{name} {}", port.name);
            let apart = apart(full, mixed);
            assert!(apart < SHARE, "{name} {}: {apart:e}", port.name);
        }
    }
}

#[test]
fn files_are_smaller_by_the_weights_of_products() {
    let folder = tempfile::tempdir().expect("a folder");
    for spec in ALL {
        let Some((full, mixed, _)) = in_mixed(&spec, folder.path()) else { return };
        assert!(mixed < full, "{}", spec.name);
    }
}

#[test]
fn on_the_processor_nothing_is_in_16_bits() {
    let Some(loader) = loader() else { return };
    let half = Loader { options: Options { half: true, ..Options::default() }, ..loader };
    let decoder = half.load(&DECODER).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(decoder.precision(), &Precision::Full);
}

/// The frames of a short run with the networks in a folder.
fn frames(folder: &Path) -> Option<Vec<u8>> {
    let runs = SET.runs();
    let of_photos = runs.iter().filter(|run| !is_clip(text(&run["source"])) && size(&run["frames"]) > 0);
    let run = of_photos.min_by_key(|run| size(&run["frames"])).expect("a run with a photo");
    let loaded = Pipeline::load(&Loader::new(runtime()?, folder, Options::default()), FaceSearch::InsightFace);
    let (mut pipeline, _) = loaded.unwrap_or_else(|error| panic!("{error}"));
    let samples = wav(text(&run["audio"]));
    let job = Run {
        source: Source::Photo(&SET.path(text(&run["source"]))),
        samples: InMemory::from(&samples[..]),
        ear: None,
        settings: &settings(run),
        fades: (None, None),
        exact_length: true,
        disk: (Path::new(""), 0),
    };
    let mut host = RecordingHost::new();
    let ended = pipeline.render(job, &mut Recorded::new(text(&run["key"]), None), &mut host);
    ended.unwrap_or_else(|error| panic!("{error}"));
    Some(host.frames.concat())
}

#[test]
fn frames_of_networks_in_mixed_precision_look_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    for spec in ALL.iter().filter(|spec| spec.half) {
        if in_mixed(spec, folder.path()).is_none() {
            return;
        }
    }
    for spec in ALL.iter().filter(|spec| !spec.half) {
        fs::copy(spec.path(&SET.path("models")), spec.path(folder.path())).expect("the set has the network");
    }
    let Some((full, mixed)) = frames(&SET.path("models")).zip(frames(folder.path())) else { return };
    assert_eq!(full.len(), mixed.len());
    let squares = full.iter().zip(&mixed).map(|(full, mixed)| f64::from(full.abs_diff(*mixed)).powi(2)).sum::<f64>();
    let psnr = 10.0 * (255.0_f64.powi(2) * full.len() as f64 / squares).log10();
    assert!(psnr > PSNR, "{psnr} dB");
}
