//! What an engine's schema allows, its own reader takes: sent at its bounds through the API, the database and a real host to
//! each engine; and numbers stay what they are on that way. The engines that need weights have their tests of this beside
//! their others.

mod allowed;

use std::time::Duration;

use avatar_tests::{Gateway, Part, Site, portrait, speech};
use proptest::prelude::Strategy;
use proptest::sample::select;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use serde_json::{Map, Value, json};

use crate::MOMENT;
use allowed::Schema;

/// Patience with networks, which stop between two of their steps.
const LONG: Duration = Duration::from_secs(600);
/// So often, values of all parameters are thrown together.
const MIXTURES: u32 = 12;

/// An engine that is sent what its schema allows.
pub(crate) struct Trial<'a> {
    /// Who has it.
    pub(crate) gateway: &'a Gateway,
    /// A job for it without parameters.
    pub(crate) job: Value,
    /// What no schema can say, and the engine refuses by these words: parameters that do not go together, or are too much
    /// for this machine.
    pub(crate) together: &'a [&'a str],
}

impl Trial<'_> {
    /// Sends each value once, beside others, and then many of them by chance; but of these parameters none.
    #[track_caller]
    pub(crate) fn run(&self, without: &[&str]) {
        let engine = self.job["engine"].as_str().unwrap();
        let schema = self.gateway.get(&format!("/v1/engines/{engine}/schema")).expect(200);
        let mut parameters = Schema::new(&schema).parameters();
        parameters.retain(|(name, _)| !without.contains(&name.as_str()));
        let rounds = parameters.iter().map(|(_, values)| values.len()).max().unwrap_or(0);
        assert!(rounds > 1, "{schema}");
        let told = |error: TestCaseError| panic!("{engine}: {error}");
        for round in 0..rounds {
            let params = parameters.iter().map(|(name, values)| (name.clone(), values[round % values.len()].clone()));
            self.read(params.collect()).unwrap_or_else(told);
        }
        let some = parameters.into_iter().map(|(name, values)| {
            let value = proptest::option::of(select(values));
            value.prop_map(move |value| value.map(|value| (name.clone(), value)))
        });
        let config = Config { cases: MIXTURES, max_shrink_iters: 40, failure_persistence: None, ..Config::default() };
        let chance = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
        let ran = TestRunner::new_with_rng(config, chance)
            .run(&some.collect::<Vec<_>>(), |params| self.read(params.into_iter().flatten().collect()));
        ran.unwrap_or_else(|error| panic!("{engine}: {error}"));
    }

    /// Has a host read the parameters, and ends the job once it has.
    fn read(&self, params: Map<String, Value>) -> Result<(), TestCaseError> {
        let mut job = self.job.clone();
        job["params"] = Value::Object(params.clone());
        let answer = self.gateway.post("/v1/jobs", &job);
        if answer.status != 202 {
            return Err(TestCaseError::fail(format!("{} is refused: {answer:?}", told(&params))));
        }
        let id = answer.json()["id"].as_str().unwrap().to_owned();
        self.gateway.wait_for(&id, "the engine has read its parameters", LONG, |job| {
            let progress = &job["progress"];
            let renders = ["preparing", "rendering", "finishing"].iter().any(|phase| progress["phase"] == *phase);
            !job["finished_at"].is_null() || (renders && progress["stage"] != progress["phase"])
        });
        self.gateway.post(&format!("/v1/jobs/{id}/cancel"), &json!({}));
        let job = self.gateway.finished(&id, LONG);
        let (state, error) = (&job["state"], &job["error"]);
        let words = error["message"].as_str().unwrap_or_default();
        let is_refusal = ["engine.input", "engine.out_of_memory"].iter().any(|code| error["code"] == *code);
        let explained = is_refusal && self.together.iter().any(|known| words.contains(known));
        match state == "canceled" || state == "succeeded" || explained {
            true => Ok(()),
            false => Err(TestCaseError::fail(format!("{}: {state}, {error}", told(&params)))),
        }
    }
}

/// As much of parameters as can be read.
fn told(params: &Map<String, Value>) -> String {
    let values = params.iter().map(|(name, value)| format!("{name}: {:.60}", value.to_string()));
    values.collect::<Vec<_>>().join(", ")
}

/// A gateway with some engines, and a job for each of a portrait that speaks for a moment.
fn talking(engines: &[&str], config: &str) -> (Site, Gateway, Value) {
    let site = Site::new(engines, config);
    let gateway = site.start();
    let photo = gateway.uploaded("photos", &portrait(&site.scratch()));
    let audio = gateway.uploaded("audio", &speech(&site.scratch(), 0.3));
    (site, gateway, json!({"photo_id": photo, "audio_id": audio}))
}

#[test]
fn the_test_card_and_the_puppet_read_what_their_schemas_allow() {
    let (_site, gateway, mut job) = talking(&["testcard", "puppet"], "");
    // A fault on request would be one, and its count needs an option.
    for (engine, without) in [("testcard", &["fault", "fault_times"][..]), ("puppet", &[])] {
        job["engine"] = json!(engine);
        Trial { gateway: &gateway, job: job.clone(), together: &[] }.run(without);
    }
}

#[test]
fn a_whole_number_reaches_the_engine_as_such_however_it_was_written() {
    let (_site, gateway, mut job) = talking(&["puppet"], "");
    job["engine"] = json!("puppet");
    job["params"] = json!({"width": 128.0, "fps": 2.5e1, "seed": 1e19, "mouth_gain": 1.0});
    let job = gateway.finished(&gateway.submit(&job), MOMENT);
    assert_eq!(job["state"], "succeeded", "{job}");
    let params = &job["params"];
    assert_eq!((&params["width"], &params["fps"]), (&json!(128), &json!(25)), "{params}");
    assert_eq!((&params["seed"], &params["mouth_gain"]), (&json!(10_000_000_000_000_000_000_u64), &json!(1.0)));
    assert_eq!(job["video"]["width"], 128, "{job}");
}

#[test]
fn a_seed_keeps_all_its_digits_from_the_request_to_the_record() {
    let (site, gateway, mut job) = talking(&["puppet"], "[facades.echomimic]\nengine = \"puppet\"\n");
    let schema = gateway.get("/v1/engines/puppet/schema").expect(200);
    assert_eq!(schema["properties"]["seed"]["maximum"], json!(u64::MAX), "{schema}");
    job["engine"] = json!("puppet");
    job["params"] = json!({"width": 64, "seed": u64::MAX});
    let id = gateway.submit(&job);
    let ended = gateway.finished(&id, MOMENT);
    assert_eq!(ended["state"], "succeeded", "{ended}");
    let seed = json!(u64::MAX);
    assert_eq!((&ended["params"]["seed"], &ended["record"]["seed"]), (&seed, &seed), "{ended}");
    assert_eq!(gateway.get("/v1/jobs").expect(200)["jobs"][0]["params"]["seed"], seed);

    let field = |name: &'static str| Part::text(name, job[name].as_str().unwrap());
    let form = |params: &str| {
        let parts = [field("photo_id"), field("audio_id"), field("engine"), Part::text("params", params)];
        gateway.post_form("/v1/jobs", &parts)
    };
    let sent = form(r#"{"width": 64, "seed": 18446744073709551614}"#).expect(202);
    assert_eq!(sent["params"]["seed"], json!(u64::MAX - 1));
    for beyond in ["18446744073709551616", "1e20", "-1"] {
        let refused = form(&format!(r#"{{"seed": {beyond}}}"#)).expect(422);
        let told = refused["errors"][0]["message"].as_str().unwrap();
        assert!(told.contains("a whole number from 0 to 18446744073709551615, and was "), "{refused}");
        assert_eq!(refused["errors"][0]["code"], "param.out_of_range", "{refused}");
    }

    // A facade takes any number, and the nearest there is becomes of it.
    let [image, sound] =
        [portrait(&site.scratch()), speech(&site.scratch(), 0.3)].map(|path| std::fs::read(path).unwrap());
    for (seed, taken, words) in [
        ("18446744073709551615", json!(u64::MAX), ""),
        ("18446744073709551617", json!(u64::MAX), "for `seed`: it became 18446744073709551615"),
        (&"9".repeat(60), json!(u64::MAX), "for `seed`: it became 18446744073709551615"),
        ("-99999999999999999999", json!(0), ""),
    ] {
        let parts = [
            Part::file("reference_image", "me.png", image.clone()),
            Part::file("audio_file", "hello.wav", sound.clone()),
            Part::text("width", "64"),
            Part::text("height", "64"),
            Part::text("seed", seed),
        ];
        let started = gateway.post_form("/generate_video", &parts).expect(200);
        let job = gateway.finished(started["task_id"].as_str().unwrap(), MOMENT);
        assert_eq!((&job["state"], &job["params"]["seed"]), (&json!("succeeded"), &taken), "{seed}: {job}");
        assert!(job["warnings"].to_string().contains(words), "{seed}: {job}");
    }
}

#[test]
fn what_is_no_multiple_is_told_with_the_nearest_that_are() {
    let (_site, gateway, mut job) = talking(&["puppet"], "");
    job["engine"] = json!("puppet");
    job["params"] = json!({"width": 641, "height": 2049});
    let refused = gateway.post("/v1/jobs", &job).expect(422);
    let told = |name: &str| {
        let mut faults = refused["errors"].as_array().unwrap().iter();
        let fault = faults.find(|fault| fault["field"] == format!("params.{name}")).unwrap();
        (fault["message"].as_str().unwrap().to_owned(), fault["remedy"].as_str().unwrap().to_owned())
    };
    assert_eq!(told("width"), ("`width` must be a multiple of 2, and was 641".into(), "give 640 or 642".into()));
    assert!(told("height").0.starts_with("`height` must be a multiple of 2 from 64 to 2048, or null"), "{refused}");
}
