//! Inputs that clients name by their address: fetched past the guard, and held to what is held of files that are sent.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};

use avatar_tests::{Gateway, Part, Site, eventually, portrait, speech};
use serde_json::{Value, json};

use crate::MOMENT;
use crate::hosted::Hosted;

/// A gateway that may reach this machine, beside a site with a portrait and speech.
fn start(more: &str) -> (Site, Gateway, Hosted) {
    let site = Site::new(&["testcard"], &format!("[fetch]\nallow = [\"127.0.0.1\"]\n{more}"));
    let (gateway, hosted) = (site.start(), Hosted::open());
    hosted.put("/me.png", fs::read(portrait(&site.scratch())).unwrap());
    hosted.put("/speech.wav", fs::read(speech(&site.scratch(), 1.0)).unwrap());
    hosted.redirect("/moved.wav", "/speech.wav");
    (site, gateway, hosted)
}

fn ids(gateway: &Gateway, kind: &str) -> Vec<Value> {
    let page = gateway.get(&format!("/v1/{kind}")).expect(200);
    page[kind].as_array().unwrap().iter().map(|row| row["id"].clone()).collect()
}

/// Field and code of each fault.
fn faults(problem: &Value) -> Vec<(&str, &str)> {
    let text = |value: &'_ Value| value.as_str().unwrap().to_owned();
    let errors = problem["errors"].as_array().unwrap();
    assert!(errors.iter().all(|fault| !text(&fault["remedy"]).is_empty()), "{problem}");
    errors.iter().map(|fault| (fault["field"].as_str().unwrap(), fault["code"].as_str().unwrap())).collect()
}

#[test]
fn a_job_is_made_of_files_at_addresses() {
    let (_site, gateway, hosted) = start("");
    let job = json!({
        "engine": "testcard", "photo_url": hosted.url("/me.png"), "audio_url": hosted.url("/moved.wav?signature=a%20b"),
    });
    let first = gateway.submit(&job);
    let form = [
        Part::text("engine", "testcard"),
        Part::text("photo_url", ""),
        Part::text("audio_url", &hosted.url("/speech.wav")),
    ];
    let second = gateway.post_form("/v1/jobs", &form).expect(202);
    for id in [first.as_str(), second["id"].as_str().unwrap()] {
        let job = gateway.finished(id, MOMENT);
        assert_eq!(job["state"], "succeeded", "{job}");
        assert_eq!(job["video"]["seconds"].as_f64().unwrap().round(), 1.0);
    }
    let (photos, audio) = (ids(&gateway, "photos"), ids(&gateway, "audio"));
    assert_eq!((photos.len(), audio.len()), (1, 2), "they are kept as uploads are");
    assert_eq!(gateway.job(&first)["inputs"]["photo_id"], photos[0]);
    assert_eq!(second["inputs"]["photo_id"], Value::Null, "an empty field names nothing");
}

#[test]
fn uploads_are_fetched_as_well() {
    let (site, gateway, hosted) = start("");
    let photo = json!({"url": hosted.url("/me.png"), "face": 0, "accept_unsure": true, "crop": "none", "turn": null});
    let uploaded = gateway.post("/v1/photos", &photo);
    let id = uploaded.expect(201)["id"].as_str().unwrap().to_owned();
    assert_eq!(uploaded.header("location"), format!("/v1/photos/{id}"));
    let sent = gateway.upload("photos", &portrait(&site.scratch())).expect(201);
    let content = |id: &str| gateway.get(&format!("/v1/photos/{id}/content")).body;
    assert!(content(&id) == content(sent["id"].as_str().unwrap()), "as if it had been sent");

    let audio = gateway.post("/v1/audio?strict=true", &json!({"url": hosted.url("/moved.wav")})).expect(201);
    assert_eq!(audio["seconds"].as_f64().unwrap().round(), 1.0);
    let whole = fs::read(speech(&site.scratch(), 2.0)).unwrap();
    hosted.put("/cut.wav", whole[..whole.len() / 2].to_vec());
    let cut = gateway.post("/v1/audio", &json!({"url": hosted.url("/cut.wav"), "strict": true})).expect(422);
    assert_eq!(faults(&cut), [("url", "upload.shorter_than_promised")]);

    let wrong = json!({"url": 7, "face": [], "stric": true});
    let told = gateway.post("/v1/photos", &wrong).expect(422);
    let mut told = faults(&told);
    told.sort_unstable();
    assert_eq!(told, [("face", "field.wrong_type"), ("stric", "field.unknown"), ("url", "field.wrong_type")]);
    let told = gateway.post("/v1/source-videos", &json!({})).expect(422);
    assert_eq!(faults(&told), [("url", "field.missing")]);
    let told = gateway.post("/v1/photos", &json!({"url": hosted.url("/me.png"), "turn": "around"})).expect(422);
    assert_eq!(faults(&told), [("turn", "field.invalid")]);
}

#[test]
fn why_a_file_cannot_be_had_is_told_by_its_field() {
    let (site, gateway, hosted) = start("timeout_seconds = 0.5\n[limits]\naudio_mb = 1\n");
    hosted.put("/large.wav", vec![0; 2 << 20]);
    hosted.put("/text.wav", b"no sound at all".to_vec());
    hosted.redirect("/inside", "http://169.254.169.254/latest");
    hosted.redirect("/file", "file:///etc/passwd");
    hosted.redirect("/round", "/round");
    let hanging = TcpListener::bind("127.0.0.1:0").unwrap();
    let hanging = format!("http://{}/speech.wav", hanging.local_addr().unwrap());
    for (url, code, words) in [
        (hosted.url("/missing.wav"), "url.failed", "404"),
        (hosted.url("/round"), "url.failed", "redirected"),
        (hosted.url("/inside"), "url.refused", "169.254.169.254"),
        ("http://10.0.0.1/a.wav".into(), "url.refused", "10.0.0.1"),
        ("http://localhost/a.wav".into(), "url.refused", "localhost"),
        (hosted.url("/file"), "url.invalid", "only http"),
        ("ftp://127.0.0.1/a.wav".into(), "url.invalid", "only http"),
        ("data:audio/wav;base64,UklGRg==".into(), "url.invalid", "only http"),
        ("speech.wav".into(), "url.invalid", "no address"),
        (String::new(), "url.invalid", "no address"),
        (hanging, "url.too_slow", "too long"),
        (hosted.url("/large.wav"), "audio.too_large", "1 MiB"),
        (hosted.url("/text.wav"), "audio.undecodable", ""),
    ] {
        let job = gateway.post("/v1/jobs", &json!({"engine": "testcard", "audio_url": url})).expect(422);
        assert_eq!(faults(&job), [("audio_url", code)], "{url}");
        assert!(job["errors"][0]["message"].as_str().unwrap().contains(words), "{job}");
        let status = if code == "audio.too_large" { 413 } else { 422 };
        let upload = gateway.post("/v1/audio", &json!({"url": url})).expect(status);
        assert_eq!(faults(&upload), [("url", code)], "{url}");
    }
    let all = json!({"engine": "testcard", "photo_url": hosted.url("/none"), "audio_url": "x", "params": {"widht": 1}});
    let told = gateway.post("/v1/jobs", &all).expect(422);
    let mut told = faults(&told);
    told.sort_unstable();
    assert_eq!(told, [("audio_url", "url.invalid"), ("params.widht", "param.unknown"), ("photo_url", "url.failed")]);
    assert_eq!((ids(&gateway, "jobs"), ids(&gateway, "audio")), (vec![], vec![]));
    assert!(site.no_work_left() && site.files().is_empty(), "{:?}", site.files());
}

#[test]
fn an_input_comes_in_one_way() {
    let (site, gateway, hosted) = start("");
    let (audio, url) = (gateway.uploaded("audio", &speech(&site.scratch(), 1.0)), hosted.url("/speech.wav"));
    let both = json!({"engine": "testcard", "audio_id": audio, "audio_url": url});
    let told = gateway.post("/v1/jobs", &both).expect(422);
    assert_eq!(faults(&told), [("audio", "input.ambiguous")]);
    assert_eq!(told["errors"][0]["message"], "both `audio_id` and `audio_url` are given");
    let file = Part::file("audio", "a.wav", fs::read(speech(&site.scratch(), 1.0)).unwrap());
    let form = [Part::text("audio_url", &url), Part::text("engine", "testcard"), file];
    let told = gateway.post_form("/v1/jobs", &form).expect(422);
    assert_eq!(told["errors"][0]["message"], "both `audio` and `audio_url` are given");
}

#[test]
fn the_same_request_fetches_once() {
    let (_site, gateway, hosted) = start("");
    let submit = |path: &str| {
        let job = json!({"engine": "testcard", "audio_url": hosted.url(path)});
        gateway.post_with("/v1/jobs", &job, &[("idempotency-key", "once")])
    };
    let first = submit("/speech.wav").expect(202);
    hosted.redirect("/speech.wav", "/gone");
    let again = submit("/speech.wav");
    assert_eq!((again.header("idempotent-replayed"), &again.expect(202)["id"]), ("true", &first["id"]));
    assert_eq!(submit("/moved.wav").expect(409)["code"], "idempotency.conflict");
}

#[test]
fn a_client_that_hangs_up_ends_what_is_fetched_for_it() {
    let (site, gateway, _hosted) = start("");
    let source = TcpListener::bind("127.0.0.1:0").unwrap();
    let body = json!({"url": format!("http://{}/speech.wav", source.local_addr().unwrap())}).to_string();
    let mut client = TcpStream::connect(gateway.address()).unwrap();
    let head = "POST /v1/audio HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n";
    write!(client, "{head}content-length: {}\r\n\r\n{body}", body.len()).unwrap();
    let (mut served, _) = source.accept().unwrap();
    // An answer that comes before its question is none.
    let asked = BufReader::new(&served).lines().map(Result::unwrap);
    assert!(asked.take_while(|line| !line.is_empty()).any(|line| line.starts_with("GET /speech.wav")));
    write!(served, "HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\nRIFF").unwrap();
    eventually("it arrives", MOMENT, || (!site.no_work_left()).then_some(()));
    drop(client);
    eventually("half a file goes", MOMENT, || site.no_work_left().then_some(()));
}
