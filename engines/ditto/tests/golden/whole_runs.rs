//! Whole runs through the pipeline as the engine uses it: files in, frames out.

use std::path::Path;
use std::sync::Arc;

use avatar_media::video::{SourceVideoLimits, probe};
use engine_api::EngineError;
use engine_api::testing::RecordingHost;
use engine_ditto::audio::features::InMemory;
use engine_ditto::face::detector::FaceSearch;
use engine_ditto::pipeline::{Pipeline, Run, RunError, Source};
use engine_ditto::settings::config_file::Config;
use engine_ditto::settings::{Partial, Settings};
use engine_ditto::source::avatar::{Avatar, Wanted};
use engine_ditto::source::frame_store::FrameStore;
use engine_ditto::source::known_photos::KnownPhotos;
use engine_golden::Tensor;
use engine_golden::json::{shape, size, text};
use engine_pickle::Value as Setting;
use serde_json::Value;

use crate::motion_records::{Recorded, merged, setting};
use crate::reference::{SET, check};
use crate::runtime::loader;
use crate::sound::wav;
use crate::sources::{is_clip, registrar};

/// The networks of the set.
pub(crate) fn pipeline() -> Option<Pipeline> {
    let loaded = Pipeline::load(&loader()?, FaceSearch::InsightFace);
    Some(loaded.unwrap_or_else(|error| panic!("{error}")).0)
}

#[test]
fn runs_give_the_frames_of_the_reference() {
    let Some(mut pipeline) = pipeline() else { return };
    let folder = tempfile::tempdir().expect("a folder for frames");
    for run in SET.runs() {
        let name = text(&run["name"]);
        let path = SET.path(text(&run["source"]));
        let is_clip = is_clip(text(&run["source"]));
        // The engine shows a clip at 25 pictures a second, the reference one after another.
        if is_clip && (probe(&path, &SourceVideoLimits::NONE).expect("a clip").fps - 25.0).abs() > 1e-6 {
            eprintln!("run {name}: left out, its clip has not 25 pictures a second");
            continue;
        }
        let settings = settings(run);
        let samples = wav(text(&run["audio"]));
        let fade = |name: &str| run["run_kwargs"][name].as_u64().map(|frames| frames as usize);
        let job = Run {
            source: if is_clip { Source::Clip(&path) } else { Source::Photo(&path) },
            samples: InMemory::from(&samples[..]),
            ear: None,
            settings: &settings,
            fades: (fade("fade_in"), fade("fade_out")),
            exact_length: false,
            disk: (folder.path(), u64::MAX),
        };
        let (mut chance, mut host) = (Recorded::new(text(&run["key"]), None), RecordingHost::new());
        let ended = pipeline.render(job, &mut chance, &mut host);
        let frames = size(&run["frames"]);
        assert_eq!(host.count, frames as u64, "run {name}");
        assert_in_bounds(&host);
        if frames == 0 {
            assert!(matches!(ended, Err(RunError::TooShort)), "run {name}: {ended:?}");
            continue;
        }
        ended.unwrap_or_else(|error| panic!("run {name}: {error}"));
        assert_eq!(chance.noises, run["noise_draws"].as_u64().expect("a number"), "draws of run {name}");
        let hw = shape(&run["frame_hw"]);
        let format = host.format.expect("there are frames");
        assert_eq!([format.height as usize, format.width as usize], hw[..], "run {name}");
        let got = Tensor::u8(&[frames, hw[0], hw[1], 3], host.frames.concat());
        check(&format!("run {name} frame_samples"), &run["frame_samples"], &got);
    }
    let left = std::fs::read_dir(folder.path()).expect("the folder is there").count();
    assert_eq!(left, 0, "nothing is left on disk");
}

#[test]
fn a_run_ends_wherever_it_is_given_up_and_the_next_one_is_whole() {
    let Some(mut pipeline) = pipeline() else { return };
    let longest = SET.runs().iter().filter(|run| !is_clip(text(&run["source"])));
    let run = longest.max_by_key(|run| size(&run["frames"])).expect("a run with a photo");
    let (settings, samples) = (Settings { sampling_timesteps: 2, ..settings(run) }, wav(text(&run["audio"])));
    let path = SET.path(text(&run["source"]));
    let whole = size(&run["num_f"]);
    let ends = [0, 1, 2, 7].into_iter().filter(|most| *most < whole).map(Some);
    for most in ends.chain([None]) {
        let job = Run {
            source: Source::Photo(&path),
            samples: InMemory::from(&samples[..]),
            ear: None,
            settings: &settings,
            fades: (None, None),
            exact_length: true,
            disk: (Path::new(""), 0),
        };
        let mut host = RecordingHost::new();
        if let Some(most) = most {
            host = host.canceled_after(most as u64);
        }
        let ended = pipeline.render(job, &mut Recorded::new(text(&run["key"]), None), &mut host);
        assert_in_bounds(&host);
        match most {
            None => {
                assert!(ended.is_ok(), "{ended:?}");
                assert_eq!(host.count, whole as u64);
            }
            Some(most) => {
                assert_eq!(host.count, most as u64);
                assert_eq!(ended.map_err(EngineError::from), Err(EngineError::canceled()), "after {most} frames");
            }
        }
    }
}

/// No stage is told to be further than it goes.
fn assert_in_bounds(host: &RecordingHost<'_>) {
    assert!(host.stages().iter().all(|(_, done, total)| *total == 0 || done <= total), "{:?}", host.stages());
}

#[test]
fn a_photo_is_registered_once_and_again_where_it_is_looked_at_otherwise() {
    let Some(mut registrar) = registrar() else { return };
    let run = SET.runs().iter().find(|run| !is_clip(text(&run["source"]))).expect("a run with a photo");
    let path = SET.path(text(&run["source"]));
    let settings = settings(run);
    let mut known = KnownPhotos::default();
    let mut avatar = |settings: &Settings, frames, path: &Path| {
        let avatar = known.avatar(&mut registrar, path, &Wanted::new(settings, frames));
        avatar.unwrap_or_else(|error| panic!("{error}"))
    };
    let first = avatar(&settings, Some(10), &path);
    assert!(Arc::ptr_eq(&first, &avatar(&settings, None, &path)), "the length of the speech changes nothing");
    let copy = tempfile::NamedTempFile::new().expect("a file");
    std::fs::copy(&path, copy.path()).expect("room");
    assert!(Arc::ptr_eq(&first, &avatar(&settings, None, copy.path())), "it is known by what it shows");
    for nearer in 1..=3 {
        let nearer = Settings { crop_scale: settings.crop_scale - 0.01 * f64::from(nearer), ..settings.clone() };
        let other = avatar(&nearer, None, &path);
        assert!(other.placements != first.placements);
    }
    assert!(Arc::ptr_eq(&first, &avatar(&settings, None, &path)), "four are kept");
    for nearer in 4..=7 {
        avatar(
            &Settings { crop_scale: settings.crop_scale - 0.01 * f64::from(nearer), ..settings.clone() },
            None,
            &path,
        );
    }
    assert!(!Arc::ptr_eq(&first, &avatar(&settings, None, &path)), "and no more");
}

#[test]
fn a_clip_that_does_not_fit_on_the_disk_is_cut_and_says_so() {
    let Some(mut registrar) = registrar() else { return };
    let runs = SET.runs();
    let run = runs.iter().find(|run| is_clip(text(&run["source"]))).expect("the set has a clip");
    let (clip, wanted) = (SET.path(text(&run["source"])), Wanted::new(&settings(run), Some(1000)));
    let folder = tempfile::tempdir().expect("a folder for frames");
    let mut kept = |bytes: u64| {
        let avatar = Avatar::of_clip(&mut registrar, &clip, &wanted, (folder.path(), bytes), &mut |_| Ok(()));
        avatar.unwrap_or_else(|error| panic!("{error}"))
    };
    let whole = kept(u64::MAX);
    let (frames, each) = (whole.motions.len(), FrameStore::frame_bytes(whole.width, whole.height));
    assert!(frames > 2 && whole.remarks.cut_after.is_none(), "{frames}: {:?}", whole.remarks);
    let cut = kept(2 * each);
    assert_eq!((cut.motions.len(), cut.remarks.cut_after), (2, Some(2)));
    assert_eq!(kept(frames as u64 * each).remarks.cut_after, None, "they just fit");
}

/// The settings of a run: its configuration, and what it says otherwise.
pub(crate) fn settings(run: &Value) -> Settings {
    let config = Config::read(&SET.path(text(&run["cfg"]))).unwrap_or_else(|error| panic!("{error}"));
    let mut settings = Partial::from_pickle(&setting(&run["setup_kwargs"]))
        .and_then(|given| Settings::merge(&[&config.settings, &given]))
        .unwrap_or_else(|error| panic!("{error}"));
    let control = Setting::Dict(vec![(Setting::Str("ctrl_info".into()), setting(&run["run_kwargs"]["ctrl_info"]))]);
    settings.ctrl_info = merged(&[&control]).unwrap_or_else(|error| panic!("{error}")).ctrl_info;
    settings
}
