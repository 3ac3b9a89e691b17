//! The command `submit`: what is wrong is told before anything is sent, and what comes of it can be read by programs.

use std::fs;
use std::process::{Child, Output};

use avatar_tests::{Gateway, Site, line_that_breaks_once, portrait, speech};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::MOMENT;

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
fn everything_that_is_wrong_is_told_at_once_and_before_anything_is_sent() {
    let site = Site::new(&["testcard"], "");
    let gateway = site.start();
    let told = site.command(&[
        "submit",
        "--url",
        gateway.url(),
        "--photo",
        "no-face.jpg",
        "--speech",
        "scratch",
        "--source-video",
        "no-clip.mp4",
        "--param",
        "width",
        "--metadata",
        "=7",
        "-o",
        "no-folder/out.mp4",
    ]);
    assert_eq!(told.status.code(), Some(2), "{}", error(&told));
    assert!(told.stdout.is_empty());
    for words in [
        "nothing was sent",
        "--photo no-face.jpg: there is no such file",
        "--speech scratch:",
        "--source-video no-clip.mp4: there is no such file",
        "--param width:",
        "--metadata =7:",
        "--output no-folder/out.mp4: there is no folder no-folder",
    ] {
        assert!(error(&told).contains(words), "{words}: {}", error(&told));
    }
    let photo = portrait(&site.scratch());
    let photo = photo.to_str().unwrap();
    for (output, words) in [("scratch", "is a folder"), (photo, "the file of --photo"), ("/proc/out.mp4", "written")] {
        let told = site.command(&["submit", "--url", gateway.url(), "--photo", photo, "-o", output]);
        assert!(told.status.code() == Some(2) && error(&told).contains(words), "{words}: {}", error(&told));
    }
    let told = site.command(&["submit", "--url", "ftp://localhost", "--photo", photo, "-o", "out.mp4"]);
    assert!(told.status.code() == Some(2) && error(&told).contains("http"), "{}", error(&told));
    assert_eq!(gateway.get("/v1/photos").json()["photos"], json!([]), "nothing was sent");
}

#[test]
fn programs_read_the_job_on_stdout_and_people_its_way_on_stderr() {
    let site = Site::new(&["testcard"], "");
    let gateway = site.start();
    let old = site.scratch().join("out.mp4");
    fs::write(&old, "an older video").unwrap();
    let mut order = order(&site, gateway.address());
    order.extend(["--json", "--param", "width=128", "--param", "fps=10", "-o", "scratch/out.mp4"].map(str::to_owned));
    // Slow enough to be seen on its way.
    let done = run(&site, &[order.clone(), ["--param", "fault=slow"].map(str::to_owned).into()].concat());
    assert!(done.status.success(), "{}", error(&done));
    let job: Value = serde_json::from_slice(&done.stdout).expect("stdout is JSON and nothing else");
    assert_eq!((&job["state"], &job["params"]["width"]), (&json!("succeeded"), &json!(128)), "{job}");
    assert_eq!(fs::read(old).unwrap().len() as u64, job["video"]["bytes"], "the file was replaced");

    let lines: Vec<_> = error(&done).lines().map(str::to_owned).collect();
    let announced = lines.iter().position(|line| line.contains(job["id"].as_str().unwrap())).expect("the id is told");
    assert!(lines[announced + 1..].iter().any(|line| line.ends_with('%')), "{lines:#?}");
    assert!(lines.len() <= 20, "a line for each phase and each tenth: {lines:#?}");

    order.extend(["--param", "fault=error"].map(str::to_owned));
    let failed = run(&site, &order);
    assert_eq!(failed.status.code(), Some(1));
    let job: Value = serde_json::from_slice(&failed.stdout).unwrap();
    assert_eq!(job["state"], "failed", "{job}");
    assert!(error(&failed).contains("engine.internal") && error(&failed).contains("->"), "{}", error(&failed));
}

#[test]
fn a_detached_submission_prints_the_id_and_returns_at_once() {
    let site = Site::holding("");
    let gateway = site.start();
    let mut order = order(&site, gateway.url());
    order.extend(["--detach", "--param", "fault=hold"].map(str::to_owned));
    let detached = run(&site, &order);
    assert!(detached.status.success(), "{}", error(&detached));
    let id = String::from_utf8(detached.stdout).unwrap().trim_end().to_owned();
    assert!(gateway.job(&id)["state"] != "succeeded", "nobody waited for it");
    site.release();
    assert_eq!(gateway.finished(&id, MOMENT)["state"], "succeeded");
}

#[test]
fn a_submission_whose_answer_is_lost_is_sent_again_and_makes_one_job() {
    let site = Site::new(&["testcard"], "");
    let gateway = site.start();
    let mut order = order(&site, &line_that_breaks_once(&gateway));
    order.extend(["-o", "scratch/out.mp4"].map(str::to_owned));
    let done = run(&site, &order);
    assert!(done.status.success(), "{}", error(&done));
    assert!(error(&done).contains("sending it again"), "{}", error(&done));
    assert_eq!(gateway.get("/v1/jobs").json()["jobs"].as_array().unwrap().len(), 1);
}

#[test]
fn ctrl_c_cancels_the_job() {
    let site = Site::holding("");
    let gateway = site.start();
    let mut order = order(&site, gateway.url());
    order.extend(["--param", "fault=hold", "-o", "scratch/out.mp4"].map(str::to_owned));
    let before = fs::read_dir(site.scratch()).unwrap().count();
    let waiting = site.begin(&order.iter().map(String::as_str).collect::<Vec<_>>());
    let id = only_job(&gateway);
    gateway.rendering(&id, MOMENT);
    interrupt(&waiting);
    let interrupted = waiting.wait_with_output().unwrap();
    assert_eq!(interrupted.status.code(), Some(130), "{}", error(&interrupted));
    assert_eq!(gateway.finished(&id, MOMENT)["state"], "canceled");
    assert_eq!(fs::read_dir(site.scratch()).unwrap().count(), before, "nothing is left of it");
}

/// The beginning of a submission of a second of speech to the test card.
fn order(site: &Site, url: &str) -> Vec<String> {
    let (photo, speech) = (portrait(&site.scratch()), speech(&site.scratch(), 1.0));
    let (photo, speech) = (photo.to_str().unwrap(), speech.to_str().unwrap());
    let words = ["submit", "--url", url, "--engine", "testcard", "--photo", photo, "--speech", speech];
    words.map(str::to_owned).to_vec()
}

fn run(site: &Site, words: &[String]) -> Output {
    site.command(&words.iter().map(String::as_str).collect::<Vec<_>>())
}

/// The id of the job that is being submitted.
fn only_job(gateway: &Gateway) -> String {
    let id = || gateway.get("/v1/jobs").json()["jobs"][0]["id"].as_str().map(str::to_owned);
    avatar_tests::eventually("the job is there", MOMENT, id)
}

/// As Ctrl-C does.
fn interrupt(process: &Child) {
    let pid = Pid::from_raw(process.id().cast_signed()).expect("a process has an id");
    kill_process(pid, Signal::INT).expect("it runs");
}

fn error(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
