//! Requests that are refused: a stable code, the field at fault and a remedy, and nothing is left behind.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;

use avatar_tests::{Answer, Gateway, Part, Site, portrait, speech};
use serde_json::{Value, json};

use crate::MOMENT;

#[test]
fn photos_that_are_none() {
    let (site, gateway) = start("[limits]\nimage_mb = 1");
    let picture = fs::read(portrait(&site.scratch())).unwrap();
    let jpeg = as_jpeg(&site);
    for (what, content, status, code) in [
        ("nothing", vec![], 422, "image.empty"),
        ("text", b"Dear gateway, please animate me.\n".to_vec(), 422, "image.unsupported"),
        ("half a JPEG", jpeg[..jpeg.len() / 2].to_vec(), 422, "image.undecodable"),
        ("half a PNG", picture[..picture.len() / 2].to_vec(), 422, "image.undecodable"),
        ("the header of a huge picture", png_header(30_000, 30_000), 422, "image.too_large"),
        ("a video", video(&site), 422, "image.unsupported"),
        ("a picture without a face", flat_picture(&site), 422, "face.none"),
        ("too many bytes", vec![7; 3 << 20], 413, "image.too_large"),
    ] {
        let answer = gateway.post_form("/v1/photos", &[Part::file("file", "me.jpg", content)]);
        refused(&answer, what, status, &[("file", code)]);
    }
    leaves_nothing(&site, &gateway);
}

#[test]
fn speech_that_is_none() {
    let (site, gateway) = start("[limits]\naudio_mb = 1\naudio_seconds = 5");
    let wav = fs::read(speech(&site.scratch(), 1.0)).unwrap();
    let mut silent = wav[..44].to_vec();
    silent[40..44].copy_from_slice(&[0; 4]); // the data chunk's length
    for (what, content, status, code) in [
        ("nothing", vec![], 422, "audio.empty"),
        ("text", b"Please say this aloud.\n".to_vec(), 422, "audio.undecodable"),
        ("a WAV without samples", silent, 422, "audio.no_sound"),
        ("a picture", fs::read(portrait(&site.scratch())).unwrap(), 422, "audio.no_sound"),
        ("too long", fs::read(speech(&site.scratch(), 6.0)).unwrap(), 422, "audio.too_long"),
        ("too many bytes", vec![7; 3 << 20], 413, "audio.too_large"),
    ] {
        let answer = gateway.post_form("/v1/audio", &[Part::file("file", "speech.wav", content)]);
        refused(&answer, what, status, &[("file", code)]);
    }
    leaves_nothing(&site, &gateway);
}

#[test]
fn uploads_in_another_form() {
    let (site, gateway) = start("");
    refused(&gateway.post_form("/v1/photos", &[]), "no file", 422, &[("file", "field.missing")]);
    let other = gateway.post_form("/v1/photos", &[Part::text("photo", "x")]);
    refused(&other, "another field", 422, &[("photo", "field.unknown")]);
    let text = gateway.request_raw("POST", "/v1/photos", &[("content-type", "text/plain")], "x");
    refused(&text, "text", 415, &[("Content-Type", "request.unsupported_type")]);
    leaves_nothing(&site, &gateway);
}

#[test]
fn jobs_with_faults() {
    let (site, gateway) = start("");
    let none = "0198c0de-0000-7000-8000-000000000000";
    for (what, job, faults) in [
        ("an unknown engine", json!({"engine": "tescard"}), vec![("engine", "engine.unknown")]),
        (
            "an unknown field",
            json!({"engine": "testcard", "voice": 1}),
            vec![("voice", "field.unknown"), ("audio", "input.missing")],
        ),
        (
            "ids that are none",
            json!({"engine": "testcard", "audio_id": "../../etc/passwd"}),
            vec![("audio_id", "field.not_an_id")],
        ),
        (
            "uploads that are gone",
            json!({"engine": "testcard", "photo_id": none, "audio_id": none}),
            vec![("photo_id", "photo.not_found"), ("audio_id", "audio.not_found")],
        ),
        (
            "bad parameters, all at once",
            json!({"engine": "testcard", "audio_id": none, "params": {
                "widht": 320, "fps": 0, "height": "tall", "width": 321, "fault": "sneeze",
            }}),
            vec![
                ("params.widht", "param.unknown"),
                ("params.fps", "param.out_of_range"),
                ("params.height", "param.wrong_type"),
                ("params.width", "param.invalid"),
                ("params.fault", "param.invalid"),
                ("audio_id", "audio.not_found"),
            ],
        ),
        (
            "parameters that are none",
            json!({"engine": "testcard", "audio_id": none, "params": [1]}),
            vec![("params", "field.wrong_type"), ("audio_id", "audio.not_found")],
        ),
        ("a file in JSON", json!({"engine": "testcard", "audio": "speech.wav"}), vec![("audio", "field.not_a_file")]),
    ] {
        refused(&gateway.post("/v1/jobs", &job), what, 422, &faults);
    }
    let nearest = gateway.post("/v1/jobs", &json!({"engine": "testcard", "params": {"widht": 1}})).expect(422);
    let errors = nearest["errors"].as_array().unwrap();
    assert!(errors.iter().any(|error| error["remedy"].as_str().unwrap().contains("`width`")), "{nearest}");
    leaves_nothing(&site, &gateway);
}

#[test]
fn jobs_whose_files_have_faults() {
    let (site, gateway) = start("");
    let wav = fs::read(speech(&site.scratch(), 1.0)).unwrap();
    let engine = Part::text("engine", "testcard");
    let both = [
        engine.clone(),
        Part::file("photo", "me.jpg", "not a picture at all"),
        Part::file("audio", "speech.wav", "not a sound at all"),
        Part::text("params", r#"{"fps": 1000}"#),
    ];
    let faults = [("params.fps", "param.out_of_range"), ("photo", "image.unsupported"), ("audio", "audio.undecodable")];
    refused(&gateway.post_form("/v1/jobs", &both), "everything is wrong", 422, &faults);

    let id = "0198c0de-0000-7000-8000-000000000000";
    let twice = [engine.clone(), Part::file("audio", "speech.wav", wav.clone()), Part::text("audio_id", id)];
    let answer = gateway.post_form("/v1/jobs", &twice);
    assert!(codes(&answer.expect(422)).contains(&("audio".into(), "input.ambiguous".into())), "{answer:?}");

    let params = [engine, Part::file("audio", "speech.wav", wav), Part::text("params", "{fps: 3}")];
    refused(&gateway.post_form("/v1/jobs", &params), "params that are no JSON", 422, &[("params", "field.not_json")]);
    leaves_nothing(&site, &gateway);
}

#[test]
fn bodies_that_cannot_be_read() {
    let (site, gateway) = start("");
    let post = |kind: &str, body: &str| {
        let head =
            format!("POST /v1/jobs HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: {kind}\r\n");
        raw(&gateway, &format!("{head}content-length: {}\r\n\r\n{body}", body.len()))
    };
    for (what, kind, body, status, code) in [
        ("broken JSON", "application/json", "{\"engine\": ", "400", "request.malformed"),
        ("JSON that is no object", "application/json", "[1, 2]", "400", "request.malformed"),
        ("another kind", "text/plain", "engine=testcard", "415", "request.unsupported_type"),
        ("a form without an end", "multipart/form-data; boundary=x", "--x\r\nContent-Disp", "400", "request.malformed"),
        ("too much JSON", "application/json", &" ".repeat(2 << 20), "413", "request.too_large"),
    ] {
        let answer = post(kind, body);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{what}: {answer}");
        assert!(answer.contains(&format!("\"code\":\"{code}\"")), "{what}: {answer}");
        assert!(answer.to_lowercase().contains("content-type: application/problem+json"), "{what}: {answer}");
    }
    leaves_nothing(&site, &gateway);
}

#[test]
fn an_upload_that_breaks_off() {
    let (site, gateway) = start("");
    let mut stream = TcpStream::connect(gateway.address()).unwrap();
    let head = "POST /v1/photos HTTP/1.1\r\nhost: localhost\r\ncontent-type: multipart/form-data; boundary=x\r\n";
    let body = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\r\nhalf a";
    stream.write_all(format!("{head}content-length: 100000\r\n\r\n{body}").as_bytes()).unwrap();
    drop(stream);
    leaves_nothing(&site, &gateway);
}

fn start(config: &str) -> (Site, Gateway) {
    let site = Site::new(&["testcard"], config);
    let gateway = site.start();
    (site, gateway)
}

/// Holds an answer to the shape of a refusal, with exactly these faults.
fn refused(answer: &Answer, what: &str, status: u16, faults: &[(&str, &str)]) {
    let problem = answer.json();
    assert_eq!(answer.status, status, "{what}: {problem}");
    assert_eq!(answer.header("content-type"), "application/problem+json", "{what}");
    assert_eq!(problem["status"], status, "{what}");
    assert!(problem["title"].is_string() && problem["detail"].is_string(), "{what}: {problem}");
    let mut expected: Vec<_> = faults.iter().map(|(field, code)| ((*field).to_owned(), (*code).to_owned())).collect();
    let mut found = codes(&problem);
    expected.sort();
    found.sort();
    assert_eq!(found, expected, "{what}: {problem}");
    for error in problem["errors"].as_array().unwrap() {
        assert!(error["message"].as_str().is_some_and(|message| !message.is_empty()), "{what}: {error}");
        assert!(error["remedy"].as_str().is_some_and(|remedy| !remedy.is_empty()), "{what}: {error}");
    }
    if let [(_, code)] = faults {
        assert_eq!(problem["code"], *code, "{what}");
    }
}

fn codes(problem: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let errors = problem["errors"].as_array().expect("a problem lists its faults").iter();
    errors.map(|error| (text(&error["field"]), text(&error["code"]))).collect()
}

/// No file and no job is left of what was refused.
fn leaves_nothing(site: &Site, gateway: &Gateway) {
    let nothing = || site.files().is_empty().then_some(());
    avatar_tests::eventually("nothing is left in the data folder", MOMENT, nothing);
    assert_eq!(gateway.get("/v1/jobs").expect(200)["jobs"], json!([]));
}

/// Sends bytes and reads everything that comes back.
fn raw(gateway: &Gateway, request: &str) -> String {
    let mut stream = TcpStream::connect(gateway.address()).unwrap();
    stream.set_read_timeout(Some(MOMENT)).unwrap();
    let _ = stream.write_all(request.as_bytes()); // it may be refused before it is read to its end
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

/// The beginning of a PNG file that claims to be so large, with a valid checksum.
fn png_header(width: u32, height: u32) -> Vec<u8> {
    let mut chunk = b"IHDR".to_vec();
    chunk.extend(width.to_be_bytes());
    chunk.extend(height.to_be_bytes());
    chunk.extend([8, 2, 0, 0, 0]);
    let mut file = b"\x89PNG\r\n\x1a\n\0\0\0\x0d".to_vec();
    file.extend(&chunk);
    file.extend(crc32(&chunk).to_be_bytes());
    file.extend(b"\0\0\0\0IDAT\x35\xaf\x06\x1e");
    file
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 })
    })
}

fn as_jpeg(site: &Site) -> Vec<u8> {
    let portrait = portrait(&site.scratch());
    made_by_ffmpeg(site, "portrait.jpg", &["-i", portrait.to_str().unwrap()])
}

fn flat_picture(site: &Site) -> Vec<u8> {
    made_by_ffmpeg(site, "flat.png", &["-f", "lavfi", "-i", "color=gray:s=640x480", "-frames:v", "1"])
}

fn video(site: &Site) -> Vec<u8> {
    made_by_ffmpeg(site, "video.mp4", &["-f", "lavfi", "-i", "testsrc=s=64x64:d=0.2"])
}

fn made_by_ffmpeg(site: &Site, name: &str, arguments: &[&str]) -> Vec<u8> {
    let path = site.scratch().join(name);
    let made = Command::new("ffmpeg").args(["-v", "error", "-y"]).args(arguments).arg(&path).status();
    assert!(made.expect("ffmpeg is installed").success());
    fs::read(path).unwrap()
}
