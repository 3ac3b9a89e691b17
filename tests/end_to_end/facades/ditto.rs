//! Clients of the Ditto avatar backend, and the sounds that they expect on the server.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use avatar_tests::programs::{curl, script};
use avatar_tests::{Part, speech};
use serde_json::{Value, json};

use super::{Scene, name, pictures, pictures_in, text};
use crate::MOMENT;

/// A scene whose server has `outputs/audio/test.wav`.
fn with_sound(engine: &str) -> Scene {
    let scene = Scene::new(engine);
    let folder = scene.site.data().join("ditto/outputs/audio");
    fs::create_dir_all(&folder).unwrap();
    fs::copy(&scene.speech, folder.join("test.wav")).unwrap();
    scene
}

/// The photo's id after an upload.
fn photo(scene: &Scene) -> String {
    let form = [Part::file("file", "me.png", fs::read(&scene.portrait).unwrap())];
    let uploaded = scene.gateway.facade("ditto").post_form("/api/avatar/upload-photo", &form).expect(200);
    text(&uploaded["photo_id"]).to_owned()
}

#[test]
fn a_the_python_client_gets_its_video() {
    let scene = with_sound("puppet");
    let out = scene.site.scratch().join("talking.mp4");
    for door in scene.doors("ditto") {
        let arguments = [door.url(), name(&scene.portrait), "./outputs/audio/test.wav", name(&out), "0.05"];
        let Some(ran) = script("ditto.py", &arguments) else { return };
        assert!(ran.success().contains("100 % Avatar video generated successfully\ncompleted /outputs/avatar_"));
        assert_eq!(pictures(&out), 25);
        fs::remove_file(&out).unwrap();
    }
}

#[test]
fn b_curl_gets_its_video() {
    let scene = with_sound("puppet");
    let photo = scene.site.scratch().join("avatar.jpg");
    let made = Command::new("ffmpeg").args(["-v", "error", "-i"]).arg(&scene.portrait).arg(&photo).status();
    assert!(made.unwrap().success());
    for door in scene.doors("ditto") {
        let url = |path: &str| format!("{}{path}", door.url());
        let read = |ran: &avatar_tests::programs::Ran| -> Value { serde_json::from_str(ran.success()).unwrap() };
        let Some(system) = curl(&[&url("/api/avatar/system-info")]) else { return };
        let system = read(&system);
        assert_eq!((&system["avatar_enabled"], &system["is_generating"]), (&json!(true), &json!(false)), "{system}");
        assert_eq!(system.as_object().unwrap().len(), 9, "{system}");

        let file = format!("file=@{}", name(&photo));
        let uploaded = read(&curl(&["-X", "POST", &url("/api/avatar/upload-photo"), "-F", &file]).unwrap());
        let found = &uploaded["validation"];
        assert_eq!((&found["valid"], &found["message"]), (&json!(true), &json!("照片驗證通過")), "{uploaded}");
        assert_eq!((&found["face_count"], &found["image_size"]), (&json!(1), &json!([512, 512])), "{uploaded}");
        assert!(found["face_bbox"].as_array().unwrap().iter().all(Value::is_i64), "{uploaded}");
        let shown = door.get(text(&uploaded["photo_url"]));
        assert_eq!((shown.status, shown.header("content-type")), (200, "image/png"));

        let wanted = json!({"photo_id": uploaded["photo_id"], "audio_path": "./outputs/audio/test.wav", "emotion": 5});
        let (wanted, kind) = (wanted.to_string(), "Content-Type: application/json");
        let request = ["-X", "POST", &url("/api/avatar/generate"), "-H", kind, "-d", &wanted];
        let started = read(&curl(&request).unwrap());
        assert_eq!(started["status"], "processing");
        let job = text(&started["job_id"]);
        scene.ended("ditto", job);
        let status = read(&curl(&[&url(&format!("/api/avatar/job/{job}/status"))]).unwrap());
        assert_eq!((&status["status"], &status["progress"]), (&json!("completed"), &json!(100)), "{status}");
        assert_eq!((&status["error"], &status["current_frame"]), (&Value::Null, &Value::Null));
        assert!(status["duration"].as_f64().unwrap() > 0.0, "{status}");
        assert_eq!(pictures_in(&door.get(text(&status["video_url"])), &scene.site.scratch()), 25);
    }
}

#[test]
fn an_emotion_is_a_number_here_and_a_word_there() {
    let scene = with_sound("puppet");
    let photo = photo(&scene);
    let api = scene.gateway.facade("ditto");
    for (emotion, word) in [(json!(3), "happy"), (json!("5"), "sad"), (json!(0), "angry")] {
        let wanted = json!({"photo_id": photo, "audio_path": "outputs/audio/test.wav", "emotion": emotion});
        let started = api.post("/api/avatar/generate", &wanted).expect(200);
        let job = scene.gateway.job(text(&started["job_id"]));
        assert_eq!(job["params"]["emotion"], word, "{job}");
    }
    let more = json!({"photo_id": photo, "audio_path": "/outputs/audio/test.wav", "output_path": "../../x.mp4",
                      "crop_scale": 2.3, "sampling_steps": 50, "fade_in": 5, "fade_out": 5, "unknown": [1]});
    let started = api.post("/api/avatar/generate", &more).expect(200);
    let warnings = scene.gateway.job(text(&started["job_id"]))["warnings"].to_string();
    for dropped in ["output_path", "crop_scale", "sampling_steps", "fade_in", "fade_out"] {
        assert!(warnings.contains(dropped), "{warnings}");
    }
}

#[test]
fn sounds_outside_the_folder_are_not_found() {
    let scene = with_sound("testcard");
    let photo = photo(&scene);
    let secret = scene.site.scratch().join("secret.wav");
    fs::copy(&scene.speech, &secret).unwrap();
    let root = scene.site.data().join("ditto");
    fs::copy(&secret, scene.site.data().join("secret.wav")).unwrap();
    symlink(&secret, root.join("outputs/link.wav")).unwrap();
    symlink(scene.site.scratch(), root.join("outputs/folder")).unwrap();
    for path in [
        "../secret.wav",
        "outputs/../../secret.wav",
        "..\\secret.wav",
        name(&secret),
        "outputs/link.wav",
        "outputs/folder/secret.wav",
        "outputs/audio",
        "outputs/audio/other.wav",
        "/etc/passwd",
        "",
    ] {
        let wanted = json!({"photo_id": photo, "audio_path": path});
        for door in scene.doors("ditto") {
            let refused = door.post("/api/avatar/generate", &wanted).expect(404);
            assert_eq!(refused, json!({"detail": format!("Audio not found at {path}")}));
        }
    }
    for path in
        ["/outputs/link.wav", "/outputs/folder/secret.wav", "/outputs/..%2f..%2fsecret.wav", "/outputs/%2e%2e/x"]
    {
        let refused = scene.gateway.facade("ditto").get(path);
        assert_eq!((refused.status, refused.json()), (404, json!({"detail": "Not Found"})), "{path}");
    }
    let served = scene.gateway.facade("ditto").get("/outputs/audio/test.wav");
    assert_eq!((served.status, served.body), (200, fs::read(&scene.speech).unwrap()));
    // A wrong path leaves nothing locked.
    let wanted = json!({"photo_id": photo, "audio_path": "./outputs/audio/test.wav"});
    let started = scene.gateway.facade("ditto").post("/api/avatar/generate", &wanted).expect(200);
    assert_eq!(scene.gateway.finished(text(&started["job_id"]), MOMENT)["state"], "succeeded");
}

#[test]
fn sounds_can_be_uploaded_and_several_become_one_video() {
    let scene = Scene::new("testcard");
    let api = scene.gateway.facade("ditto");
    let photo = photo(&scene);
    let upload = |seconds: f64| {
        let sound = fs::read(speech(&scene.site.scratch(), seconds)).unwrap();
        let uploaded = api.post_form("/api/avatar/upload-audio", &[Part::file("file", "slide.wav", sound)]).expect(200);
        assert!((uploaded["duration"].as_f64().unwrap() - seconds).abs() < 0.05, "{uploaded}");
        uploaded["audio_path"].clone()
    };
    let sounds = [upload(1.0), upload(2.0)];
    assert_eq!(api.get(&text(&sounds[0])[1..]).status, 200, "it is where it seems to be");
    let wanted = json!({"photo_id": photo, "audio_path": sounds[0]});
    let started = api.post("/api/avatar/generate", &wanted).expect(200);
    let ended = scene.ended("ditto", text(&started["job_id"]));
    assert_eq!(pictures_in(&api.get(text(&ended["video_url"])), &scene.site.scratch()), 25);

    let wanted = json!({"photo_id": photo, "audio_paths": sounds});
    let started = api.post("/api/avatar/generate-batch", &wanted).expect(200);
    assert_eq!(started["status"], "processing");
    let ended = scene.ended("ditto", text(&started["job_id"]));
    assert_eq!((&ended["status"], &ended["progress"]), (&json!("completed"), &json!(100)), "{ended}");
    assert_eq!(pictures_in(&api.get(text(&ended["video_url"])), &scene.site.scratch()), 75);

    for (body, words) in [
        (json!({"audio_paths": sounds}), "photo_id is required"),
        (json!({"photo_id": photo, "audio_paths": []}), "audio_paths is required"),
        (json!({}), "photo_id is required"),
    ] {
        assert_eq!(api.post("/api/avatar/generate-batch", &body).expect(400), json!({"detail": words}));
    }
    let unlocked = api.post("/api/avatar/force-unlock", &json!({})).expect(200);
    assert_eq!(unlocked, json!({"status": "unlocked", "message": "System lock forced released"}));
}

#[test]
fn photos_are_refused_in_its_words() {
    let scene = Scene::new("testcard");
    let api = scene.gateway.facade("ditto");
    let picture = |filter: &str| {
        let file = scene.site.scratch().join("picture.png");
        let mut ffmpeg = Command::new("ffmpeg");
        ffmpeg.args(["-v", "error", "-y", "-i"]).arg(&scene.portrait).args(["-vf", filter, "-frames:v", "1"]);
        assert!(ffmpeg.arg(&file).status().unwrap().success());
        fs::read(&file).unwrap()
    };
    for (file, content, words) in [
        ("me.gif", picture("null"), "Only JPG and PNG images are supported"),
        ("me", picture("null"), "Only JPG and PNG images are supported"),
        ("me.PNG", b"no picture".to_vec(), "無法讀取圖片檔案"),
        ("me.png", picture("scale=200:220"), "圖片解析度過低 (200x220),建議至少 512x512"),
        ("me.png", picture("drawbox=t=fill:color=gray"), "未檢測到人臉,請使用清晰的正面人臉照片"),
        ("me.png", picture("split[a][b];[a][b]hstack"), "檢測到 2 張人臉,請使用只有一個人的照片"),
        ("me.png", picture("scale=iw/4:-1,pad=1024:1024:400:400:gray"), "人臉在照片中佔比過小,請使用人臉較大的照片"),
    ] {
        let refused =
            api.post_form("/api/avatar/upload-photo", &[Part::file("file", file, content).typed("text/plain")]);
        assert_eq!(refused.expect(400), json!({"detail": words}), "{file}");
    }
}
