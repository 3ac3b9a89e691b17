//! Each misbehaviour of the double of the Duix generator, as often as asked and no more.

use std::fs;

use avatar_tests::{Behaviour, eventually};
use serde_json::{Value, json};

use crate::{MOMENT, Studio};

fn once(field: &str) -> Behaviour {
    serde_json::from_value(json!({field: 1})).unwrap()
}

fn files() -> Value {
    json!({"audio_url": "voice.wav", "video_url": "face.mp4", "code": "a"})
}

fn said(answer: &Value) -> (u64, &str, bool) {
    (answer["code"].as_u64().unwrap(), answer["msg"].as_str().unwrap(), answer["success"].as_bool().unwrap())
}

fn succeeds(studio: &Studio, code: &str) {
    let answer = studio.run(code);
    assert_eq!(answer["data"]["status"], 2, "{answer}");
    assert!(studio.has(&format!("{code}-r.mp4")));
}

#[test]
fn a_wedged_job_keeps_the_service_busy_until_it_is_freed() {
    let studio = Studio::new(&once("wedge"));
    assert!(!studio.generator.unwedge());
    studio.accepted("a");
    studio.reached("a", 20);
    assert_eq!(said(&studio.submit(&files()).json()).0, 10001);
    assert!(eventually("it is wedged", MOMENT, || studio.generator.unwedge().then_some(true)));
    assert_eq!(studio.ended("a")["data"]["status"], 2);
    succeeds(&studio, "b");
}

#[test]
fn a_wedged_job_can_be_dropped_for_the_next() {
    let studio = Studio::new(&once("wedge"));
    studio.accepted("a");
    eventually("it is wedged", MOMENT, || studio.generator.drop_wedged().then_some(()));
    assert_eq!(studio.query("a")["code"], 10004);
    succeeds(&studio, "b");
    assert!(!studio.has("a-r.mp4"));
}

#[test]
fn a_job_is_lost_with_its_file_there() {
    let studio = Studio::new(&once("lose_with_file"));
    assert_eq!(studio.run("a")["code"], 10004);
    assert_eq!(studio.query("a")["code"], 10004);
    assert!(studio.has("a-r.mp4"));
    succeeds(&studio, "b");
}

#[test]
fn a_job_is_lost_without_a_file() {
    let studio = Studio::new(&once("lose"));
    assert_eq!(studio.run("a")["code"], 10004);
    assert!(!studio.has("a-r.mp4"));
    succeeds(&studio, "b");
}

#[test]
fn jobs_fail_with_the_given_message() {
    let studio = Studio::new(&Behaviour::failing(1, "[{code}]预处理失败，异常信息:[存在多人脸]"));
    let failed = json!({
        "code": "a", "msg": "[a]预处理失败，异常信息:[存在多人脸]", "progress": 0, "result": "", "status": 3,
    });
    assert_eq!(studio.run("a"), json!({"code": 10000, "data": failed, "msg": "", "success": true}));
    assert_eq!(studio.query("a")["code"], 10004);
    succeeds(&studio, "b");
}

#[test]
fn a_result_is_named_and_missing() {
    let studio = Studio::new(&once("missing_result"));
    assert_eq!(studio.run("a")["data"]["result"], "/a-r.mp4");
    assert!(!studio.has("a-r.mp4"));
    succeeds(&studio, "b");
}

#[test]
fn a_result_does_not_play() {
    let studio = Studio::new(&once("unplayable_result"));
    assert_eq!(studio.run("a")["data"]["status"], 2);
    assert!(fs::read_to_string(studio.generator.temp().join("a-r.mp4")).unwrap().starts_with("no video"));
}

#[test]
fn submissions_are_refused() {
    let studio = Studio::new(&once("busy"));
    assert_eq!(said(&studio.submit(&files()).json()), (10001, "忙碌中", true));
    studio.generator.behave(&once("lock_error"));
    assert_eq!(said(&studio.submit(&files()).json()), (10003, "获取锁异常", false));
    studio.generator.behave(&once("submit_error"));
    assert_eq!(said(&studio.submit(&files()).json()), (9999, "系统异常", false));
    assert!(studio.generator.jobs().is_empty());
    succeeds(&studio, "a");
}

#[test]
fn queries_meet_system_errors_that_cost_nothing() {
    let studio = Studio::new(&once("query_error"));
    studio.accepted("a");
    assert_eq!(said(&studio.query("a")), (9999, "系统异常", false));
    assert_eq!(studio.ended("a")["data"]["status"], 2);
}

#[test]
fn answers_break_off_in_the_middle() {
    let studio = Studio::new(&Behaviour { truncate_submits: 1, truncate_queries: 1, ..Behaviour::default() });
    let answer = studio.submit(&files());
    let promised = "{\n    \"code\": 10000,\n    \"data\": {},\n    \"msg\": 10000,\n    \"success\": true\n}".len();
    assert!(answer.head.contains(&format!("Content-Length: {promised}\r\n")), "{}", answer.head);
    assert_eq!(answer.body.len(), promised / 2);
    let _ = studio.get("/easy/query?code=nobody");
    assert_eq!(studio.ended("a")["data"]["status"], 2, "it was accepted all the same");
}

#[test]
fn behaviour_changes_in_part_and_counts_down() {
    let studio = Studio::new(&Behaviour { busy: 2, ..Behaviour::slow(5) });
    studio.submit(&files());
    assert_eq!(studio.generator.behaviour(), Behaviour { busy: 1, ..Behaviour::slow(5) });
    let answer = studio.post("/double/behaviour", "application/json", r#"{"fail": 3}"#);
    assert_eq!(answer.json()["busy"], 1);
    assert_eq!(studio.generator.behaviour(), Behaviour { busy: 1, fail: 3, ..Behaviour::slow(5) });
    let answer = studio.post("/double/behaviour", "application/json", r#"{"fial": 3}"#);
    assert!(answer.head.starts_with("HTTP/1.0 400 ") && answer.body.contains("fial"), "{}", answer.body);
}
