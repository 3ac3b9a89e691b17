//! Server-sent events of a job: from its queue to its end, after which the stream ends.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use avatar_tests::{Answer, Site, memory_now, speech};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::{Value, json};

use crate::MOMENT;

#[test]
fn a_watcher_sees_the_job_to_its_end() {
    // Rows learn of progress much later than watchers.
    let site = Site::new(&["testcard"], "[scheduler]\nheartbeat_milliseconds = 2000");
    let gateway = site.start();
    let audio = gateway.uploaded("audio", &speech(&site.scratch(), 1.0));
    let id = gateway.submit_testcard(&audio, json!({"fault": "slow", "frame_ms": 100}));

    let answer = gateway.get(&format!("/v1/jobs/{id}/events")); // returns once the stream has ended
    assert_eq!((answer.status, answer.header("content-type")), (200, "text/event-stream"));
    let events = events(&answer);
    let states: Vec<_> = events.iter().map(|event| event["state"].as_str().unwrap()).collect();
    assert_eq!(states.last(), Some(&"succeeded"));
    assert!(states.contains(&"running"), "{states:?}");
    // Each stage counts by itself: the finish counts the pictures once more.
    let rendering = events.iter().map(|event| &event["progress"]).filter(|progress| progress["phase"] == "rendering");
    let done: Vec<_> = rendering.filter_map(|progress| progress["done"].as_u64()).filter(|n| *n > 0).collect();
    assert!(done.len() > 12 && done.is_sorted(), "progress is told as it happens: {done:?}");

    let phases = ["starting", "loading", "preparing", "rendering", "finishing"];
    let place = |event: &Value| phases.iter().position(|phase| event["progress"]["phase"] == *phase);
    let told: Vec<_> = events.iter().filter(|event| event["state"] != "queued").collect();
    assert!(told.iter().map(|event| place(event)).is_sorted(), "phases pass in order: {told:?}");
    assert!(told.iter().any(|event| event["progress"]["phase"] == "rendering"), "{told:?}");
    let fractions: Vec<_> = told.iter().filter_map(|event| event["progress"]["fraction"].as_f64()).collect();
    assert!(fractions.len() > 3 && fractions.is_sorted(), "the fraction never falls: {fractions:?}");
    let whole = told.iter().find(|event| event["progress"]["fraction"] == 1.0).unwrap();
    assert_eq!(whole["state"], "succeeded", "and is 1 only then");

    let last = events.last().unwrap();
    assert_eq!(last["record"], gateway.finished(&id, MOMENT)["record"], "it is the job as it is shown");
    let again = gateway.get(&format!("/v1/jobs/{id}/events"));
    assert_eq!(self::events(&again), std::slice::from_ref(last), "who comes late sees the end");
}

#[test]
fn a_watcher_who_has_seen_the_end_is_not_kept() {
    let site = Site::new(&["testcard"], "");
    let gateway = site.start();
    let audio = gateway.uploaded("audio", &speech(&site.scratch(), 1.0));
    let id = gateway.submit_testcard(&audio, json!({}));
    let path = format!("/v1/jobs/{id}/events");
    let text = String::from_utf8(gateway.get(&path).body).unwrap();
    assert!(text.starts_with("event: snapshot\n"), "{text}");
    let ids: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("id: ")).collect();
    let since = |id: &str| gateway.request("GET", &path, &[("last-event-id", id)]);
    assert_eq!(since(ids.last().unwrap()).status, 204, "an EventSource stops here");
    let replayed = events(&since("1"));
    assert_eq!(replayed.last().unwrap()["state"], "succeeded", "what was missed is told");
    assert_eq!(since("nonsense").status, 200);
}

#[test]
fn a_thousand_watchers_cost_little() {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }).unwrap();
    let site = Site::new(&["testcard"], "");
    let gateway = site.start();
    let audio = gateway.uploaded("audio", &speech(&site.scratch(), 1.0));
    let id = gateway.submit_testcard(&audio, json!({"fault": "hang"}));
    gateway.rendering(&id, MOMENT);
    let before = memory_now(gateway.pid());
    let watchers: Vec<TcpStream> = (0..1000)
        .map(|_| {
            let mut watcher = TcpStream::connect(gateway.address()).unwrap();
            write!(watcher, "GET /v1/jobs/{id}/events HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
            watcher
        })
        .collect();
    for watcher in &watchers {
        let mut line = String::new();
        BufReader::new(watcher).read_line(&mut line).unwrap();
        assert!(line.contains("200"), "{line}");
    }
    let cost = memory_now(gateway.pid()).saturating_sub(before);
    assert!(cost < 64, "1000 watchers take {cost} MiB");
    // Now and then each is sent a comment, and on a busy machine that takes its time: the quietest moment counts.
    let ticks = (0..8).map(|_| {
        let before = cpu_ticks(gateway.pid());
        thread::sleep(Duration::from_secs(2));
        cpu_ticks(gateway.pid()) - before
    });
    let ticks = ticks.min().unwrap();
    assert!(ticks < 60, "while nothing changes, they take {ticks} hundredths of a second in two seconds");
    gateway.request("POST", &format!("/v1/jobs/{id}/cancel"), &[]).expect(202);
    for mut watcher in watchers {
        watcher.set_read_timeout(Some(MOMENT)).unwrap();
        let mut rest = String::new();
        while !rest.contains("\"canceled\"") {
            let mut piece = [0; 8192];
            let read = watcher.read(&mut piece).expect("the end is told to everybody");
            assert!(read > 0, "{rest}");
            rest.push_str(&String::from_utf8_lossy(&piece[..read]));
        }
    }
}

/// Processor time that a process has used, in hundredths of a second.
pub(super) fn cpu_ticks(pid: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
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
