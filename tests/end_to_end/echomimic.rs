//! The engine EchoMimic with tiny networks: what its clients and those of the API get, and checkpoints that do not fit.

use std::fs::{self, File};
use std::path::Path;

use avatar_tests::Video;
use avatar_tests::programs::script;
use serde_json::json;

use crate::on_libtorch::Stage;
use crate::schemas::Trial;

/// With so many seconds of speech, after something was done to the folder of the weights.
fn stage_with(seconds: f64, change: impl FnOnce(&Path)) -> Option<Stage> {
    Stage::new("echomimic", seconds, |weights| {
        change(weights);
        String::new()
    })
}

fn stage(seconds: f64) -> Option<Stage> {
    stage_with(seconds, |_| ())
}

#[test]
fn its_clients_get_their_video() {
    // Clients ask for 512 by 512 pixels, and there a few frames take even small networks a while.
    let Some(stage) = stage(0.2) else { return };
    let out = stage.site.scratch().join("output_video.mp4");
    let name = |path: &Path| path.to_str().unwrap().to_owned();
    let url = stage.gateway.facade("echomimic").url().to_owned();
    let arguments = [url, name(&stage.portrait), name(&stage.speech), name(&out), "0.1".to_owned()];
    let Some(ran) = script("echomimic.py", &arguments.each_ref().map(String::as_str)) else { return };
    assert!(ran.success().ends_with("status completed\n"), "{}", ran.said);
    let video = Video::read(out);
    assert_eq!((video.size, video.rate.as_str(), video.frames), ((512, 512), "24/1", 5));
}

#[test]
fn it_reads_what_its_schema_allows() {
    let Some(stage) = stage(0.3) else { return };
    let job = stage.job(&json!({}));
    Trial { gateway: &stage.gateway, job, together: &["below context_frames"] }.run(&[]);
}

#[test]
fn a_seed_is_a_video() {
    let Some(stage) = stage(1.0) else { return };
    let video = |seed: u32| {
        let params = json!({"width": 128, "height": 64, "steps": 2, "fps": 10, "context_frames": 4, "seed": seed});
        let job = stage.run(&params);
        // The made-up detector may find more than one face.
        let warnings = job["warnings"].as_array().unwrap();
        assert!(warnings.iter().all(|words| words.as_str().unwrap().starts_with("echomimic.several_faces")), "{job}");
        stage.video(&job)
    };
    let first = video(7);
    assert_eq!((first.size, first.rate.as_str(), first.frames), ((128, 64), "10/1", 10));
    let hash = first.hash();
    assert_eq!(video(7).hash(), hash);
    assert_ne!(video(8).hash(), hash);
}

#[test]
fn a_video_shorter_than_its_speech_is_told() {
    let Some(stage) = stage(1.0) else { return };
    let job = stage.run(&json!({"width": 64, "height": 64, "steps": 1, "fps": 20, "length": 18}));
    assert_eq!(stage.video(&job).frames, 18);
    let told =
        |code: &str| job["warnings"].as_array().unwrap().iter().any(|words| words.as_str().unwrap().starts_with(code));
    // Of a tenth of a second the gateway itself says nothing.
    assert!(told("echomimic.length: the video ends before the speech"), "{job}");
}

/// Why a job of weights that were changed fails.
#[track_caller]
fn refusal(change: impl FnOnce(&Path)) -> Option<String> {
    let stage = stage_with(1.0, change)?;
    Some(stage.refusal(&json!({"width": 64, "height": 64, "steps": 1})))
}

#[test]
fn a_checkpoint_that_is_cut_fails_the_job() {
    let cut = |weights: &Path| {
        let file = File::options().write(true).open(weights.join("reference_unet.pth")).unwrap();
        file.set_len(file.metadata().unwrap().len() / 2).unwrap();
    };
    let Some(reason) = refusal(cut) else { return };
    assert!(reason.contains("reference_unet.pth"), "{reason}");
}

#[test]
fn a_checkpoint_of_another_network_fails_the_job_with_all_that_differs() {
    let confuse = |weights: &Path| {
        fs::copy(weights.join("face_locator.pth"), weights.join("reference_unet.pth")).unwrap();
    };
    let Some(reason) = refusal(confuse) else { return };
    for key in ["reference_unet.pth", "conv_in.weight", "conv_out.weight"] {
        assert!(reason.contains(key), "{key} is not in\n{reason}");
    }
}
