//! Clients of the Ditto facade, with the engine Ditto behind it.

use std::fs;

use avatar_tests::{Part, Video, speech};
use serde_json::json;

use super::{LONG, Stage};

#[test]
fn what_clients_of_the_backend_wish_for_is_what_they_get() {
    let Some(stage) = Stage::new("[facades.ditto]\nengine = \"ditto\"") else { return };
    let sound = fs::read(speech(&stage.site.scratch(), 1.0)).unwrap();
    let sound = stage.gateway.post_form("/api/avatar/upload-audio", &[Part::file("file", "speech.wav", sound)]);
    let portrait = fs::read(avatar_tests::portrait(&stage.site.scratch())).unwrap();
    let photo = stage.gateway.post_form("/api/avatar/upload-photo", &[Part::file("file", "me.png", portrait)]);
    let wanted = json!({
        "photo_id": photo.expect(200)["photo_id"], "audio_path": sound.expect(200)["audio_path"],
        "emotion": 3, "sampling_steps": 10, "crop_scale": 2.5, "fade_in": 3, "fade_out": 4, "preview_duration": 0.8,
    });
    let started = stage.gateway.post("/api/avatar/generate", &wanted).expect(200);
    let id = started["job_id"].as_str().unwrap();
    let job = stage.gateway.finished(id, LONG);
    assert_eq!(job["warnings"], json!([]), "{job}");
    let params = &job["params"];
    let given = ["emotion", "steps", "crop_scale", "fade_in", "fade_out", "duration"].map(|name| params[name].clone());
    assert_eq!(json!(given), json!(["happy", 10, 2.5, 3, 4, 0.8]), "{job}");

    let status = stage.gateway.get(&format!("/api/avatar/job/{id}/status")).expect(200);
    assert_eq!(status["status"], "completed", "{status}");
    let video = stage.gateway.get(status["video_url"].as_str().unwrap());
    let path = stage.site.scratch().join("answer.mp4");
    fs::write(&path, video.body).unwrap();
    assert_eq!(Video::read(path).frames, 20);
}
