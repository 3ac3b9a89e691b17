//! The binary's other commands: exit status 0 only on success, and otherwise a remedy on stderr.

use std::fs;
use std::process::Output;

use avatar_tests::{Site, portrait, speech};

#[test]
fn submit_writes_a_video() {
    let site = Site::new(&["testcard"], "");
    let gateway = site.start();
    let (photo, sound) = (portrait(&site.scratch()), speech(&site.scratch(), 1.0));
    // Any name of a file will do, one with line breaks and quotes as well.
    let speech = sound.with_file_name("my\r\n\"speech\"\n.wav");
    fs::rename(sound, &speech).unwrap();
    let (photo, speech) = (photo.to_str().unwrap(), speech.to_str().unwrap());
    let files = ["submit", "--url", gateway.url(), "--photo", photo, "--speech", speech, "--engine", "testcard"];

    let done = site.command(&[&files[..], &["--params", r#"{"width": 128}"#, "-o", "scratch/out.mp4"]].concat());
    assert!(done.status.success(), "{}", error(&done));
    let video = fs::read(site.scratch().join("out.mp4")).unwrap();
    assert_eq!(&video[4..8], b"ftyp");

    let failed = site.command(&[&files[..], &["--params", r#"{"fault": "error"}"#, "-o", "scratch/no.mp4"]].concat());
    assert!(!failed.status.success());
    assert!(error(&failed).contains("asked to fail at frame 5"), "{}", error(&failed));

    let refused = site.command(&[&files[..], &["--params", r#"{"widht": 128}"#, "-o", "scratch/no.mp4"]].concat());
    assert!(!refused.status.success());
    assert!(error(&refused).contains("did you mean `width`?"), "{}", error(&refused));
    assert!(!site.scratch().join("no.mp4").exists());
}

#[test]
fn submit_without_a_gateway_says_what_to_do() {
    let site = Site::new(&[], "");
    let url = site.start().url().to_owned(); // that gateway is gone at the end of the line, and its port is free
    let photo = portrait(&site.scratch());
    let refused = site.command(&["submit", "--url", &url, "--photo", photo.to_str().unwrap(), "-o", "out.mp4"]);
    assert!(!refused.status.success());
    assert!(error(&refused).contains("avatar-gateway serve"), "{}", error(&refused));
}

#[test]
fn engines_check_succeeds_only_if_every_engine_is_ready() {
    let site = Site::new(&["testcard"], "");
    let good = site.command(&["engines", "check"]);
    assert!(good.status.success(), "{}", error(&good));
    assert!(String::from_utf8_lossy(&good.stdout).contains("testcard"));

    site.add_odd_plugin("no_plugin");
    let bad = site.command(&["engines", "check"]);
    assert!(!bad.status.success());
    assert!(String::from_utf8_lossy(&bad.stdout).contains("exports no engine"));
}

#[test]
fn a_wrong_configuration_is_refused_with_all_its_faults() {
    let site = Site::new(&[], "[server]\nlisten = \"0.0.0.0\"\n[storage]\ndata = \"x\"\n");
    let refused = site.command(&["serve", "--config", "config.toml"]);
    assert!(!refused.status.success());
    for words in ["server.listen", "storage.data", "line 4"] {
        assert!(error(&refused).contains(words), "{words}: {}", error(&refused));
    }
}

#[test]
fn a_data_folder_is_used_by_one_gateway() {
    let site = Site::new(&[], "");
    let _first = site.start();
    let second = site.command(&["serve", "--listen", "127.0.0.1:0"]);
    assert!(!second.status.success());
    assert!(error(&second).contains("another gateway uses"), "{}", error(&second));
}

fn error(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
