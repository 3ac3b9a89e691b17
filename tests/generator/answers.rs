//! Answers of the double of the Duix generator, compared with the original to the byte.

use avatar_tests::Behaviour;
use serde_json::json;

use crate::{Raw, Studio};

const ACCEPTED: &str = r#"{
    "code": 10000,
    "data": {},
    "msg": 10000,
    "success": true
}"#;

const BUSY: &str = r#"{
    "code": 10001,
    "data": {},
    "msg": "忙碌中",
    "success": true
}"#;

const UNKNOWN: &str = r#"{
    "code": 10004,
    "data": {},
    "msg": "任务不存在",
    "success": true
}"#;

fn check_head(answer: &Raw, status: &str) {
    let lines: Vec<&str> = answer.head.split("\r\n").collect();
    let [first, server, date, kind, length, connection] = lines[..] else { panic!("{}", answer.head) };
    assert_eq!(first, format!("HTTP/1.0 {status}"));
    assert!(server.starts_with("Server: Werkzeug/") && server.contains(" Python/3.8"), "{server}");
    assert!(date.starts_with("Date: ") && date.ends_with(" GMT") && date.len() == 35, "{date}");
    assert_eq!(kind, "Content-Type: text/html; charset=utf-8");
    assert_eq!(length, format!("Content-Length: {}", answer.body.len()));
    assert_eq!(connection, "Connection: close");
}

#[test]
fn a_job_is_accepted_then_the_service_is_busy_and_the_end_is_told_once() {
    let studio = Studio::new(&Behaviour::slow(1000));
    let body = json!({"audio_url": "voice.wav", "video_url": "face.mp4", "code": "a", "chaofen": 0, "pn": 1});

    let answer = studio.submit(&body);
    check_head(&answer, "200 OK");
    assert_eq!(answer.body, ACCEPTED);

    let answer = studio.get("/easy/query?code=a");
    check_head(&answer, "200 OK");
    let begun = r#"{
    "code": 10000,
    "data": {
        "code": "a",
        "msg": "",
        "progress": 0,
        "result": "",
        "status": 1
    },
    "msg": "",
    "success": true
}"#;
    assert_eq!(answer.body, begun);

    let answer = studio.submit(&json!({"audio_url": "voice.wav", "video_url": "face.mp4", "code": "b"}));
    check_head(&answer, "200 OK");
    assert_eq!(answer.body, BUSY);

    let mut steps = vec![];
    let end = loop {
        let answer = studio.get("/easy/query?code=a");
        let data = answer.json()["data"].clone();
        if data["status"] != 1 {
            break answer.body;
        }
        steps.push(format!("{} {}", data["progress"], data["msg"].as_str().unwrap()));
        steps.dedup();
        std::thread::sleep(std::time::Duration::from_millis(20));
    };
    assert_eq!(steps, ["0 ", "10 文件下载完成", "20 音频特征提取完成", "90 视频处理完成"]);
    let done = r#"{
    "code": 10000,
    "data": {
        "code": "a",
        "msg": "任务完成",
        "progress": 100,
        "result": "/a-r.mp4",
        "status": 2
    },
    "msg": "",
    "success": true
}"#;
    assert_eq!(end, done);
    assert_eq!(studio.get("/easy/query?code=a").body, UNKNOWN);
    assert_eq!(studio.query("b")["code"], 10004);
}

#[test]
fn a_missing_parameter_is_named() {
    let studio = Studio::new(&Behaviour::default());
    let answer = studio.submit(&json!({}));
    check_head(&answer, "200 OK");
    let missing = r#"{
    "code": 10002,
    "data": {},
    "msg": "audio_url参数缺失",
    "success": false
}"#;
    assert_eq!(answer.body, missing);

    let msg = |body| studio.submit(&body).json()["msg"].clone();
    assert_eq!(msg(json!({"audio_url": "", "video_url": "b", "code": "c"})), "audio_url参数缺失");
    assert_eq!(msg(json!({"audio_url": "a", "code": "c"})), "video_url参数缺失");
    assert_eq!(msg(json!({"audio_url": "a", "video_url": "b", "code": ""})), "code参数缺失");
}

#[test]
fn unknown_jobs_and_queries_without_a_code_are_answered_alike() {
    let studio = Studio::new(&Behaviour::default());
    for path in ["/easy/query?code=nobody", "/easy/query?code=", "/easy/query", "/easy/query?kode=a"] {
        let answer = studio.get(path);
        check_head(&answer, "200 OK");
        assert_eq!(answer.body, UNKNOWN);
    }
}

#[test]
fn faults_of_the_request_are_pages() {
    let studio = Studio::new(&Behaviour::default());
    let whole = json!({"audio_url": "voice.wav", "video_url": "face.mp4", "code": "a"}).to_string();
    for (kind, body) in [
        ("application/json", "{"),
        ("application/json", ""),
        ("application/json", "[]"),
        ("application/x-www-form-urlencoded", &whole),
        ("multipart/form-data; boundary=x", &whole),
    ] {
        let answer = studio.post("/easy/submit", kind, body);
        check_head(&answer, "500 INTERNAL SERVER ERROR");
        assert!(answer.body.starts_with("<!doctype html>\n<html lang=en>\n<title>500 Internal Server Error</title>\n"));
        assert!(answer.body.ends_with("an error in the application.</p>\n"));
    }
    for path in ["/", "/health", "/easy", "/easy/submit/", "/double"] {
        let answer = studio.get(path);
        check_head(&answer, "404 NOT FOUND");
        assert!(answer.body.contains("<h1>Not Found</h1>"), "{}", answer.body);
    }
    for (answer, methods) in [
        (studio.get("/easy/submit"), "OPTIONS, POST"),
        (studio.post("/easy/query?code=a", "text/plain", ""), "OPTIONS, HEAD, GET"),
    ] {
        assert!(answer.head.starts_with("HTTP/1.0 405 METHOD NOT ALLOWED\r\n"), "{}", answer.head);
        assert!(answer.head.contains(&format!("\r\nAllow: {methods}\r\n")), "{}", answer.head);
        assert!(answer.body.contains("<p>The method is not allowed for the requested URL.</p>"));
    }
}

#[test]
fn only_forms_are_kept_from_being_read_as_json() {
    let studio = Studio::new(&Behaviour::default());
    assert_eq!(studio.post("/easy/submit", "text/plain", "{}").json()["code"], 10002);
    let chunked = "POST /easy/submit HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n";
    assert_eq!(studio.raw(chunked).json()["code"], 10002);
}

#[test]
fn switches_are_on_for_one_alone() {
    let studio = Studio::new(&Behaviour::default());
    let body = json!({"audio_url": "voice.wav", "video_url": "face.mp4", "code": "a"});
    studio.submit(&body);
    studio.ended("a");
    let mut more = body.clone();
    more["code"] = json!("b");
    more["pn"] = json!(true);
    more["chaofen"] = json!("1");
    more["digital_auth"] = json!(2);
    studio.submit(&more);
    let switches = |job: &serde_json::Value| {
        ["chaofen", "watermark_switch", "digital_auth", "pn"].map(|name| job[name].as_u64().unwrap())
    };
    let jobs = studio.generator.jobs();
    assert_eq!(jobs.iter().map(switches).collect::<Vec<_>>(), [[0, 0, 0, 1], [1, 0, 0, 0]]);
}

#[test]
fn one_client_is_served_after_the_other() {
    let studio = Studio::new(&Behaviour { query_ms: 300, ..Behaviour::default() });
    let start = std::time::Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| studio.query("nobody"));
        }
    });
    assert!(start.elapsed().as_millis() >= 600);
}
