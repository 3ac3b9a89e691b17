//! Clients that would rather wait for an answer than ask again and again: `Prefer: wait=N`.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use avatar_tests::{Gateway, Site, eventually, memory_now, speech};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::{Value, json};

use crate::MOMENT;
use crate::events::cpu_ticks;

/// Asks for a job, and waits for the answer later.
fn asked(gateway: &Gateway, id: &str, seconds: u32) -> TcpStream {
    let mut connection = TcpStream::connect(gateway.address()).unwrap();
    connection.set_read_timeout(Some(MOMENT)).unwrap();
    let head = format!("GET /v1/jobs/{id} HTTP/1.1\r\nhost: localhost\r\nprefer: wait={seconds}\r\n");
    write!(connection, "{head}connection: close\r\n\r\n").unwrap();
    connection
}

/// The head and the job of an answer.
fn answered(mut connection: TcpStream) -> (String, Value) {
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {answer}"));
    (head.to_owned(), serde_json::from_str(body).unwrap())
}

fn connections(gateway: &Gateway) -> usize {
    let metrics = String::from_utf8(gateway.get("/metrics").body).unwrap();
    let count = metrics.lines().find_map(|line| line.strip_prefix("avatar_http_connections ")).unwrap();
    count.parse().unwrap()
}

#[test]
fn a_thousand_clients_wait_for_a_job_at_little_cost() {
    const CLIENTS: usize = 1000;
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }).unwrap();
    let site = Site::new(&["testcard"], "[scheduler]\nheartbeat_milliseconds = 50\n");
    let gateway = site.start();
    let audio = gateway.uploaded("audio", &speech(&site.scratch(), 2.0));
    let id = gateway.submit_testcard(&audio, json!({"fault": "slow", "frame_ms": 400}));
    gateway.rendering(&id, MOMENT);
    let before = memory_now(gateway.pid());
    let mut clients: Vec<TcpStream> = (0..CLIENTS).map(|_| asked(&gateway, &id, 60)).collect();
    eventually("all of them wait", MOMENT, || (connections(&gateway) > CLIENTS).then_some(()));
    let cost = memory_now(gateway.pid()).saturating_sub(before);
    assert!(cost < 64, "{CLIENTS} clients take {cost} MiB");
    let ticks = cpu_ticks(gateway.pid());
    thread::sleep(Duration::from_secs(2));
    let ticks = cpu_ticks(gateway.pid()) - ticks;
    assert!(ticks < 100, "while the job advances, they take {ticks} hundredths of a second in two seconds");

    // Those who hang up are gone at once; the others all hear of the end.
    clients.truncate(CLIENTS / 2);
    eventually("half of them are gone", MOMENT, || (connections(&gateway) < CLIENTS / 2 + 10).then_some(()));
    assert_eq!(gateway.job(&id)["state"], "running", "the job still runs");
    gateway.request("POST", &format!("/v1/jobs/{id}/cancel"), &[]).expect(202);
    for client in clients {
        let (head, job) = answered(client);
        assert!(head.starts_with("HTTP/1.1 200") && head.contains("preference-applied: wait=60"), "{head}");
        assert_eq!(job["state"], "canceled");
    }
}

#[test]
fn a_minute_of_waiting_is_cut_by_nothing_and_a_stop_ends_it() {
    let site = Site::holding("");
    let gateway = site.start();
    let audio = gateway.uploaded("audio", &speech(&site.scratch(), 1.0));
    let id = gateway.submit_testcard(&audio, json!({"fault": "hold"}));
    gateway.rendering(&id, MOMENT);
    let begun = Instant::now();
    let (head, job) = answered(asked(&gateway, &id, 600));
    assert!(begun.elapsed() >= Duration::from_secs(60), "{:?}", begun.elapsed());
    assert!(head.starts_with("HTTP/1.1 200") && head.contains("\r\npreference-applied: wait=60\r\n"), "{head}");
    assert!(job["state"] == "running" && head.contains("\r\nretry-after: 1\r\n"), "{head} {job}");

    let waiting = asked(&gateway, &id, 60);
    eventually("it waits", MOMENT, || (connections(&gateway) > 1).then_some(()));
    let begun = Instant::now();
    gateway.terminate();
    let mut line = String::new();
    BufReader::new(&waiting).read_line(&mut line).unwrap();
    assert!(line.starts_with("HTTP/1.1 200"), "{line}");
    assert!(begun.elapsed() < Duration::from_secs(20), "the job itself would have got half a minute");
}
