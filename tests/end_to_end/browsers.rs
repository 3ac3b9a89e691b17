//! Whom a browser may speak for: names that the gateway does not answer under, and pages of sites that must not change
//! anything.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;

use avatar_tests::{Api, Part, Site, eventually, portrait, speech};
use serde_json::{Value, json};

use crate::MOMENT;

const EVIL: &str = "https://evil.example";
const DUIX: &str = "[facades.duix]\nengine = \"testcard\"\nlisten = \"127.0.0.1:0\"\n";

#[test]
fn only_known_names_are_answered() {
    let site = Site::new(&["testcard"], DUIX);
    let gateway = site.start();
    let (main, alone) = (Api::clone(&gateway), gateway.facade("duix").clone());
    for (door, path) in
        [(&main, "/v1/jobs"), (&main, "/livez"), (&main, "/docs/"), (&main, "/api/health"), (&alone, "/")]
    {
        for host in ["evil.example", "evil.example:8000", "localhost.evil.example", "gateway"] {
            let (status, body) = asked(door, &format!("GET {path} HTTP/1.1\r\nhost: {host}\r\n"));
            assert_eq!(status, 421, "{host} {path}: {body}");
            let problem: Value = serde_json::from_str(&body).unwrap();
            assert_eq!(problem["code"], "host.unknown");
            assert!(problem["detail"].as_str().unwrap().contains("server.hosts"), "{problem}");
        }
        for head in [
            "HTTP/1.1\r\nhost: localhost",
            "HTTP/1.1\r\nhost: [::1]:1",
            "HTTP/1.1\r\nhost: 192.168.0.1",
            "HTTP/1.0\r\nconnection: close",
        ] {
            let (status, body) = asked(door, &format!("GET {path} {head}\r\n"));
            assert_eq!(status, 200, "{head} {path}: {body}");
        }
    }
    let whole = "GET http://evil.example/v1/jobs HTTP/1.1\r\nhost: localhost\r\n";
    assert_eq!(asked(&main, whole).0, 421, "a proxy it is not");

    fs::write(site.config(), format!("[server]\nhosts = [\"gateway\"]\n{DUIX}")).unwrap();
    gateway.hang_up();
    let named = || (asked(&main, "GET /v1/jobs HTTP/1.1\r\nhost: Gateway:8000\r\n").0 == 200).then_some(());
    eventually("the name is known", MOMENT, named);
    assert_eq!(asked(&main, "GET /v1/jobs HTTP/1.1\r\nhost: evil.example\r\n").0, 421);
}

#[test]
fn pages_of_other_sites_change_nothing() {
    let site = Site::new(&["testcard"], "[server]\ncors_origins = [\"https://studio.example\"]\n");
    let gateway = site.start();
    let (photo, sound) = (portrait(&site.scratch()), speech(&site.scratch(), 1.0));
    let audio = gateway.uploaded("audio", &sound);
    let form = || {
        [
            Part::text("engine", "testcard"),
            Part::file("photo", "p.png", fs::read(&photo).unwrap()),
            Part::file("audio", "a.wav", fs::read(&sound).unwrap()),
        ]
    };
    for headers in [
        [("origin", EVIL)].as_slice(),
        &[("origin", "null")],
        &[("origin", "http://localhost:3000")],
        &[("sec-fetch-site", "cross-site")],
        &[("origin", EVIL), ("sec-fetch-site", "cross-site")],
    ] {
        let refused = gateway.post_form_with("/v1/jobs", &form(), headers);
        assert_eq!(refused.expect(403)["code"], "origin.foreign", "{headers:?}");
        assert_eq!(refused.header("access-control-allow-origin"), "", "{headers:?}");
        let deleted = gateway.request("DELETE", &format!("/v1/audio/{audio}"), headers);
        assert_eq!(deleted.expect(403)["code"], "origin.foreign", "{headers:?}");
    }
    assert_eq!(gateway.get("/v1/jobs").expect(200)["jobs"], json!([]), "nothing was begun");
    assert_eq!(gateway.get("/v1/photos").expect(200)["photos"], json!([]), "nothing was kept");
    assert_eq!(gateway.request("GET", "/v1/jobs", &[("origin", EVIL)]).status, 200, "which its page cannot read");

    let own = gateway.url().to_owned();
    for headers in [
        [("origin", "https://studio.example")].as_slice(),
        &[("origin", &own)],
        &[("sec-fetch-site", "same-origin")],
        &[("sec-fetch-site", "none")],
    ] {
        gateway.post_with("/v1/jobs", &json!({"engine": "testcard", "audio_id": audio}), headers).expect(202);
    }
}

#[test]
fn facades_let_in_whom_their_originals_did() {
    let site = Site::new(&["testcard"], DUIX);
    let gateway = site.start();
    for door in [&Api::clone(&gateway), gateway.facade("duix")] {
        let task = json!({"audio_url": "http://localhost/a.wav", "video_url": "http://localhost/v.mp4"});
        let refused = door.post_with("/api/submit_task", &task, &[("origin", EVIL)]).expect(403);
        assert_eq!(refused["success"], false, "{refused}");
        assert!(refused["error"].as_str().unwrap().contains("cors_origins"), "{refused}");
    }
    let open = gateway.post_form_with("/generate_video", &[Part::text("x", "y")], &[("origin", EVIL)]);
    assert_eq!(open.status, 422, "every page may ask this one, and the form is wrong");
}

/// Sends a head as it is, and returns the status and body of the answer.
fn asked(door: &Api, head: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(door.address()).unwrap();
    write!(stream, "{head}connection: close\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head[9..12].parse().unwrap(), body.to_owned())
}
