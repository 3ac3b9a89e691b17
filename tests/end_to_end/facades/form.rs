//! Malformed requests to the facades, and files whose stated type is wrong.

use std::fs;

use avatar_tests::{Part, speech};
use serde_json::{Value, json};

use super::{Scene, text};

const START: &str = "/api/v1/synthesis/start";
const WRONG_IMAGE: &str = "Invalid image file type. Allowed types: ['image/jpeg', 'image/png']";
const WRONG_AUDIO: &str = "Invalid audio file type. Allowed types: ['audio/wav', 'audio/mpeg', 'audio/mp3']";

#[test]
fn e_files_count_by_what_they_are() {
    let scene = Scene::new("testcard");
    let (image, sound) = (fs::read(&scene.portrait).unwrap(), fs::read(&scene.speech).unwrap());
    let api = scene.gateway.facade("dice-talk");
    let start = |image: Part<'_>, audio: Part<'_>| {
        let answer = api.post_form(START, &[image, audio, Part::text("emotion", "happy")]);
        (answer.status, answer.json()["error"].as_str().unwrap_or_default().to_owned())
    };
    let (good_image, good_audio) =
        (Part::file("image", "me.png", image.clone()), Part::file("audio", "a.wav", sound.clone()));
    let taken = (200, String::new());
    for kind in ["image/png", "application/octet-stream", "image/x-png"] {
        assert_eq!(start(good_image.clone().typed(kind), good_audio.clone()), taken, "{kind}");
    }
    for kind in ["audio/wav", "audio/x-wav", "audio/wave", "application/octet-stream", "audio/mpeg"] {
        assert_eq!(start(good_image.clone(), good_audio.clone().typed(kind)), taken, "{kind}");
    }
    assert_eq!(start(Part::file("image", "ME.PNG", image.clone()), good_audio.clone()), taken, "as requests sends it");

    let no_image = (400, WRONG_IMAGE.to_owned());
    for wrong in [
        Part::file("image", "me.png", "just a text").typed("image/png"),
        Part::file("image", "me.png", "just a text"),
        Part::file("image", "me.txt", image.clone()),
        Part::file("image", "me.png", image.clone()).typed("text/plain"),
        Part::file("image", "me.gif", image).typed("image/gif"),
    ] {
        let (file, kind) = (wrong.file, wrong.kind);
        assert_eq!(start(wrong, good_audio.clone()), no_image, "{file:?} {kind:?}");
    }
    let no_audio = (400, WRONG_AUDIO.to_owned());
    for wrong in [
        Part::file("audio", "a.wav", "just a text").typed("audio/wav"),
        Part::file("audio", "a.ogg", sound.clone()).typed("audio/ogg"),
        Part::file("audio", "a.wav", sound).typed("video/mp4"),
    ] {
        let (file, kind) = (wrong.file, wrong.kind);
        assert_eq!(start(good_image.clone(), wrong), no_audio, "{file:?} {kind:?}");
    }
    let both = start(Part::file("image", "me.png", "text"), Part::file("audio", "a.wav", "text"));
    assert_eq!(both, no_image, "the image goes first");
}

#[test]
fn e_names_of_files_may_be_in_any_script() {
    let scene = Scene::new("testcard");
    let (image, sound) = (fs::read(&scene.portrait).unwrap(), fs::read(&scene.speech).unwrap());
    for name in [
        "filename=\"\u{7167}\u{7247}.png\"".as_bytes(),
        // The same in the encoding of Chinese Windows, and as older libraries write it.
        b"filename=\"\xd5\xd5\xc6\xac.png\"",
        b"filename*=utf-8\'\'%E7%85%A7%E7%89%87.png",
        b"filename=me.png",
    ] {
        let head = |field: &[u8], file: &[u8]| {
            [b"--b\r\nContent-Disposition: form-data; name=", field, file, b"\r\n\r\n"].concat()
        };
        let body = [
            head(b"image; ", name),
            image.clone(),
            b"\r\n".to_vec(),
            head(b"audio; ", b"filename=a.wav"),
            sound.clone(),
            b"\r\n".to_vec(),
            head(b"emotion", b""),
            b"happy\r\n--b--\r\n".to_vec(),
        ];
        let kind = [("content-type", "multipart/form-data; boundary=b")];
        let answer = scene.gateway.facade("dice-talk").request_raw("POST", START, &kind, body.concat());
        assert_eq!(answer.expect(200)["status"], "PENDING", "{}", String::from_utf8_lossy(name));
    }
}

#[test]
fn e_large_files_are_refused_in_its_words() {
    let scene = Scene::with("testcard", &[("limits", "image_mb = 1\naudio_mb = 1")]);
    let sound = fs::read(&scene.speech).unwrap();
    let image = fs::read(&scene.portrait).unwrap();
    let large = [image.clone(), vec![0; 2 << 20]].concat();
    let long = fs::read(speech(&scene.site.scratch(), 40.0)).unwrap();
    for door in scene.doors("dice-talk") {
        let start = |image: &[u8], sound: &[u8]| {
            let form = [
                Part::file("image", "me.png", image),
                Part::file("audio", "a.wav", sound),
                Part::text("emotion", "happy"),
            ];
            door.post_form(START, &form).expect(400)
        };
        let refused = json!({"error": "Image file too large. Maximum size: 1MB", "detail": null});
        assert_eq!(start(&large, &sound), refused);
        assert_eq!(start(&large, &long), refused, "the image goes first");
        assert_eq!(start(&image, &long), json!({"error": "Audio file too large. Maximum size: 1MB", "detail": null}));
    }
    assert!(scene.site.files().is_empty(), "{:?}", scene.site.files());
}

#[test]
fn f_dice_talk_tells_all_faults_of_a_form() {
    let scene = Scene::new("testcard");
    for door in scene.doors("dice-talk") {
        let form = [
            Part::text("audio", "a.wav"),
            Part::text("emotion", "Happy"),
            Part::text("ref_scale", "much"),
            Part::text("crop", "perhaps"),
            Part::text("inference_steps", "7.5"),
        ];
        let answer = door.post_form(START, &form);
        let words = "'contempt', 'sad', 'happy', 'surprised', 'angry', 'disgusted', 'fear' or 'neutral'";
        let expected = json!({"detail": [
            {"type": "missing", "loc": ["body", "image"], "msg": "Field required", "input": null},
            {"type": "value_error", "loc": ["body", "audio"], "input": "a.wav", "ctx": {"error": {}},
             "msg": "Value error, Expected UploadFile, received: <class 'str'>"},
            {"type": "enum", "loc": ["body", "emotion"], "msg": format!("Input should be {words}"), "input": "Happy",
             "ctx": {"expected": words}},
            {"type": "float_parsing", "loc": ["body", "ref_scale"], "input": "much",
             "msg": "Input should be a valid number, unable to parse string as a number"},
            {"type": "bool_parsing", "loc": ["body", "crop"], "input": "perhaps",
             "msg": "Input should be a valid boolean, unable to interpret input"},
            {"type": "int_parsing", "loc": ["body", "inference_steps"], "input": "7.5",
             "msg": "Input should be a valid integer, unable to parse string as an integer"},
        ]});
        assert_eq!(answer.expect(422), expected, "and no key `error`");
        assert_eq!(answer.header("content-type"), "application/json");
        let compact = r#"{"detail":[{"type":"missing","loc":["body","image"],"msg":"Field required","input":null},"#;
        assert!(answer.body.starts_with(compact.as_bytes()), "{}", String::from_utf8_lossy(&answer.body));
        assert_eq!(kinds(&door.post(START, &json!({})).expect(422)), ["missing"; 3], "a body of another kind");
    }
}

#[test]
fn f_ditto_tells_all_faults_of_its_json() {
    let scene = Scene::new("testcard");
    let path = "/api/avatar/generate";
    for door in scene.doors("ditto") {
        let body = json!({"audio_path": 5, "emotion": 8, "crop_scale": "x", "sampling_steps": 9, "fade_in": 1.5,
                          "fade_out": null});
        let answer = door.post(path, &body).expect(422);
        let expected = [
            "missing",
            "string_type",
            "less_than_equal",
            "float_parsing",
            "greater_than_equal",
            "int_from_float",
            "int_type",
        ];
        assert_eq!(kinds(&answer), expected, "{answer}");
        let faults = &answer["detail"];
        assert_eq!((&faults[0]["loc"], &faults[0]["input"]), (&json!(["body", "photo_id"]), &body));
        assert_eq!((&faults[2]["ctx"], &faults[4]["ctx"]), (&json!({"le": 7}), &json!({"ge": 10})));
        let broken = raw(door, path, Some("application/json"), "{\"photo_id\": ");
        assert_eq!((&broken["type"], &broken["loc"][1]), (&json!("json_invalid"), &json!(13)), "{broken}");
        assert_eq!(broken["ctx"]["error"], "Expecting value");
        assert_eq!(raw(door, path, None, "{}")["type"], "model_attributes_type");
        assert_eq!(raw(door, path, Some("application/json"), "[]")["type"], "model_attributes_type");
        let missing = raw(door, path, Some("application/json"), "");
        assert_eq!((&missing["type"], &missing["loc"]), (&json!("missing"), &json!(["body"])));
        assert_eq!(kinds(&door.post_form("/api/avatar/upload-photo", &[]).expect(422)), ["missing"]);
    }
}

#[test]
fn f_echomimic_tells_all_faults_of_a_form() {
    let scene = Scene::new("testcard");
    for door in scene.doors("echomimic") {
        let form =
            [Part::text("width", " 512"), Part::text("cfg", "x"), Part::text("steps", ""), Part::text("fps", "y")];
        let answer = door.post_form("/generate_video", &form).expect(422);
        assert_eq!(kinds(&answer), ["missing", "missing", "int_parsing", "float_parsing", "int_parsing"], "{answer}");
        assert_eq!(answer["detail"][0]["loc"], json!(["body", "reference_image"]));
        let answer = door.get("/download_segment/x/first").expect(422);
        assert_eq!(
            (&answer["detail"][0]["type"], &answer["detail"][0]["loc"]),
            (&json!("int_parsing"), &json!(["path", "segment_index"]))
        );
    }
}

#[test]
fn f_duix_tells_faults_with_success() {
    let scene = Scene::new("testcard");
    for door in scene.doors("duix") {
        for path in ["/api/generate_video", "/api/submit_task"] {
            let answer = door.post(path, &json!({"audio_url": "speech.wav"})).expect(422);
            assert_eq!(kinds(&answer), ["url_parsing", "missing"], "{answer}");
            assert_eq!(answer["detail"][0]["msg"], "Input should be a valid URL, relative URL without a base");
            assert_eq!(answer["success"], false);
            assert!(text(&answer["error"]).contains("audio_url") && text(&answer["error"]).contains("video_url"));
        }
        for path in ["/api/query_task", "/api/get_result"] {
            let answer = door.get(path).expect(422);
            assert_eq!((kinds(&answer), &answer["detail"][0]["loc"][0]), (vec!["missing"], &json!("query")));
            assert_eq!(answer["success"], false);
        }
    }
}

fn kinds(answer: &Value) -> Vec<&str> {
    answer["detail"].as_array().unwrap().iter().map(|fault| text(&fault["type"])).collect()
}

/// The first fault of a body that is sent as it is.
fn raw(door: &avatar_tests::Api, path: &str, kind: Option<&str>, body: &str) -> Value {
    let headers: Vec<(&str, &str)> = kind.map(|kind| ("content-type", kind)).into_iter().collect();
    door.request_raw("POST", path, &headers, body).expect(422)["detail"][0].clone()
}
