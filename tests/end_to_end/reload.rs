//! SIGHUP: new settings hold without a restart, and faulty ones change nothing.

use std::fs;

use avatar_tests::{Gateway, Site, eventually, portrait, speech};
use serde_json::json;

use crate::MOMENT;

#[test]
fn new_settings_hold_without_a_restart_and_faulty_ones_never() {
    let site = Site::new(&["testcard"], "");
    let gateway = site.start();
    let speech = speech(&site.scratch(), 3.0);
    let audio = gateway.uploaded("audio", &speech);
    gateway.finished(&gateway.submit_testcard(&audio, json!({})), MOMENT);
    let host = site.hosts();
    assert_eq!(host.len(), 1);

    reload(&site, &gateway, "[limits]\naudio_seconds = 2\n[server]\nlisten = \"127.0.0.1:1\"", 1);
    assert_eq!(gateway.upload("audio", &speech).expect(422)["code"], "audio.too_long");
    assert_eq!(site.hosts(), host, "the engine's set-up is the same");

    fs::write(site.config(), "[limits]\naudio_seconds = \"long\"").unwrap();
    gateway.hang_up();
    eventually("the fault is told", MOMENT, || gateway.log().contains("limits.audio_seconds").then_some(()));
    assert_eq!(gateway.upload("audio", &speech).expect(422)["code"], "audio.too_long", "the settings are the old ones");

    reload(&site, &gateway, "[log]\nfilter = \"debug\"\n[engines.testcard]\ndevice = \"cpu\"", 2);
    gateway.uploaded("audio", &speech);
    eventually("the engine with the old set-up is gone", MOMENT, || site.hosts().is_empty().then_some(()));
    eventually("more is logged", MOMENT, || gateway.log().contains("answered").then_some(()));
}

#[test]
fn jobs_of_an_engine_that_is_not_allowed_any_more_wait_until_it_is() {
    let site = Site::new(&["testcard"], "");
    site.add_odd_plugin("plugin_good");
    let gateway = site.start();
    let photo = gateway.uploaded("photos", &portrait(&site.scratch()));
    let audio = gateway.uploaded("audio", &speech(&site.scratch(), 1.0));
    let job = |params| json!({"engine": "good", "photo_id": photo, "audio_id": audio, "params": params});
    let running = gateway.submit(&job(json!({"frames": 25, "wait": true})));
    gateway.wait_for(&running, "the job waits", MOMENT, |job| job["progress"]["stage"] == "wait");
    let queued = gateway.submit(&job(json!({"frames": 25})));

    reload(&site, &gateway, "[engines]\nrequire_commercial_use = true", 1);
    assert_eq!(gateway.post("/v1/jobs", &job(json!({}))).expect(503)["code"], "engine.not_ready");
    assert_eq!(gateway.job(&running)["state"], "running", "it goes on with what it began with");
    gateway.request("POST", &format!("/v1/jobs/{running}/cancel"), &[]).expect(202);
    gateway.finished(&running, MOMENT);
    // Jobs of this engine are begun in the rounds in which those of the other would be.
    gateway.finished(&gateway.submit_testcard(&audio, json!({})), MOMENT);
    assert_eq!(gateway.job(&queued)["state"], "queued");

    reload(&site, &gateway, "", 2);
    let job = gateway.finished(&queued, MOMENT);
    assert_eq!((&job["state"], &job["attempt"]), (&json!("succeeded"), &json!(1)), "{job}");
}

#[test]
fn engines_that_take_turns_from_now_on_leave_one_process() {
    let site = Site::new(&["testcard"], "");
    site.add_odd_plugin("plugin_good");
    let gateway = site.start();
    let photo = gateway.uploaded("photos", &portrait(&site.scratch()));
    let audio = gateway.uploaded("audio", &speech(&site.scratch(), 1.0));
    let submit_good =
        |params| gateway.submit(&json!({"engine": "good", "photo_id": photo, "audio_id": audio, "params": params}));
    let submit_testcard = || gateway.submit_testcard(&audio, json!({"width": 64, "height": 64}));
    // A reload also has every plugin described anew, in processes that soon end.
    let leaves = |count, what: &str| eventually(what, MOMENT, || (site.hosts().len() == count).then_some(()));
    let warm = || {
        gateway.finished(&submit_testcard(), MOMENT);
        gateway.finished(&submit_good(json!({"frames": 25})), MOMENT);
        leaves(2, "both engines are warm");
    };

    warm();
    reload(&site, &gateway, "[engines]\ntakes_turns_on = \"card\"", 1);
    gateway.finished(&submit_testcard(), MOMENT);
    leaves(1, "one was warm, and the other has made room for it");

    reload(&site, &gateway, "", 2);
    warm();
    let running = submit_good(json!({"frames": 25, "wait": true}));
    gateway.wait_for(&running, "the job waits", MOMENT, |job| job["progress"]["stage"] == "wait");
    reload(&site, &gateway, "[engines]\ntakes_turns_on = \"card\"", 3);
    gateway.finished(&submit_testcard(), MOMENT);
    leaves(2, "a job goes on with what it began with");
    gateway.request("POST", &format!("/v1/jobs/{running}/cancel"), &[]).expect(202);
    gateway.finished(&running, MOMENT);
    leaves(1, "the process of a job that had no turn is not kept");
}

#[test]
fn what_needs_a_restart_is_named() {
    let site = Site::new(&[], "");
    let gateway = site.start();
    reload(&site, &gateway, "[log]\nformat = \"json\"", 1);
    assert!(gateway.log().contains("log.format"), "{}", gateway.log());
    assert!(!gateway.log().contains("{\"timestamp\""), "the format stays");
}

#[test]
fn every_answer_has_a_request_id_and_the_log_has_it_too() {
    let site = Site::new(&[], "[log]\nformat = \"json\"\nfilter = \"debug\"");
    let gateway = site.start();
    let answer = gateway.request("GET", "/v1/nothing", &[("x-request-id", "order-7.b_c")]);
    assert_eq!((answer.status, answer.header("x-request-id")), (404, "order-7.b_c"));
    let line = eventually("the request is logged", MOMENT, || {
        gateway.log().lines().find(|line| line.contains("order-7.b_c")).map(str::to_owned)
    });
    let line: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(line["span"]["request_id"], "order-7.b_c", "{line}");

    let (one, two) = (gateway.request("GET", "/livez", &[("x-request-id", "no good")]), gateway.get("/livez"));
    assert!(one.header("x-request-id").len() == 36 && one.header("x-request-id") != two.header("x-request-id"));
}

/// Replaces the configuration and waits until it has been read for the n-th time.
fn reload(site: &Site, gateway: &Gateway, config: &str, times: usize) {
    fs::write(site.config(), config).unwrap();
    gateway.hang_up();
    let read = || (gateway.log().matches("settings read again").count() == times).then_some(());
    eventually("the settings are read again", MOMENT, read);
}
