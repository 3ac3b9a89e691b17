//! A little that is sent does not become much: memory, disk and time are bounded before they are spent, and shared fairly.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use avatar_tests::{Gateway, Part, Site, memory_now, memory_peak, portrait, speech};
use serde_json::json;

use crate::MOMENT;

const CONFIG: &str = "[limits]\nvideo_pixels = 19_200\nvideo_fps = 60\nbatch_jobs = 2\n\
                      [facades.echomimic]\nengine = \"testcard\"\n";

/// The text of a field, as long as one may be.
const TEXT: usize = (1 << 20) - 16;

#[test]
fn forms_of_long_texts_take_little_memory() {
    let site = Site::new(&["testcard"], CONFIG);
    let gateway = site.start();
    let before = memory_now(gateway.pid());
    let answers = thread::scope(|scope| {
        // The first asks nobody for its fields, the second has them all asked for, over and over.
        let names = ["nobody_asks", "device", "nobody_asks", "device"];
        let sending = names.map(|name| scope.spawn(|| send_texts(&gateway, name, 64)));
        sending.map(|sending| sending.join().expect("it was sent"))
    });
    assert!(answers[0].contains("422") && answers[1].contains("413"), "{answers:?}");
    let grown = memory_peak(gateway.pid()).saturating_sub(before);
    assert!(grown < 64, "four forms of 64 MiB took {grown} MiB");
}

/// Posts a form with so many long texts of a name, and returns the answer's first line.
fn send_texts(gateway: &Gateway, name: &str, count: usize) -> String {
    let head = format!("--cut\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
    let (text, end) = (vec![b'x'; TEXT], "--cut--\r\n");
    let length = count * (head.len() + TEXT + 2) + end.len();
    let mut stream = TcpStream::connect(gateway.address()).unwrap();
    stream.set_read_timeout(Some(MOMENT)).unwrap();
    write!(
        stream,
        "POST /generate_video HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {length}\r\n\
         Content-Type: multipart/form-data; boundary=cut\r\n\r\n"
    )
    .unwrap();
    for _ in 0..count {
        let sent = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&text));
        if sent.and_then(|()| stream.write_all(b"\r\n")).is_err() {
            break;
        }
    }
    let _ = stream.write_all(end.as_bytes());
    let mut answer = [0; 64];
    let read = stream.read(&mut answer).unwrap();
    String::from_utf8_lossy(&answer[..read]).lines().next().unwrap_or_default().to_owned()
}

#[test]
fn silence_takes_no_room_until_an_engine_reads_it() {
    let site = Site::new(&["testcard"], CONFIG);
    let gateway = site.start();
    let silence = made(&site, "silence.flac", &["-f", "lavfi", "-i", "anullsrc=r=16000:cl=mono", "-t", "300"]);
    let sent = fs::metadata(&silence).unwrap().len();
    let audio = gateway.uploaded("audio", &silence);
    let kept: u64 = files_of(&site, &audio).iter().map(|file| fs::metadata(file).unwrap().len()).sum();
    assert!(sent < 100_000 && kept < 3 * sent, "{sent} bytes became {kept}");
    let render = |engine_reads: &str| {
        let id = gateway.submit_testcard(&audio, json!({"width": 64, "height": 64, "fps": 2}));
        let job = gateway.finished(&id, MOMENT);
        assert_eq!(
            (&job["state"], &job["video"]["frames"]),
            (&json!("succeeded"), &json!(600)),
            "{engine_reads}: {job}"
        );
    };
    render("unpacked speech");
    assert!(site.no_work_left());

    // An earlier version has kept what engines read.
    let speech = files_of(&site, &audio).into_iter().find(|file| file.extension().is_some_and(|kind| kind == "wav"));
    let plain = made(&site, "plain.wav", &["-i", silence.to_str().unwrap(), "-c:a", "pcm_f32le", "-rf64", "never"]);
    fs::copy(plain, speech.expect("it has speech")).unwrap();
    render("speech as it was kept");
}

#[test]
fn what_is_more_work_than_its_length_needs_is_refused() {
    let site = Site::new(&["testcard"], &CONFIG.replace("[limits]\n", "[limits]\naudio_seconds = 10\n"));
    let gateway = site.start();
    let dense = ["-f", "lavfi", "-i", "anullsrc=r=384000:cl=7.1", "-t", "4", "-sample_fmt", "s16"];
    let refused = gateway.upload("audio", &made(&site, "dense.flac", &dense)).expect(422);
    assert_eq!(refused["code"], "audio.too_dense", "{refused}");

    let video = |name: &str, source: &str| made(&site, name, &["-f", "lavfi", "-i", source, "-c:v", "mpeg4"]);
    let taken = video("taken.mp4", "testsrc=size=160x120:rate=60:duration=1");
    gateway.upload("source-videos", &taken).expect(201);
    let large = video("large.mp4", "testsrc=size=160x128:rate=25:duration=1");
    let refused = gateway.upload("source-videos", &large).expect(422);
    assert_eq!(refused["code"], "video.too_large", "{refused}");
    assert!(refused["detail"].as_str().unwrap().contains("160x128"), "{refused}");
    let fast = video("fast.mp4", "testsrc=size=64x48:rate=1000:duration=1");
    let refused = gateway.upload("source-videos", &fast).expect(422);
    assert_eq!(refused["code"], "video.too_fast", "{refused}");
}

#[test]
fn a_batch_has_as_many_sounds_as_one_request_may_ask_for() {
    let site = Site::new(&["testcard"], CONFIG);
    let gateway = site.start();
    let image = fs::read(portrait(&site.scratch())).unwrap();
    let sound = fs::read(speech(&site.scratch(), 1.0)).unwrap();
    let form = |sounds: usize| {
        let mut parts = vec![Part::file("reference_image", "me.png", image.clone())];
        parts.extend((0..sounds).map(|_| Part::file("audio_files", "speech.wav", sound.clone())));
        gateway.post_form("/generate_multi_videos", &parts)
    };
    let refused = form(3).expect(400);
    assert!(refused["detail"].as_str().unwrap().contains("limits.batch_jobs"), "{refused}");
    assert!(!site.files().iter().any(|file| file.starts_with("audio")), "nothing of it is kept");
    form(2).expect(200);
}

#[test]
fn a_client_does_not_wait_for_all_that_another_has_sent() {
    let site = Site::new(&["testcard"], "");
    let [many, one] = ["many", "one"].map(|name| {
        let added = site.command(&["keys", "add", name]);
        String::from_utf8(added.stdout).unwrap().trim().to_owned()
    });
    let gateway = site.start();
    let long = ["-f", "lavfi", "-i", "anullsrc=r=96000:cl=7.1", "-t", "300", "-sample_fmt", "s16"];
    let long = fs::read(made(&site, "long.flac", &long)).unwrap();
    let short = fs::read(speech(&site.scratch(), 1.0)).unwrap();
    let send = |sound: &[u8], key: &str| {
        let part = Part::file("file", "sound", sound);
        gateway.post_form_with("/v1/audio", &[part], &[("x-api-key", key)]).expect(201);
    };
    let (begun, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                begun.fetch_add(1, Ordering::SeqCst);
                send(&long, &many);
                done.fetch_add(1, Ordering::SeqCst);
            });
        }
        while begun.load(Ordering::SeqCst) < 16 {
            thread::sleep(Duration::from_millis(10));
        }
        thread::sleep(Duration::from_millis(500));
        send(&short, &one);
        let before = done.load(Ordering::SeqCst);
        assert!(before <= 8, "{before} of the other's 16 were done before");
    });
}

/// What is kept under the id of an upload.
fn files_of(site: &Site, id: &str) -> Vec<PathBuf> {
    let files = site.files().into_iter().filter(|file| file.to_string_lossy().contains(id));
    files.map(|file| site.data().join(file)).collect()
}

fn made(site: &Site, name: &str, arguments: &[&str]) -> PathBuf {
    let file = site.scratch().join(name);
    let ran = Command::new("ffmpeg").args(["-v", "error", "-y"]).args(arguments).arg(&file).status();
    assert!(ran.expect("ffmpeg is installed").success());
    file
}
