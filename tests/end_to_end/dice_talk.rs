//! The engine DICE-Talk with tiny networks: what its clients and those of the API get, and files that do not fit.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::Path;

use avatar_tests::programs::{curl, script};
use avatar_tests::{Site, Video, eventually, portrait, speech};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::on_libtorch::{LONG, Stage, add_table};
use crate::schemas::Trial;

/// The face detector, in the weights folder.
const DETECTOR: &str = "yoloface_v5m.pt";
/// As little work as a job can ask for.
const LITTLE: [(&str, u32); 2] = [("min_resolution", 128), ("steps", 8)];

/// With so many seconds of speech, after something was done to the folder of the weights.
fn stage_with(seconds: f64, change: impl FnOnce(&Path)) -> Option<Stage> {
    Stage::new("dice-talk", seconds, |weights| {
        let line = trust(weights);
        change(weights);
        line
    })
}

fn stage(seconds: f64) -> Option<Stage> {
    stage_with(seconds, |_| ())
}

/// The line with which the detector that lies there is trusted.
pub(crate) fn trust(weights: &Path) -> String {
    format!("detector_sha256 = \"{:x}\"\n", Sha256::digest(fs::read(weights.join(DETECTOR)).unwrap()))
}

/// The parameters of a job with as little work as can be, and others.
fn little(more: Value) -> Value {
    let mut params: serde_json::Map<String, Value> =
        LITTLE.map(|(name, value)| (name.to_owned(), json!(value))).into_iter().collect();
    params.extend(more.as_object().unwrap().clone());
    Value::Object(params)
}

#[test]
fn its_clients_get_another_video_for_another_emotion() {
    let Some(stage) = stage(0.3) else { return };
    let video = |emotion: &str| {
        let out = stage.site.scratch().join(format!("{emotion}.mp4"));
        let name = |path: &Path| path.to_str().unwrap().to_owned();
        let url = stage.gateway.facade("dice-talk").url().to_owned();
        let arguments = [url, name(&stage.portrait), name(&stage.speech), name(&out), "0.1".into(), emotion.into()];
        let ran = script("dice_talk.py", &arguments.each_ref().map(String::as_str))?;
        assert!(ran.success().ends_with("status COMPLETED\n"), "{}", ran.said);
        let video = Video::read(out);
        assert_eq!((video.size, video.rate.as_str(), video.frames), ((256, 256), "25/1", 8));
        Some(video.hash())
    };
    let Some(happy) = video("happy") else { return };
    assert_ne!(video("sad"), Some(happy));
}

#[test]
fn what_curl_sends_reaches_the_engine() {
    let Some(stage) = stage(0.4) else { return };
    let url = format!("{}/api/v1/synthesis/start", stage.gateway.facade("dice-talk").url());
    let file = |field: &str, path: &Path| format!("{field}=@{}", path.display());
    let (image, audio) = (file("image", &stage.portrait), file("audio", &stage.speech));
    let start = |fields: &[&str]| -> Option<Value> {
        let fields = fields.iter().flat_map(|field| ["-F", *field]);
        let arguments: Vec<&str> = [url.as_str(), "-F", &image, "-F", &audio].into_iter().chain(fields).collect();
        let started: Value = serde_json::from_str(curl(&arguments)?.success()).unwrap();
        Some(stage.gateway.job(started["task_id"].as_str().unwrap()))
    };
    let all = [
        "emotion=fear",
        "ref_scale=2.5",
        "emo_scale=4.5",
        "crop=true",
        "inference_steps=8",
        "duration=0.25",
        "fps=24",
        "seed=0",
        "dynamic_scale=1.5",
        "min_resolution=128",
        "expand_ratio=0.8",
    ];
    let Some(job) = start(&all) else { return };
    let sent = json!({
        "emotion": "fear", "ref_scale": 2.5, "emo_scale": 4.5, "crop": true, "steps": 8, "duration": 0.25, "seed": null,
        "min_resolution": 128, "expand_ratio": 0.8, "interpolate": true, "keep_resolution": false,
        "original_face_pick": false
    });
    assert_eq!(job["params"], sent, "a seed of 0 is none");
    let job = stage.gateway.finished(job["id"].as_str().unwrap(), LONG);
    let warnings = job["warnings"].to_string();
    assert!(warnings.contains("renders without what it does not know: `fps`, `dynamic_scale`"), "{warnings}");
    assert!(warnings.contains("dice-talk.duration: "), "{warnings}");
    let video = stage.video(&job);
    // A quarter of a second are three frames and two between them; the last one then stays until the end.
    assert_eq!((video.size, video.rate.as_str(), video.frames), ((128, 128), "25/1", 7));

    let job = start(&["emotion=happy", "seed=7"]).unwrap();
    let sent = ["emotion", "seed", "steps", "min_resolution"].map(|name| job["params"][name].clone());
    assert_eq!(sent, [json!("happy"), json!(7), json!(20), json!(256)], "what is not sent is as in the service");
}

#[test]
fn it_reads_what_its_schema_allows() {
    let Some(stage) = stage(0.3) else { return };
    // The largest pictures need more memory than most machines have.
    let together = ["it would fit with min_resolution"];
    Trial { gateway: &stage.gateway, job: stage.job(&json!({})), together: &together }.run(&[]);
}

#[test]
fn emotion_and_seed_make_the_video() {
    let Some(stage) = stage(0.3) else { return };
    let video = |params: Value| {
        let video = stage.video(&stage.run(&little(params)));
        assert_eq!((video.size, video.rate.as_str(), video.frames), ((128, 128), "25/1", 8));
        video.hash()
    };
    let first = video(json!({"emotion": "angry", "seed": 7}));
    assert_eq!(video(json!({"emotion": "angry", "seed": 7})), first);
    assert_ne!(video(json!({"emotion": "contempt", "seed": 7})), first);
    assert_ne!(video(json!({"emotion": "angry", "seed": 0})), first);
}

#[test]
fn a_video_need_not_be_interpolated_and_can_have_the_portraits_size() {
    let Some(stage) = stage(0.3) else { return };
    let job = stage.run(&little(json!({"interpolate": false, "keep_resolution": true})));
    let video = stage.video(&job);
    assert_eq!((video.size, video.rate.as_str(), video.frames), ((512, 512), "25/2", 4));
}

#[test]
fn another_emotion_is_refused_with_all_there_are() {
    let Some(stage) = stage(0.3) else { return };
    let fault = stage.gateway.post("/v1/jobs", &stage.job(&json!({"emotion": "joyful"}))).expect(422);
    assert_eq!((&fault["code"], &fault["errors"][0]["field"]), (&json!("param.invalid"), &json!("params.emotion")));
    for emotion in ["neutral", "happy", "sad", "angry", "surprised", "fear", "disgusted", "contempt"] {
        assert!(fault["errors"][0]["message"].as_str().unwrap().contains(emotion), "{emotion} is not in {fault}");
    }
    let licence = &stage.gateway.get("/v1/engines/dice-talk").expect(200)["licence"];
    assert_eq!(licence["commercial_use"], false, "{licence}");
}

/// Why a job of weights that were changed fails.
#[track_caller]
fn refusal(change: impl FnOnce(&Path)) -> Option<String> {
    let stage = stage_with(0.3, change)?;
    Some(stage.refusal(&little(json!({"emotion": "happy"}))))
}

#[test]
fn a_prior_of_another_shape_fails_the_job_with_both_shapes() {
    let shrink = |weights: &Path| {
        let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 128), }\n";
        let length = u16::try_from(header.len()).unwrap().to_le_bytes();
        let file = [b"\x93NUMPY\x01\0", &length[..], header.as_bytes(), &[0; 512]].concat();
        fs::write(weights.join("emo/happy.npy"), file).unwrap();
    };
    let Some(reason) = refusal(shrink) else { return };
    for words in ["happy.npy", "[1, 128]", "[1, 256]"] {
        assert!(reason.contains(words), "{words} is not in\n{reason}");
    }
}

#[test]
fn a_checkpoint_that_is_cut_fails_the_job() {
    let cut = |weights: &Path| {
        let file = File::options().write(true).open(weights.join("DICE-Talk/unet.pth")).unwrap();
        file.set_len(file.metadata().unwrap().len() / 2).unwrap();
    };
    let Some(reason) = refusal(cut) else { return };
    assert!(reason.contains("unet.pth"), "{reason}");
}

#[test]
fn a_checkpoint_of_another_network_fails_the_job_with_all_that_differs() {
    let confuse = |weights: &Path| {
        fs::copy(weights.join("DICE-Talk/pose_guider.pth"), weights.join("DICE-Talk/emo_model.pth")).unwrap();
    };
    let Some(reason) = refusal(confuse) else { return };
    for words in ["emo_model.pth", "codebook", "conv_in.weight"] {
        assert!(reason.contains(words), "{words} is not in\n{reason}");
    }
}

#[test]
fn a_detector_that_nobody_trusts_is_not_run() {
    let exchange = |weights: &Path| {
        fs::copy(weights.join("DICE-Talk/pose_guider.pth"), weights.join(DETECTOR)).unwrap();
    };
    let Some(stage) = stage_with(0.3, exchange) else { return };
    let found = trust(&stage.site.scratch().join("dice-talk-weights"));
    let readiness = &stage.gateway.get("/v1/engines/dice-talk").expect(200)["readiness"];
    assert_eq!(readiness["state"], "failed", "{readiness}");
    let told = readiness.to_string();
    let digest = found.trim_end().trim_start_matches("detector_sha256 = ").trim_matches('"');
    assert!(told.contains(DETECTOR) && told.contains("detector_sha256") && told.contains(digest), "{told}");
    let refused = stage.gateway.post("/v1/jobs", &stage.job(&json!({}))).expect(503);
    assert_eq!(refused["code"], "engine.not_ready", "{refused}");
}

#[test]
fn two_engines_with_one_place_for_a_process_take_turns() {
    if avatar_tests::libtorch().is_none() {
        return;
    }
    let site = Site::new(&["dice-talk", "echomimic"], "[engines]\ninstances = 1\ntakes_turns_on = \"card\"\n");
    add_table(&site, "dice-talk", trust);
    add_table(&site, "echomimic", |_| String::new());
    let gateway = site.start();
    let photo = gateway.uploaded("photos", &portrait(&site.scratch()));
    let audio = gateway.uploaded("audio", &speech(&site.scratch(), 0.3));
    let submit = |engine: &str, params: Value| {
        gateway.submit(&json!({"engine": engine, "photo_id": photo, "audio_id": audio, "params": params}))
    };
    let many = [(); 3].map(|()| submit("echomimic", json!({"width": 64, "height": 64, "steps": 1})));
    let few = submit("dice-talk", little(json!({})));
    let mut processes = BTreeSet::new();
    let jobs: Vec<Value> = eventually("all jobs end", LONG, || {
        processes.insert(site.hosts().len());
        let jobs: Vec<Value> = many.iter().chain([&few]).map(|id| gateway.job(id)).collect();
        jobs.iter().all(|job| !job["finished_at"].is_null()).then_some(jobs)
    });
    assert!(jobs.iter().all(|job| job["state"] == "succeeded"), "{jobs:?}");
    let moment = |job: &Value, name: &str| job[name].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    let waited = moment(&jobs[3], "created_at")..moment(&jobs[3], "started_at");
    let earlier = jobs[..3].iter().filter(|job| waited.contains(&moment(job, "started_at"))).count();
    assert!(earlier <= 1, "at most the one that was begun while it was submitted: {jobs:?}");
    assert!(processes.iter().all(|count| *count <= 1), "{processes:?}");
}
