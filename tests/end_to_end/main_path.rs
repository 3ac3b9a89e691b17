//! The main path: a portrait and speech become a talking video.

use std::fs;
use std::path::Path;
use std::process::Command;

use avatar_tests::{Part, Site, portrait, speech};
use serde_json::{Value, json};

use crate::MOMENT;

#[test]
fn uploads_become_a_video_with_the_default_engine() {
    let site = Site::new(&["puppet"], "");
    let gateway = site.start();
    let photo = gateway.uploaded("photos", &portrait(&site.scratch()));
    let audio = gateway.uploaded("audio", &speech(&site.scratch(), 2.0));

    let accepted = gateway.post("/v1/jobs", &json!({"photo_id": photo, "audio_id": audio}));
    let job = accepted.expect(202);
    assert_eq!((&job["engine"], &job["state"]), (&json!("puppet"), &json!("queued")));
    let id = job["id"].as_str().unwrap();
    assert_eq!(accepted.header("location"), format!("/v1/jobs/{id}"));

    let job = gateway.finished(id, MOMENT);
    assert_eq!(job["state"], "succeeded", "{job}");
    assert_eq!((&job["attempt"], &job["error"], &job["warnings"]), (&json!(1), &Value::Null, &json!([])));
    assert_eq!(job["progress"]["fraction"], 1.0);

    let answer = gateway.get(job["video"]["url"].as_str().unwrap());
    assert_eq!((answer.status, answer.header("content-type")), (200, "video/mp4"));
    assert_eq!(answer.body.len() as u64, job["video"]["bytes"]);
    let video = site.scratch().join("video.mp4");
    fs::write(&video, &answer.body).unwrap();
    let facts = probe(&video);
    let (picture, sound) = (stream(&facts, "video"), stream(&facts, "audio"));
    assert_eq!((&picture["codec_name"], &picture["avg_frame_rate"]), (&json!("h264"), &json!("25/1")), "{facts}");
    assert_eq!(picture["pix_fmt"], "yuv420p", "what every player shows");
    assert_eq!(sound["codec_name"], "aac");
    for part in [&facts["format"], picture, sound] {
        let seconds: f64 = part["duration"].as_str().unwrap().parse().unwrap();
        assert!((seconds - 2.0).abs() < 0.1, "{part}");
    }
}

#[test]
fn every_frame_is_in_the_video_in_order() {
    let site = Site::new(&["testcard"], "");
    let gateway = site.start();
    let audio = gateway.uploaded("audio", &speech(&site.scratch(), 4.0));
    let id = gateway.submit_testcard(&audio, json!({"width": 128, "height": 64}));
    gateway.finished(&id, MOMENT);
    let video = site.scratch().join("video.mp4");
    fs::write(&video, gateway.get(&format!("/v1/jobs/{id}/video")).body).unwrap();

    let decoded = Command::new("ffmpeg")
        .args(["-v", "error", "-i"])
        .arg(&video)
        .args(["-vsync", "passthrough", "-f", "rawvideo", "-pix_fmt", "gray", "-"])
        .output()
        .expect("ffmpeg is installed");
    // The test card writes the number of the frame into its last rows: 16 binary digits, 8 pixels wide here.
    let numbers = decoded
        .stdout
        .chunks(128 * 64)
        .map(|frame| (0..16).fold(0, |number, digit| number << 1 | usize::from(frame[60 * 128 + digit * 8 + 4] > 128)));
    assert!(numbers.eq(0..100));
}

#[test]
fn one_request_can_bring_everything_along() {
    let site = Site::new(&["testcard"], "");
    let gateway = site.start();
    let answer = gateway.post_form(
        "/v1/jobs",
        &[
            Part::text("engine", "testcard"),
            Part::file("photo", "me.jpg", fs::read(portrait(&site.scratch())).unwrap()),
            Part::file("audio", "speech", fs::read(speech(&site.scratch(), 1.0)).unwrap()),
            Part::text("params", r#"{"width": 128, "height": 64}"#),
        ],
    );
    let id = answer.expect(202)["id"].as_str().unwrap().to_owned();
    let job = gateway.finished(&id, MOMENT);
    assert_eq!(job["state"], "succeeded", "{job}");
    assert_eq!(job["params"]["fps"], 25, "defaults are filled in");
    let video = &job["video"];
    assert_eq!((&video["frames"], &video["width"], &video["height"]), (&json!(25), &json!(128), &json!(64)));
}

#[test]
fn a_video_is_served_in_ranges() {
    let site = Site::new(&["testcard"], "");
    let gateway = site.start();
    let audio = gateway.uploaded("audio", &speech(&site.scratch(), 1.0));
    let id = gateway.submit_testcard(&audio, json!({}));
    let early = gateway.get(&format!("/v1/jobs/{id}/video"));
    assert!(early.status == 200 || early.expect(409)["code"] == "job.not_finished");
    gateway.finished(&id, MOMENT);

    let path = format!("/v1/jobs/{id}/video");
    let whole = gateway.get(&path).body;
    let ranged = |range: &str| gateway.request("GET", &path, &[("range", range)]);
    let first = ranged("bytes=0-99");
    assert_eq!((first.status, &first.body[..]), (206, &whole[..100]));
    assert_eq!(first.header("content-range"), format!("bytes 0-99/{}", whole.len()));
    assert_eq!(ranged("bytes=-10").body, whole[whole.len() - 10..]);
    assert_eq!(ranged(&format!("bytes={}-", whole.len())).status, 416);
    let head = gateway.request("HEAD", &path, &[]);
    assert_eq!((head.status, head.header("content-length")), (200, whole.len().to_string().as_str()));
}

/// What FFmpeg says of a file.
fn probe(video: &Path) -> Value {
    let probe = Command::new("ffprobe")
        .args(["-v", "error", "-of", "json", "-show_streams", "-show_format"])
        .arg(video)
        .output()
        .expect("ffprobe is installed");
    serde_json::from_slice(&probe.stdout).expect("ffprobe writes JSON")
}

fn stream<'a>(facts: &'a Value, kind: &str) -> &'a Value {
    let streams = facts["streams"].as_array().expect("there are streams");
    streams.iter().find(|stream| stream["codec_type"] == kind).expect("the video has picture and sound")
}
