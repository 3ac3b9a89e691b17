//! Clients of the Duix Face2Face service.

use std::fs;
use std::io::Write;
use std::net::TcpStream;
use std::path::PathBuf;
use std::thread;

use avatar_tests::programs::{curl, script};
use avatar_tests::{Gateway, eventually, speech};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{Scene, name, pictures, text};
use crate::MOMENT;

#[test]
fn a_the_python_client_gets_its_video() {
    let scene = Scene::new("puppet");
    let out = scene.site.scratch().join("talking.mp4");
    let (sound, source) = (scene.hosted.url("/speech.wav?signature=1"), scene.source());
    for (door, way) in scene.doors("duix").into_iter().flat_map(|door| [(door, "wait"), (door, "poll")]) {
        let Some(ran) = script("duix.py", &[door.url(), &sound, source, name(&out), "0.05", way]) else { return };
        let said = ran.success();
        assert!(said.contains("video mp4 "), "{said}");
        assert!(way == "wait" || said.contains("status 2 100 任务完成"), "{said}");
        assert_eq!(pictures(&out), 25);
        fs::remove_file(&out).unwrap();
    }
}

#[test]
fn b_curl_asks_for_its_health() {
    let scene = Scene::new("testcard");
    for door in scene.doors("duix") {
        let Some(ran) = curl(&[&format!("{}/health", door.url())]) else { return };
        let health: Value = serde_json::from_str(ran.success()).unwrap();
        assert_eq!((&health["status"], &health["data_dir_exists"]), (&json!("healthy"), &json!(true)), "{health}");
        assert!(health["data_dir"].is_string() && health["timestamp"].as_f64().unwrap() > 1.7e9, "{health}");
        assert_eq!(health["active_tasks"], 0);
    }
    let root = scene.gateway.facade("duix").get("/").expect(200);
    assert_eq!(root, json!({"service": "Duix Face2Face Service", "version": "1.0.0", "status": "running"}));
}

#[test]
fn k_the_video_in_json_is_the_file() {
    let scene = Scene::new("testcard");
    let api = scene.gateway.facade("duix");
    let wanted = scene.addresses();
    let answer = api.post("/api/generate_video", &wanted);
    let waited = answer.expect(200);
    assert_eq!(answer.header("content-length"), answer.body.len().to_string());
    let jobs = scene.gateway.get("/v1/jobs").expect(200);
    let file = video_of(&scene.gateway, text(&jobs["jobs"][0]["id"]));
    is_the_file(&waited, &file);

    let task = scene.start("duix");
    let ended = scene.ended("duix", &task);
    assert_eq!(scene.ended("duix", &task), ended, "its end may be asked for again");
    let expected =
        json!({"code": task, "msg": "任务完成", "progress": 100, "result": format!("/{task}-r.mp4"), "status": 2});
    assert_eq!(ended, expected);
    let file = video_of(&scene.gateway, &task);
    for names in [
        format!("filename={task}-r.mp4"),
        format!("filename=/{task}-r.mp4&task_code={task}"),
        format!("result_filename=%2F{task}-r.mp4&task_code={task}"),
        format!("result_filename=/code/data/temp/{task}-r.mp4"),
    ] {
        is_the_file(&api.get(&format!("/api/get_result?{names}")).expect(200), &file);
    }
}

fn video_of(gateway: &Gateway, job: &str) -> Vec<u8> {
    gateway.get(&format!("/v1/jobs/{job}/video")).body
}

fn is_the_file(answer: &Value, file: &[u8]) {
    assert_eq!((&answer["success"], &answer["format"]), (&json!(true), &json!("mp4")));
    assert_eq!(answer["size"], file.len());
    let data = text(&answer["video_data"]);
    assert_eq!(data.len(), 4 * file.len().div_ceil(3));
    assert!(STANDARD.decode(data).unwrap() == file, "it is another video");
    assert_eq!(answer.as_object().unwrap().len(), 4);
}

#[test]
fn l_files_of_the_same_name_do_not_meet() {
    let scene = Scene::new("testcard");
    for (folder, seconds) in [("a", 1.0), ("b", 2.0), ("c", 3.0)] {
        let sound = fs::read(speech(&scene.site.scratch(), seconds)).unwrap();
        scene.hosted.put(&format!("/{folder}/audio.wav"), sound);
    }
    let made = |folder: &str| -> PathBuf {
        let wanted = json!({"audio_url": scene.hosted.url(&format!("/{folder}/audio.wav")),
                            "video_url": scene.source()});
        let answer = scene.gateway.facade("duix").post("/api/generate_video", &wanted).expect(200);
        let file = scene.site.scratch().join(format!("{folder}.mp4"));
        fs::write(&file, STANDARD.decode(text(&answer["video_data"])).unwrap()).unwrap();
        file
    };
    let lengths = thread::scope(|scope| {
        let running = ["a", "b", "c", "a"].map(|folder| scope.spawn(move || pictures(&made(folder))));
        running.map(|thread| thread.join().unwrap())
    });
    assert_eq!(lengths, [25, 50, 75, 25]);
}

#[test]
fn a_client_that_waits_is_told_of_a_restart_and_the_job_goes_on() {
    let hanging = ("engines.testcard", "fault = \"hang\"");
    let scene = Scene::with("testcard", &[hanging, ("scheduler", "drain_seconds = 1\ncancel_grace_seconds = 0.2")]);
    let (api, wanted) = (scene.gateway.facade("duix").clone(), scene.addresses());
    let waiting = thread::spawn(move || api.post("/api/generate_video", &wanted).expect(200));
    let job = eventually("the job is there", MOMENT, || first_job(&scene.gateway));
    scene.gateway.rendering(&job, MOMENT);
    scene.gateway.terminate();
    let answer = waiting.join().unwrap();
    assert_eq!(answer["success"], false);
    assert!(text(&answer["error"]).contains(&format!("task_code {job}")), "{answer}");
    scene.gateway.stop_without_signal(MOMENT);
    let gateway = scene.site.start();
    let told = gateway.facade("duix").get(&format!("/api/query_task?task_code={job}")).expect(200);
    assert_eq!((&told["code"], &told["data"]["status"]), (&json!(10000), &json!(1)), "{told}");
}

fn first_job(gateway: &Gateway) -> Option<String> {
    let jobs = gateway.get("/v1/jobs").expect(200);
    jobs["jobs"][0]["id"].as_str().map(str::to_owned)
}

#[test]
fn a_client_that_hangs_up_cancels_its_job() {
    let scene = Scene::with(
        "testcard",
        &[("engines.testcard", "fault = \"hang\""), ("scheduler", "cancel_grace_seconds = 0.2")],
    );
    let address = scene.gateway.facade("duix").address();
    let body = scene.addresses().to_string();
    let head = format!(
        "POST /api/generate_video HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let mut client = TcpStream::connect(address).unwrap();
    client.write_all(format!("{head}{body}").as_bytes()).unwrap();
    let job = eventually("the job is there", MOMENT, || first_job(&scene.gateway));
    scene.gateway.rendering(&job, MOMENT);
    drop(client);
    let job = scene.gateway.finished(&job, MOMENT);
    assert_eq!(job["state"], "canceled", "{job}");
}
