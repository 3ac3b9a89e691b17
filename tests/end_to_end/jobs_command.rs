//! The command `jobs`: a gateway's jobs in tables that fit a terminal, in JSON, watched, canceled and fetched.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::Output;

use avatar_tests::{Gateway, Site, speech};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::MOMENT;

#[test]
fn jobs_are_listed_in_a_table_that_fits_80_columns() {
    let (site, gateway, audio) = start();
    let done = gateway.submit_testcard(&audio, json!({}));
    let failed = gateway.submit_testcard(&audio, json!({"fault": "input"}));
    let waiting = gateway.submit_testcard(&audio, json!({"fault": "hold"}));
    gateway.finished(&failed, MOMENT);
    gateway.rendering(&waiting, MOMENT);

    let listed = run(&site, &gateway, &["list"]);
    let lines: Vec<_> = out(&listed).lines().map(str::to_owned).collect();
    assert!(lines.iter().all(|line| line.chars().count() <= 80), "{lines:#?}");
    let heads: Vec<_> = lines[0].split_whitespace().collect();
    assert_eq!(heads, ["JOB", "STATE", "ENGINE", "AGE", "DETAIL"]);
    let rows: Vec<Vec<_>> = lines[1..].iter().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows[0][..3], [waiting.as_str(), "running", "testcard"], "the newest first");
    assert!(rows[1][..2] == [failed.as_str(), "failed"] && rows[1].contains(&"engine.input"), "{lines:#?}");
    assert_eq!(rows[2][..2], [done.as_str(), "succeeded"]);

    let filtered = |filters: &[&str]| ids(&run(&site, &gateway, &[&["list", "--json"], filters].concat()));
    assert_eq!(filtered(&["--state", "failed"]), [failed.as_str()]);
    assert_eq!(filtered(&["--engine", "testcard", "--since", "1h", "--limit", "2"]), [waiting.as_str(), &failed]);
    assert!(filtered(&["--since", "2999-01-01"]).is_empty());
    let cut = run(&site, &gateway, &["list", "--limit", "1"]);
    assert!(out(&cut).lines().count() == 2 && error(&cut).contains("--limit"), "{}", error(&cut));
    let wrong = run(&site, &gateway, &["list", "--state", "faild"]);
    assert!(wrong.status.code() == Some(2) && error(&wrong).contains("'failed'"), "{}", error(&wrong));
}

#[test]
fn a_job_is_shown_with_what_people_ask_for() {
    let (site, gateway, audio) = start();
    let failed = gateway.submit_testcard(&audio, json!({"fault": "input", "width": 128}));
    gateway.finished(&failed, MOMENT);
    let shown = run(&site, &gateway, &["show", &failed]);
    for words in [&*failed, "failed", "asked to fail", "engine.input", "-> ", "width = 128", &audio, "1 failed, begun"]
    {
        assert!(out(&shown).contains(words), "{words}: {}", out(&shown));
    }
    let json: Value = serde_json::from_slice(&run(&site, &gateway, &["show", "--json", &failed]).stdout).unwrap();
    assert_eq!(json["id"], failed.as_str());

    let unknown = run(&site, &gateway, &["show", "01890a5d-ac96-774b-bcce-b302099a8057"]);
    assert!(unknown.status.code() == Some(1) && error(&unknown).contains("->"), "{}", error(&unknown));
    let other_kind = run(&site, &gateway, &["show", &audio]);
    assert!(other_kind.status.code() == Some(1) && error(&other_kind).contains("audio"), "{}", error(&other_kind));
    assert_eq!(run(&site, &gateway, &["show", "7"]).status.code(), Some(2));
}

#[test]
fn watching_tells_the_end_and_ctrl_c_ends_the_watching_alone() {
    let (site, gateway, audio) = start();
    let held = gateway.submit_testcard(&audio, json!({"fault": "hold"}));
    let failing = gateway.submit_testcard(&audio, json!({"fault": "input"}));
    gateway.rendering(&held, MOMENT);

    let mut watching = site.begin(&["jobs", "watch", "--url", gateway.url(), &held]);
    let mut told = BufReader::new(watching.stderr.take().unwrap());
    told.read_line(&mut String::new()).unwrap(); // it has begun
    kill_process(Pid::from_raw(watching.id().cast_signed()).unwrap(), Signal::INT).unwrap();
    let rest: String = told.lines().map(Result::unwrap).collect();
    assert_eq!(watching.wait().unwrap().code(), Some(130), "{rest}");
    assert!(rest.contains(&format!("jobs cancel {held}")), "{rest}");
    assert_eq!(gateway.job(&held)["state"], "running");

    let both = site.begin(&["jobs", "watch", "--url", gateway.url(), "--json", &held, &failing]);
    site.release();
    let both = both.wait_with_output().unwrap();
    assert_eq!(both.status.code(), Some(1), "one of them failed");
    let states = serde_json::Deserializer::from_slice(&both.stdout).into_iter::<Value>();
    let states: Vec<_> = states.map(|job| job.unwrap()["state"].clone()).collect();
    assert_eq!(states, ["succeeded", "failed"]);
    assert!(error(&both).contains(&format!("{failing}  error:")), "{}", error(&both));
    let seen = run(&site, &gateway, &["watch", &held]);
    assert!(seen.status.success() && out(&seen).contains("1.00 s"), "{}", out(&seen));
}

#[test]
fn canceling_goes_on_past_what_is_refused() {
    let (site, gateway, audio) = start();
    let held = gateway.submit_testcard(&audio, json!({"fault": "hold"}));
    let queued = gateway.submit_testcard(&audio, json!({}));
    gateway.rendering(&held, MOMENT);
    let unknown = "01890a5d-ac96-774b-bcce-b302099a8057";
    let canceled = run(&site, &gateway, &["cancel", unknown, &queued, &held]);
    assert_eq!(canceled.status.code(), Some(1), "one of them is unknown");
    assert!(error(&canceled).contains(unknown), "{}", error(&canceled));
    assert_eq!(out(&canceled), format!("{queued}  canceled\n{held}  told to end\n"));
    assert_eq!(gateway.finished(&held, MOMENT)["state"], "canceled");
}

#[test]
fn a_video_is_fetched_under_the_jobs_name_and_replaces_nothing_unasked() {
    let (site, gateway, audio) = start();
    let done = gateway.submit_testcard(&audio, json!({}));
    let held = gateway.submit_testcard(&audio, json!({"fault": "hold"}));
    gateway.finished(&done, MOMENT);
    let video = gateway.get(&format!("/v1/jobs/{done}/video")).body;

    let fetched = run(&site, &gateway, &["download", &done]);
    assert!(fetched.status.success(), "{}", error(&fetched));
    let place = site.scratch().with_file_name(format!("testcard-{done}.mp4"));
    assert_eq!(fs::read(&place).unwrap(), video);
    let again = run(&site, &gateway, &["download", &done]);
    assert!(again.status.code() == Some(2) && error(&again).contains("-f"), "{}", error(&again));
    fs::write(&place, "other").unwrap();
    let forced = run(&site, &gateway, &["download", "-f", "--json", &done]);
    assert_eq!(serde_json::from_slice::<Value>(&forced.stdout).unwrap()["id"], done.as_str());
    assert_eq!(fs::read(&place).unwrap(), video);

    let early = run(&site, &gateway, &["download", &held, "-o", "early.mp4"]);
    assert!(early.status.code() == Some(1) && error(&early).contains("jobs watch"), "{}", error(&early));
    assert!(!place.with_file_name("early.mp4").exists());
}

#[test]
fn a_gateway_that_is_not_there_or_is_none_is_told_with_what_to_do() {
    let (site, gateway, _) = start();
    let none = site.command(&["jobs", "list", "--url", "127.0.0.1:1"]);
    assert!(none.status.code() == Some(1) && error(&none).contains("avatar-gateway serve"), "{}", error(&none));
    let below = site.command(&["jobs", "list", "--url", &format!("{}/v1", gateway.url())]);
    assert!(below.status.code() == Some(1) && error(&below).contains("without /v1"), "{}", error(&below));
}

/// A gateway with the test card, which holds jobs until it is told otherwise, and speech.
fn start() -> (Site, Gateway, String) {
    let site = Site::holding("");
    let gateway = site.start();
    let audio = gateway.uploaded("audio", &speech(&site.scratch(), 1.0));
    (site, gateway, audio)
}

fn run(site: &Site, gateway: &Gateway, arguments: &[&str]) -> Output {
    site.command(&[&["jobs"], arguments, &["--url", gateway.url()]].concat())
}

fn ids(listed: &Output) -> Vec<String> {
    let jobs: Value = serde_json::from_slice(&listed.stdout).unwrap();
    jobs.as_array().unwrap().iter().map(|job| job["id"].as_str().unwrap().to_owned()).collect()
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn error(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
