//! Jobs of several engines in one queue: none waits for the many of another, not even where engines take turns.

use avatar_tests::{Gateway, Site, portrait, speech};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::MOMENT;

/// Two engines, and what their jobs are made from.
struct Stage {
    site: Site,
    gateway: Gateway,
    photo: String,
    audio: String,
}

impl Stage {
    fn new(config: &str) -> Self {
        let site = Site::holding(config);
        site.add_odd_plugin("plugin_good");
        let gateway = site.start();
        let photo = gateway.uploaded("photos", &portrait(&site.scratch()));
        let audio = gateway.uploaded("audio", &speech(&site.scratch(), 1.0));
        Self { site, gateway, photo, audio }
    }

    /// Jobs of the one engine that wait to be released.
    fn many(&self, count: usize) -> Vec<String> {
        let submit = |_| self.gateway.submit_testcard(&self.audio, json!({"fault": "hold"}));
        let ids: Vec<String> = (0..count).map(submit).collect();
        self.gateway.rendering(&ids[0], MOMENT);
        ids
    }

    /// Jobs of the other.
    fn few(&self, count: usize) -> Vec<String> {
        let job = json!({"engine": "good", "photo_id": self.photo, "audio_id": self.audio, "params": {"frames": 25}});
        (0..count).map(|_| self.gateway.submit(&job)).collect()
    }

    /// The jobs, once they have all succeeded, in the order in which they were begun.
    fn succeeded(&self, ids: &[String]) -> Vec<Run> {
        let mut runs: Vec<Run> = ids.iter().map(|id| Run::of(&self.gateway.finished(id, MOMENT))).collect();
        runs.sort_by_key(|run| run.started);
        runs
    }
}

struct Run {
    engine: String,
    started: Timestamp,
    finished: Timestamp,
}

impl Run {
    fn of(job: &Value) -> Self {
        assert_eq!(job["state"], "succeeded", "{job}");
        let text = |name: &str| job[name].as_str().unwrap();
        let moment = |name: &str| text(name).parse().unwrap();
        Self { engine: text("engine").into(), started: moment("started_at"), finished: moment("finished_at") }
    }
}

#[test]
fn few_jobs_of_one_engine_do_not_wait_for_many_of_another() {
    let stage = Stage::new("[engines]\ninstances = 1\n");
    let (many, few) = (stage.many(6), stage.few(2));
    stage.succeeded(&few);
    let states: Vec<Value> = many.iter().map(|id| stage.gateway.job(id)["state"].clone()).collect();
    assert_eq!(states, ["running", "queued", "queued", "queued", "queued", "queued"]);
    stage.site.release();
    stage.succeeded(&many);
}

#[test]
fn engines_that_take_turns_have_one_process_and_neither_starves() {
    let stage = Stage::new("[engines]\ninstances = 2\ntakes_turns_on = \"card\"\n");
    let (many, few) = (stage.many(4), stage.few(2));
    assert_eq!(stage.site.hosts().len(), 1);
    stage.site.release();
    let runs = stage.succeeded(&[many, few].concat());
    let engines: Vec<&str> = runs.iter().map(|run| run.engine.as_str()).collect();
    assert_eq!(engines, ["testcard", "good", "testcard", "good", "testcard", "testcard"]);
    assert!(runs.windows(2).all(|pair| pair[0].finished <= pair[1].started), "two ran at once");
    assert_eq!(stage.site.hosts().len(), 1, "what is idle makes room");
}
