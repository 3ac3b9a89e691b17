//! Plugins that are replaced, removed and written while the gateway runs: no job is lost, and everybody is told.

use std::fs;
use std::path::PathBuf;

use avatar_tests::{Gateway, Site, eventually, speech};
use serde_json::{Value, json};

use crate::MOMENT;

/// A gateway whose only engine is the test card, with a second of speech.
struct Bench {
    gateway: Gateway,
    site: Site,
    audio: String,
}

impl Bench {
    fn new() -> Self {
        let site = Site::holding("[server]\nlisten = \"127.0.0.1:0\"\n[engines]\ndefault = \"testcard\"\n");
        let gateway = site.start();
        let audio = gateway.uploaded("audio", &speech(&site.scratch(), 1.0));
        Self { gateway, site, audio }
    }

    fn plugin(&self) -> PathBuf {
        self.site.engines().join("libengine_testcard.so")
    }

    /// A job that renders until the site releases it, and two that wait behind it.
    fn three_jobs(&self) -> [String; 3] {
        let jobs = [0; 3].map(|_| self.gateway.submit_testcard(&self.audio, json!({"fault": "hold"})));
        self.gateway.rendering(&jobs[0], MOMENT);
        jobs
    }

    fn engine(&self) -> Value {
        self.gateway.get("/v1/engines/testcard").expect(200)
    }

    /// Waits until the list of engines tells this state of the test card.
    fn is_told(&self, state: &str) -> Value {
        let told = || Some(self.engine()).filter(|engine| engine["readiness"]["state"] == state);
        let engine = eventually(&format!("the engine is {state}"), MOMENT, told);
        let listed = self.gateway.get("/v1/engines").expect(200);
        assert_eq!(listed["engines"].as_array().unwrap().len(), 1, "{listed}");
        assert_eq!(listed["engines"][0], engine);
        engine
    }

    /// Waits until a queued job tells why it waits.
    fn waits(&self, id: &str, words: &str) {
        let says = |job: &Value| job["warnings"].to_string().contains(words);
        let job = self.gateway.wait_for(id, "the job tells why it waits", MOMENT, says);
        assert_eq!(
            (&job["state"], &job["attempt"], &job["error"]),
            (&json!("queued"), &json!(0), &Value::Null),
            "{job}"
        );
        let folder = self.site.engines().display().to_string();
        assert!(!job.to_string().contains(&folder), "no path of the server is told: {job}");
    }

    fn all_succeed_at_once(&self, jobs: &[String]) {
        self.site.release();
        for id in jobs {
            let job = self.gateway.finished(id, MOMENT);
            assert_eq!((&job["state"], &job["attempt"]), (&json!("succeeded"), &json!(1)), "{job}");
            assert_eq!(job["warnings"], json!([]));
        }
    }

    fn metric(&self) -> bool {
        let text = String::from_utf8(self.gateway.get("/metrics").body).unwrap();
        match text.lines().find_map(|line| line.strip_prefix("avatar_engine_ready{engine=\"testcard\"} ")) {
            Some("1") => true,
            Some("0") => false,
            other => panic!("{other:?} in\n{text}"),
        }
    }
}

#[test]
fn a_plugin_may_be_written_over_while_it_renders() {
    let bench = Bench::new();
    let jobs = bench.three_jobs();
    let whole = fs::read(bench.plugin()).unwrap();
    // In place, as `cp` does it: the same file under another content, which every process that has it mapped would see.
    fs::write(bench.plugin(), vec![0xcc; whole.len()]).unwrap();
    let engine = bench.is_told("incompatible");
    assert!(engine["readiness"]["reason"].as_str().unwrap().contains("libengine_testcard.so"), "{engine}");
    bench.waits(&jobs[1], "engine.gone: the engine's plugin cannot be used: ");
    // Its beginning is there, as in the middle of a copy.
    fs::write(bench.plugin(), &whole[..100_000]).unwrap();
    eventually("the beginning is looked at", MOMENT, || Some(bench.engine()).filter(|now| *now != engine));
    assert_eq!(bench.engine()["readiness"]["state"], "incompatible");
    fs::write(bench.plugin(), &whole).unwrap();
    bench.is_told("ready");
    bench.all_succeed_at_once(&jobs);
}

#[test]
fn jobs_of_an_engine_that_is_gone_wait_and_everybody_is_told() {
    let bench = Bench::new();
    let jobs = bench.three_jobs();
    assert!(bench.metric() && bench.gateway.get("/readyz").status == 200);
    let whole = fs::read(bench.plugin()).unwrap();
    fs::remove_file(bench.plugin()).unwrap();

    let engine = bench.is_told("gone");
    assert_eq!(engine["queue_length"], 2, "{engine}");
    bench.waits(&jobs[2], "engine.gone: no plugin of the engine `testcard` is installed");
    let unready = bench.gateway.get("/readyz").expect(503);
    assert_eq!(unready["code"], "engine.not_ready", "{unready}");
    assert!(!bench.metric());
    let doctor = bench.site.command(&["doctor", "--config", "config.toml", "--json"]);
    let told = String::from_utf8_lossy(&doctor.stdout);
    assert!(!doctor.status.success() && told.contains("2 jobs wait for the engine `testcard`"), "{told}");
    let refused = bench.gateway.post("/v1/jobs", &json!({"engine": "testcard", "audio_id": bench.audio}));
    assert_eq!(refused.expect(422)["code"], "engine.unknown");

    fs::write(bench.plugin(), &whole).unwrap();
    bench.is_told("ready");
    bench.all_succeed_at_once(&jobs);
    assert!(bench.metric() && bench.gateway.get("/readyz").status == 200);
}

#[test]
fn a_new_plugin_is_used_from_the_next_job_on_and_the_old_ones_copy_goes() {
    let bench = Bench::new();
    bench.site.release();
    let run = || {
        let job = bench.gateway.finished(&bench.gateway.submit_testcard(&bench.audio, json!({})), MOMENT);
        assert_eq!(job["state"], "succeeded", "{job}");
    };
    let copies = || {
        let folder = fs::read_dir(bench.site.data().join("gateway.plugins")).unwrap();
        folder.map(|copy| copy.unwrap().file_name()).collect::<Vec<_>>()
    };
    run();
    let (hosts, before) = (bench.site.hosts(), copies());
    assert_eq!((hosts.len(), before.len()), (1, 1));
    fs::write(bench.plugin(), fs::read(bench.plugin()).unwrap()).unwrap();
    let is_replaced = || (bench.site.hosts().is_empty() && copies().len() == 1 && copies() != before).then_some(());
    eventually("the warm process of the old plugin is stopped", MOMENT, is_replaced);
    run();
    assert_ne!(bench.site.hosts(), hosts);
    assert!(bench.gateway.stop().success());
}

#[test]
fn a_plugin_that_lacks_a_library_beside_it_is_found_once_that_is_there() {
    let site = Site::new(&[], "");
    fs::write(site.engines().join("libengine_text.so"), "not a library\n").unwrap();
    let gateway = site.start();
    let listed = || Some(gateway.get("/v1/engines/text")).filter(|answer| answer.status == 200);
    eventually("the plugin is looked at", MOMENT, listed);
    fs::create_dir(site.engines().join("libtorch")).unwrap();
    let is_beside = || {
        let copies = fs::read_dir(site.data().join("gateway.plugins")).unwrap().flatten();
        copies.map(|copy| copy.path()).any(|copy| copy.join("libtorch").is_dir()).then_some(())
    };
    eventually("the next look finds it beside the plugin's copy", MOMENT, is_beside);
}

#[test]
fn clients_read_no_paths_of_the_server() {
    let site = Site::new(&["testcard"], "");
    site.add_config(&format!("[engines.testcard]\nmemory_dir = {:?}", site.data().join("nowhere")));
    let gateway = site.start();
    let audio = gateway.uploaded("audio", &speech(&site.scratch(), 1.0));
    let id = gateway.submit_testcard(&audio, json!({"fault": "error", "fault_times": 1}));
    let job = gateway.finished(&id, MOMENT);
    assert_eq!(job["error"]["message"], format!("nowhere/{id}: No such file or directory (os error 2)"), "{job}");
    assert!(gateway.log().contains(&site.data().join("nowhere").join(&id).display().to_string()), "the log tells it");
}

#[test]
fn the_first_request_knows_a_plugin_that_has_just_come() {
    let bench = Bench::new();
    let (gateway, site) = (&bench.gateway, &bench.site);
    site.add_odd_plugin("plugin_good");
    let listed = gateway.get("/v1/engines").expect(200);
    assert!(listed["engines"].as_array().unwrap().iter().any(|engine| engine["id"] == "good"), "{listed}");
    site.add_odd_plugin("plugin_weighty");
    let refused = gateway.post("/v1/jobs", &json!({"engine": "weighty", "audio_id": bench.audio}));
    let told = refused.expect(422)["errors"].to_string();
    assert!(told.contains("the engine `weighty` needs a photo"), "it is known: {told}");
    site.add_odd_plugin("plugin_abi_1_0");
    gateway.get("/v1/engines/old/schema").expect(200);

    // Caught while it is copied, and then whole; the name of its file is not the engine's.
    let elsewhere = Site::new(&[], "");
    elsewhere.add_odd_plugin("plugin_odd");
    let whole = fs::read(elsewhere.engines().join("libplugin_odd.so")).unwrap();
    fs::write(site.engines().join("libhalf.so"), &whole[..4096]).unwrap();
    assert_eq!(gateway.get("/v1/engines/half").expect(200)["readiness"]["state"], "incompatible");
    fs::write(site.engines().join("libhalf.so"), whole).unwrap();
    assert_eq!(gateway.get("/v1/engines/odd").expect(200)["readiness"]["state"], "ready");
    assert_eq!(gateway.get("/v1/engines/half").expect(404)["code"], "engine.unknown");
}
