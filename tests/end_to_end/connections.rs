//! Many connections, and clients that do not read: jobs get what they need, and whoever asks is answered.

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use avatar_tests::{Gateway, Launch, Site, eventually, speech};
use rustix::net::sockopt::set_socket_recv_buffer_size;
use serde_json::json;

use crate::MOMENT;

#[test]
fn idle_connections_take_neither_jobs_their_handles_nor_others_their_turn() {
    let site = Site::new(&["testcard"], "");
    let gateway = site.start_as(&Launch::after("ulimit -n 256"));
    let audio = gateway.uploaded("audio", &speech(&site.scratch(), 1.0));
    let idle: Vec<TcpStream> = (0..400).map(|_| TcpStream::connect(gateway.address()).unwrap()).collect();
    let jobs: Vec<String> =
        (0..30).map(|_| gateway.submit_testcard(&audio, json!({"width": 64, "height": 64}))).collect();
    for id in jobs {
        let job = gateway.finished(&id, MOMENT);
        assert_eq!((&job["state"], &job["attempt"]), (&json!("succeeded"), &json!(1)), "{job}");
    }
    assert!(open_files(&gateway).len() < 128, "{:?}", open_files(&gateway));
    assert!(cut(&gateway, "idle") >= 400 - 64, "{}", cut(&gateway, "idle"));
    let alive = idle.iter().filter(|stream| is_open(stream)).count();
    assert!((1..=64).contains(&alive), "{alive} of the idle ones are left: those that came last");
}

#[test]
fn who_finds_no_place_is_told_so_at_once() {
    let site = Site::holding("[server]\nconnections = 4\n");
    let gateway = site.start();
    let audio = gateway.uploaded("audio", &speech(&site.scratch(), 1.0));
    let id = gateway.submit_testcard(&audio, json!({"fault": "hold"}));
    gateway.rendering(&id, MOMENT);
    let mut watchers: Vec<TcpStream> = (0..4)
        .map(|_| {
            let mut watcher = TcpStream::connect(gateway.address()).unwrap();
            write!(watcher, "GET /v1/jobs/{id}/events HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
            let mut beginning = [0; 15];
            watcher.read_exact(&mut beginning).unwrap();
            assert_eq!(&beginning, b"HTTP/1.1 200 OK");
            watcher
        })
        .collect();

    let start = Instant::now();
    let refused = gateway.get("/v1/jobs");
    assert_eq!(refused.expect(503)["code"], "gateway.overloaded");
    assert_eq!((refused.header("retry-after"), refused.header("content-type")), ("1", "application/problem+json"));
    assert_eq!(gateway.get("/livez").status, 200, "a supervisor that asked would end all of it otherwise");
    let silent = TcpStream::connect(gateway.address()).unwrap();
    let mut told = String::new();
    (&silent).read_to_string(&mut told).unwrap();
    assert!(told.starts_with("HTTP/1.1 503 ") && told.contains("gateway.overloaded"), "{told}");
    // More than are heard at a time, and none of them reads.
    let crowd: Vec<TcpStream> = (0..100).map(|_| TcpStream::connect(gateway.address()).unwrap()).collect();
    let first = crowd.first().unwrap();
    assert!((&*first).read(&mut [0; 9]).unwrap() == 9, "each has an answer");
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());

    watchers.pop();
    let answered = || Some(gateway.get("/v1/jobs")).filter(|answer| answer.status == 200);
    eventually("there is a place again", MOMENT, answered);
    assert!(cut(&gateway, "overloaded") >= 102);
    site.release();
    let mut rest = String::new();
    watchers[0].read_to_string(&mut rest).unwrap_or_default();
    assert!(rest.contains("succeeded"), "the watchers have seen all of it: {rest}");
}

#[test]
fn a_client_that_does_not_read_is_given_up_and_a_slow_one_is_not() {
    let site = Site::new(&[], "");
    let gateway = site.start();
    let audio = gateway.uploaded("audio", &speech(&site.scratch(), 240.0));
    let ask = || {
        let mut stream = TcpStream::connect(gateway.address()).unwrap();
        set_socket_recv_buffer_size(&stream, 4096).unwrap();
        write!(stream, "GET /v1/audio/{audio}/content HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
        stream
    };
    let files = || open_files(&gateway).iter().filter(|file| file.ends_with(".source")).count();
    let (start, deaf, mut slow) = (Instant::now(), ask(), ask());
    eventually("both are being answered", MOMENT, || (files() == 2).then_some(()));
    let reading = thread::spawn(move || {
        let mut bytes = 0;
        while start.elapsed() < Duration::from_secs(100) {
            match slow.read(&mut [0; 8192]) {
                Ok(more) if more > 0 => bytes += more,
                ended => return Err(format!("{ended:?} after {bytes} bytes and {:?}", start.elapsed())),
            }
            thread::sleep(Duration::from_secs(1));
        }
        Ok((bytes, slow))
    });
    eventually("one is given up", MOMENT, || (files() == 1).then_some(()));
    assert!(start.elapsed() > Duration::from_secs(55), "not at once: {:?}", start.elapsed());
    assert_eq!(cut(&gateway, "unread"), 1);
    let (bytes, _slow) = reading.join().unwrap().expect("slow and steady is good enough");
    assert!(bytes > 200_000 && files() == 1, "{bytes} bytes");
    drop(deaf);
}

/// What the gateway's process has open.
fn open_files(gateway: &Gateway) -> Vec<String> {
    let handles = fs::read_dir(format!("/proc/{}/fd", gateway.pid())).unwrap();
    let files = handles.filter_map(|handle| fs::read_link(handle.ok()?.path()).ok());
    files.map(|file| file.to_string_lossy().into_owned()).collect()
}

/// How many connections the gateway has ended for this reason.
fn cut(gateway: &Gateway, reason: &str) -> u64 {
    let series = format!("avatar_http_connections_cut_total{{reason=\"{reason}\"}} ");
    let text = String::from_utf8(gateway.get("/metrics").body).unwrap();
    text.lines().find_map(|line| line.strip_prefix(&series)).map_or(0, |count| count.parse().unwrap())
}

/// Whether the other side has yet to hang up.
fn is_open(stream: &TcpStream) -> bool {
    stream.set_nonblocking(true).unwrap();
    (&*stream).read(&mut [0]).is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
}
