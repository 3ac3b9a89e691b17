//! Refusals that are sent before all of a large request has come: whoever sends all of it before looking gets to read them.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use avatar_tests::programs::script;
use avatar_tests::{Gateway, Site};
use serde_json::Value;

use crate::MOMENT;

/// As large as a photo of a phone.
const BODY: usize = 6 << 20;
/// What a form is sent as.
const FORM: &str = "multipart/form-data; boundary=b";

#[test]
fn a_client_that_sends_all_of_its_request_first_reads_why_it_is_refused() {
    let site = Site::new(&["testcard"], "");
    let key = site.command(&["keys", "add", "sender"]);
    let key = String::from_utf8(key.stdout).unwrap().lines().next().unwrap().to_owned();
    let gateway = site.start();
    let refusals = [
        ("/v1/photos", FORM, "no-such-key", 401, "auth.unknown"),
        ("/v1/nothing", FORM, &*key, 404, "route.unknown"),
        ("/v1/photos", "image/jpeg", &*key, 415, "request.unsupported_type"),
        ("/v1/photos", FORM, &*key, 422, "field.unknown"),
        // This one is sent without a length.
        ("/v1/jobs", "text/plain", &*key, 415, "request.unsupported_type"),
    ];
    thread::scope(|scope| {
        let told = refusals.map(|refusal| {
            let gateway = &gateway;
            scope.spawn(move || (refusal, sent_slowly(gateway, refusal)))
        });
        for told in told {
            let ((path, kind, _, status, code), answer) = told.join().unwrap();
            assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{path} {kind}: {answer:?}");
            assert!(answer.contains(&format!("\"code\":\"{code}\"")), "{path} {kind}: {answer:?}");
        }
    });

    let file = site.scratch().join("six");
    fs::write(&file, vec![0; BODY]).unwrap();
    for _ in 0..6 {
        let ran = site.command(&[
            "submit",
            "--url",
            gateway.url(),
            "--key",
            "none",
            "--engine",
            "testcard",
            "--speech",
            file.to_str().unwrap(),
            "--output",
            "video.mp4",
        ]);
        let told = String::from_utf8(ran.stderr).unwrap();
        assert!(told.contains("there is no such API key"), "{told}");
    }
    let Some(ran) = script("refused.mjs", &[gateway.url(), &key, &BODY.to_string()]) else { return };
    let told: Value = serde_json::from_str(ran.success()).unwrap();
    for (code, count) in
        [("auth.unknown", 6), ("route.unknown", 6), ("request.unsupported_type", 6), ("field.unknown", 6)]
    {
        assert_eq!(told[code], count, "{code}: {told}");
    }
}

#[test]
fn a_body_without_end_is_not_read_for_ever() {
    let site = Site::new(&[], "");
    let gateway = site.start();
    let mut stream = TcpStream::connect(gateway.address()).unwrap();
    stream.set_read_timeout(Some(MOMENT)).unwrap();
    // A length that is declared would be refused for want of room.
    let head = "POST /v1/nothing HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\nfffffffff\r\n";
    write!(stream, "{head}some of it").unwrap();
    let mut answer = String::new();
    let start = Instant::now();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.contains("route.unknown"), "{answer}");
    assert!(
        start.elapsed() < Duration::from_secs(30),
        "who sends nothing is waited for in vain: {:?}",
        start.elapsed()
    );

    let mut stream = TcpStream::connect(gateway.address()).unwrap();
    stream.write_all(head.as_bytes()).unwrap();
    let piece = vec![0; 1 << 20];
    let start = Instant::now();
    while stream.write_all(&piece).is_ok() {
        assert!(start.elapsed() < Duration::from_secs(90), "what is refused at its head is read on and on");
    }
}

/// Sends all of a request in four seconds and more, and reads the answer only then.
fn sent_slowly(gateway: &Gateway, (path, kind, key, _, _): (&str, &str, &str, u16, &str)) -> String {
    let field = "--b\r\ncontent-disposition: form-data; name=\"nobody\"; filename=\"a\"\r\n\r\n";
    let is_chunked = kind == "text/plain";
    let length = if is_chunked {
        "transfer-encoding: chunked".to_owned()
    } else {
        format!("content-length: {}", BODY + field.len())
    };
    let head =
        format!("POST {path} HTTP/1.1\r\nhost: localhost\r\nx-api-key: {key}\r\ncontent-type: {kind}\r\n{length}");
    let mut stream = TcpStream::connect(gateway.address()).unwrap();
    stream.set_read_timeout(Some(MOMENT)).unwrap();
    let send = |bytes: &[u8], stream: &mut TcpStream| {
        if is_chunked {
            write!(stream, "{:x}\r\n", bytes.len())?;
        }
        stream.write_all(bytes)?;
        if is_chunked { stream.write_all(b"\r\n") } else { Ok(()) }
    };
    write!(stream, "{head}\r\n\r\n").unwrap();
    let pieces = vec![0; BODY / 32];
    let mut sent = send(field.as_bytes(), &mut stream);
    for _ in 0..32 {
        thread::sleep(Duration::from_millis(130));
        sent = sent.and_then(|()| send(&pieces, &mut stream));
    }
    if is_chunked {
        sent = sent.and_then(|()| stream.write_all(b"0\r\n\r\n"));
    }
    let mut answer = String::new();
    // What cannot be sent or read is an answer lost.
    match sent.and_then(|()| stream.read_to_string(&mut answer)) {
        Ok(_) => answer,
        Err(error) => error.to_string(),
    }
}
