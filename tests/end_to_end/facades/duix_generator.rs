//! A client of the Duix generator, as its desktop program works: files in a shared folder, a job under a name of its own,
//! polls, and a video in the same folder.

use std::fs;
use std::path::PathBuf;

use avatar_tests::{Api, Site, eventually};
use serde_json::{Value, json};

use super::{Scene, clip, pictures};
use crate::MOMENT;

struct Shared {
    scene: Scene,
    temp: PathBuf,
}

impl Shared {
    fn new(more: &str) -> Self {
        let table = format!("[facades.duix-generator]\nengine = \"testcard\"\nlisten = \"127.0.0.1:0\"\n{more}");
        let scene = Scene::of(Site::new(&["testcard"], &table));
        let temp = scene.site.data().join("duix/temp");
        fs::create_dir_all(&temp).unwrap();
        fs::copy(&scene.speech, temp.join("speech.wav")).unwrap();
        fs::copy(clip(&scene.site.scratch(), &scene.portrait), temp.join("person.mp4")).unwrap();
        Self { scene, temp }
    }

    fn door(&self) -> &Api {
        self.scene.gateway.facade("duix-generator")
    }

    /// Submits without saying what kind of text it is.
    fn submit(&self, changed: &Value) -> Value {
        let mut order = json!({"audio_url": "speech.wav", "video_url": "/code/data/temp/person.mp4", "code": "mine",
                               "chaofen": 0, "watermark_switch": 0, "pn": 1});
        order.as_object_mut().unwrap().extend(changed.as_object().unwrap().clone());
        self.door().request_raw("POST", "/easy/submit", &[], order.to_string()).expect(200)
    }

    fn query(&self, code: &str) -> Value {
        self.door().get(&format!("/easy/query?code={code}")).expect(200)
    }

    fn ended(&self, code: &str) -> Value {
        let ended = || Some(self.query(code)).filter(|answer| answer["data"]["status"] != 1);
        eventually("the generator's job ends", MOMENT, ended)
    }
}

#[test]
fn a_client_gets_its_video_in_the_folder_that_it_shares() {
    let shared = Shared::new("");
    let unknown = json!({"code": 10004, "data": {}, "msg": "任务不存在", "success": true});
    assert_eq!((shared.query("mine"), shared.query("")), (unknown.clone(), unknown));
    assert_eq!(shared.submit(&json!({})), json!({"code": 10000, "data": {}, "msg": "", "success": true}));
    let ended = shared.ended("mine");
    let facts = ["status", "progress", "result", "code", "msg"].map(|name| ended["data"][name].clone());
    assert_eq!(json!(facts), json!([2, 100, "/mine-r.mp4", "mine", "任务完成"]), "{ended}");
    assert_eq!(pictures(&shared.temp.join("mine-r.mp4")), 25);
    assert_eq!(shared.ended("mine"), ended, "it is told as often as it is asked for");
    // The name is free again.
    assert_eq!(shared.submit(&json!({"pn": 0}))["code"], 10000);
    assert_eq!(shared.submit(&json!({}))["code"], 10005);
    assert_eq!(shared.ended("mine")["data"]["status"], 2);
}

#[test]
fn an_end_can_be_told_once_as_the_original_does() {
    let shared = Shared::new("tells_end_once = true\n");
    shared.submit(&json!({}));
    assert_eq!(shared.ended("mine")["data"]["status"], 2);
    assert_eq!(shared.query("mine")["code"], 10004);
    assert_eq!(shared.scene.gateway.get("/v1/jobs").expect(200)["jobs"][0]["state"], "succeeded", "the job stays");
}

#[test]
fn what_cannot_be_used_is_told_in_its_code() {
    let shared = Shared::new("");
    fs::write(shared.scene.site.data().join("secret.wav"), "secret").unwrap();
    for (changed, words) in [
        (json!({"audio_url": ""}), "audio_url参数缺失"),
        (json!({"code": null}), "code参数缺失"),
        (json!({"code": "../mine"}), "code: "),
        (json!({"audio_url": "../../secret.wav"}), "audio_url: there is no file"),
        (json!({"audio_url": "/code/data/../secret.wav"}), "audio_url: there is no file"),
        (json!({"video_url": "http://127.0.0.1:1/person.mp4"}), "fetch.allow"),
        (json!({"video_url": "speech.wav"}), "video_url: "),
    ] {
        let answer = shared.submit(&changed);
        assert_eq!((&answer["code"], &answer["success"]), (&json!(10002), &json!(false)), "{answer}");
        assert!(answer["msg"].as_str().unwrap().contains(words), "{answer}");
    }
    let broken = shared.door().request_raw("POST", "/easy/submit", &[], "code=mine").expect(200);
    assert_eq!(broken["code"], 10002, "{broken}");
    assert_eq!(shared.scene.gateway.get("/v1/jobs").expect(200)["jobs"], json!([]));
}
