//! Clients of OpenAI's videos: its own libraries, unchanged but for the address.

use std::fs;

use avatar_tests::Part;
use avatar_tests::programs::{node_with_openai, python_with_openai};
use serde_json::json;

use super::{Scene, name, pictures};

const SETTINGS: &str =
    "engines.default = \"testcard\"\n[facades.openai]\nengine = \"testcard\"\nlisten = \"127.0.0.1:0\"\n";

#[test]
fn a_the_python_library_gets_its_video() {
    let scene = Scene::of(avatar_tests::Site::new(&["testcard"], SETTINGS));
    let out = scene.site.scratch().join("openai.mp4");
    let address = format!("{}/v1", scene.gateway.url());
    let audio = scene.gateway.uploaded("audio", &scene.speech);
    for model in ["testcard", "sora-2"] {
        let arguments = [&address, name(&scene.portrait), name(&scene.speech), &audio, name(&out), model];
        let Some(ran) = python_with_openai("openai_videos.py", &arguments) else { return };
        let told = [
            "refused audio input.missing",
            "created video queued testcard",
            "ended completed 100 1 320x240 None",
            "thumbnail ffd8",
            "listed True",
            "from the first True",
            "deleted video.deleted True",
            "unknown invalid_request_error\n",
        ];
        assert_eq!(ran.success(), told.join("\n"), "{}", ran.complained);
        assert_eq!(pictures(&out), 25);
        fs::remove_file(&out).unwrap();
        for job in scene.gateway.get("/v1/jobs").expect(200)["jobs"].as_array().unwrap() {
            let warnings = job["warnings"].to_string();
            assert!(warnings.contains("`prompt` is not heeded"), "{warnings}");
            assert_eq!(warnings.contains("the model `sora-2` is not to be had here"), model == "sora-2", "{warnings}");
            scene.gateway.request("DELETE", &format!("/v1/jobs/{}", job["id"].as_str().unwrap()), &[]);
        }
    }
}

#[test]
fn a_the_node_library_gets_its_video_at_the_facades_own_address() {
    let scene = Scene::of(avatar_tests::Site::new(&["testcard"], SETTINGS));
    let out = scene.site.scratch().join("openai.mp4");
    let door = scene.gateway.facade("openai");
    let address = format!("{}/v1", door.url());
    let arguments = [&address, name(&scene.portrait), name(&scene.speech), name(&out), ""];
    let Some(ran) = node_with_openai("openai_videos.cjs", &arguments) else { return };
    let told = "refused audio input.missing\ncreated video testcard\nended completed 100 null\nlisted true\n\
                deleted video.deleted true\n";
    assert_eq!(ran.success(), told, "{}", ran.complained);
    assert_eq!(pictures(&out), 25);
    assert_eq!(door.get("/v1/jobs").expect(404), json!({"detail": "Not Found"}));
}

#[test]
fn a_photo_that_is_left_out_is_told_by_the_field_that_the_service_has_for_it() {
    let scene = Scene::of(avatar_tests::Site::new(&["puppet", "testcard"], "engines.default = \"puppet\"\n"));
    let audio = scene.gateway.uploaded("audio", &scene.speech);
    let ask = |model: &str| {
        let form = [Part::text("prompt", "hi"), Part::text("audio_id", &audio), Part::text("model", model)];
        scene.gateway.post_form("/v1/videos", &form)
    };
    let error = &ask("puppet").expect(400)["error"];
    assert_eq!((&error["param"], &error["code"]), (&json!("input_reference"), &json!("input.missing")), "{error}");
    let told = error["message"].as_str().unwrap();
    assert!(
        told.contains("needs a photo") && told.contains("send the portrait as the file `input_reference`"),
        "{told}"
    );
    assert_eq!(ask("testcard").expect(200)["status"], "queued", "the test card needs none");
}
