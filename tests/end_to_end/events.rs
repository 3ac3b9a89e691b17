//! Server-sent events: a watcher sees a job from its queue to its end, and the stream ends with it.

use avatar_tests::{Answer, Site, speech};
use serde_json::{Value, json};

use crate::MOMENT;

#[test]
fn a_watcher_sees_the_job_to_its_end() {
    let site = Site::new(&["testcard"], "[scheduler]\nheartbeat_milliseconds = 50");
    let gateway = site.start();
    let audio = gateway.uploaded("audio", &speech(&site.scratch(), 1.0));
    let id = gateway.submit_testcard(&audio, json!({"fault": "slow", "frame_ms": 40}));

    let answer = gateway.get(&format!("/v1/jobs/{id}/events")); // returns once the stream has ended
    assert_eq!((answer.status, answer.header("content-type")), (200, "text/event-stream"));
    let events = events(&answer);
    let states: Vec<_> = events.iter().map(|event| event["state"].as_str().unwrap()).collect();
    assert_eq!(states.last(), Some(&"succeeded"));
    assert!(states.contains(&"running"), "{states:?}");
    let done: Vec<_> =
        events.iter().filter_map(|event| event["progress"]["done"].as_u64()).filter(|n| *n > 0).collect();
    assert!(done.len() > 3 && done.is_sorted(), "progress is told as it happens: {done:?}");

    let last = events.last().unwrap();
    assert_eq!(last, &gateway.finished(&id, MOMENT));
    let again = gateway.get(&format!("/v1/jobs/{id}/events"));
    assert_eq!(self::events(&again), std::slice::from_ref(last), "who comes late sees the end");
}

#[test]
fn a_job_that_is_not_there_cannot_be_watched() {
    let site = Site::new(&[], "");
    let gateway = site.start();
    let problem = gateway.get("/v1/jobs/0198c0de-0000-7000-8000-000000000000/events").expect(404);
    assert_eq!(problem["code"], "job.not_found");
}

/// The data of every event, in order.
fn events(answer: &Answer) -> Vec<Value> {
    let text = String::from_utf8(answer.body.clone()).unwrap();
    text.lines().filter_map(|line| line.strip_prefix("data:")).map(|data| serde_json::from_str(data).unwrap()).collect()
}
