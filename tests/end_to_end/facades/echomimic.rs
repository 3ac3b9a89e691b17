//! Clients of the EchoMimic service.

use std::collections::BTreeSet;
use std::fs;

use avatar_tests::programs::{curl, script};
use avatar_tests::{Part, speech};
use serde_json::{Value, json};

use super::{Scene, name, pictures, pictures_in, text};
use crate::MOMENT;

#[test]
fn a_the_python_client_gets_its_video() {
    let scene = Scene::new("puppet");
    let out = scene.site.scratch().join("output_video.mp4");
    for door in scene.doors("echomimic") {
        let arguments = [door.url(), name(&scene.portrait), name(&scene.speech), name(&out), "0.05"];
        let Some(ran) = script("echomimic.py", &arguments) else { return };
        assert!(ran.success().ends_with("status completed\n"), "{}", ran.said);
        assert_eq!(pictures(&out), 25);
        fs::remove_file(&out).unwrap();
    }
}

#[test]
fn a_a_page_gets_its_video() {
    let scene = Scene::new("puppet");
    let out = scene.site.scratch().join("output_video.mp4");
    for door in scene.doors("echomimic") {
        let arguments = [door.url(), name(&scene.portrait), name(&scene.speech), name(&out), "50"];
        let Some(ran) = script("echomimic.mjs", &arguments) else { return };
        assert!(ran.success().contains("status completed\n"), "{}", ran.said);
        assert_eq!(pictures(&out), 25);
        fs::remove_file(&out).unwrap();
    }
}

#[test]
fn b_curl_gets_its_video() {
    let scene = Scene::new("puppet");
    let out = scene.site.scratch().join("output_video.mp4");
    let image = format!("reference_image=@{}", name(&scene.portrait));
    let audio = format!("audio_file=@{}", name(&scene.speech));
    for door in scene.doors("echomimic") {
        let url = |path: &str| format!("{}{path}", door.url());
        let Some(ran) =
            curl(&[&url("/generate_video"), "-F", &image, "-F", &audio, "-F", "fps=25", "-F", "device=cuda"])
        else {
            return;
        };
        let started: Value = serde_json::from_str(ran.success()).unwrap();
        let task = text(&started["task_id"]);
        assert_eq!(started, json!({"task_id": task, "status": "pending"}));
        let ended = scene.ended("echomimic", task);
        let place = format!("output/videos/{task}_with_audio.mp4");
        let expected = json!({"task_id": task, "status": "completed", "output_file": place, "error": null});
        assert_eq!(ended, expected);
        curl(&["-o", name(&out), &url(&format!("/download/{task}"))]).unwrap().success();
        assert_eq!(pictures(&out), 25);
        assert_eq!(door.get(&format!("/{place}")).body, fs::read(&out).unwrap());
        let download = door.get(&format!("/download/{task}"));
        let disposition = download.header("content-disposition");
        assert_eq!(disposition, format!("attachment; filename=\"echomimic_{task}.mp4\""));
    }
}

#[test]
fn parameters_become_the_engines() {
    let scene = Scene::new("puppet");
    let form = [
        Part::file("reference_image", "me.png", fs::read(&scene.portrait).unwrap()),
        Part::file("audio_file", "speech.wav", fs::read(&scene.speech).unwrap()),
        Part::text("width", "256"),
        Part::text("height", "256.0"),
        Part::text("seed", "-1"),
        Part::text("steps", "6"),
        Part::text("facemask_dilation_ratio", "0.1"),
    ];
    let started = scene.gateway.facade("echomimic").post_form("/generate_video", &form).expect(200);
    let job = scene.gateway.finished(text(&started["task_id"]), MOMENT);
    assert_eq!((&job["video"]["width"], &job["video"]["height"]), (&json!(256), &json!(256)), "{job}");
    assert_eq!((&job["params"]["seed"], &job["params"]["fps"]), (&json!(0), &json!(25)), "its own defaults: {job}");
    let warnings = job["warnings"].to_string();
    assert!(warnings.contains("`steps`") && warnings.contains("`facemask_dilation_ratio`"), "{warnings}");
}

fn several(scene: &Scene, combine: &str) -> String {
    let sound = |seconds: f64| fs::read(speech(&scene.site.scratch(), seconds)).unwrap();
    let form = [
        Part::file("reference_image", "me.png", fs::read(&scene.portrait).unwrap()),
        Part::file("audio_files", "1.wav", sound(1.0)),
        Part::file("audio_files", "2.wav", sound(2.0)),
        Part::text("combine_videos", combine),
    ];
    let started = scene.gateway.facade("echomimic").post_form("/generate_multi_videos", &form).expect(200);
    assert_eq!(started["status"], "pending");
    text(&started["task_id"]).to_owned()
}

#[test]
fn several_sounds_become_segments_and_one_video() {
    let scene = Scene::new("testcard");
    let (api, folder) = (scene.gateway.facade("echomimic"), scene.site.scratch());
    let task = several(&scene, "true");
    let early = scene.status("echomimic", &task);
    let keys: BTreeSet<&str> = early.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = ["task_id", "status", "output_file", "error", "output_files", "combined_output_file"];
    assert_eq!(keys, BTreeSet::from(expected), "{early}");
    assert_eq!(early["output_files"].as_array().map(Vec::len), Some(2), "{early}");
    let ended = scene.ended("echomimic", &task);
    assert_eq!((&ended["status"], &ended["error"]), (&json!("completed"), &Value::Null), "{ended}");
    let files = ended["output_files"].as_array().unwrap();
    for (place, frames) in [25, 50].into_iter().enumerate() {
        let segment = api.get(&format!("/download_segment/{task}/{place}"));
        assert_eq!(pictures_in(&segment, &folder), frames);
        let disposition = segment.header("content-disposition");
        assert!(disposition.contains(&format!("echomimic_{task}_segment_{place}.mp4")), "{disposition}");
        assert_eq!(api.get(&format!("/{}", text(&files[place]))).body, segment.body);
    }
    let whole = api.get(&format!("/download_combined/{task}"));
    assert_eq!(pictures_in(&whole, &folder), 75);
    assert!(whole.header("content-disposition").contains(&format!("echomimic_{task}_combined.mp4")));
    assert_eq!(pictures_in(&api.get(&format!("/{}", text(&ended["combined_output_file"]))), &folder), 75);
    assert_eq!(pictures_in(&api.get(&format!("/download/{task}")), &folder), 75);
    let refused = api.get(&format!("/download_segment/{task}/9")).expect(404);
    assert_eq!(refused, json!({"detail": "片段 9 不存在"}));
}

#[test]
fn several_sounds_stay_apart_if_the_client_wants() {
    let scene = Scene::new("testcard");
    let api = scene.gateway.facade("echomimic");
    let task = several(&scene, "false");
    let ended = scene.ended("echomimic", &task);
    assert_eq!((&ended["status"], &ended["combined_output_file"]), (&json!("completed"), &Value::Null), "{ended}");
    assert_eq!(pictures_in(&api.get(&format!("/download_segment/{task}/1")), &scene.site.scratch()), 50);
    for path in ["download_combined", "download"] {
        let refused = api.get(&format!("/{path}/{task}")).expect(404);
        assert_eq!(refused, json!({"detail": "没有合并的视频文件"}), "{path}");
    }
}
