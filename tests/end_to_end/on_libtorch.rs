//! A gateway with an engine on libtorch whose networks are small, a portrait and short speech.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use avatar_tests::{Gateway, Site, Video, libtorch, portrait, small_weights, speech};
use serde_json::{Value, json};

/// Patience for a job.
pub(crate) const LONG: Duration = Duration::from_secs(600);

/// The gateway, whose facade of the engine's name has an address of its own.
pub(crate) struct Stage {
    pub(crate) gateway: Gateway,
    pub(crate) portrait: PathBuf,
    pub(crate) speech: PathBuf,
    pub(crate) site: Site,
    engine: &'static str,
}

impl Stage {
    /// With so many seconds of speech, after something was done to the folder of the weights; what that gives are further
    /// lines for the engine's table. None where there is no libtorch.
    pub(crate) fn new(engine: &'static str, seconds: f64, prepare: impl FnOnce(&Path) -> String) -> Option<Self> {
        libtorch()?;
        let facade = format!("[facades.{engine}]\nengine = \"{engine}\"\nlisten = \"127.0.0.1:0\"\n");
        let site = Site::new(&[engine], &facade);
        add_table(&site, engine, prepare);
        let (portrait, speech) = (portrait(&site.scratch()), speech(&site.scratch(), seconds));
        Some(Self { gateway: site.start(), portrait, speech, site, engine })
    }

    /// The job of the portrait, once it is over.
    pub(crate) fn run(&self, params: &Value) -> Value {
        self.gateway.finished(&self.gateway.submit(&self.job(params)), LONG)
    }

    /// What is to be submitted for a job of the portrait.
    pub(crate) fn job(&self, params: &Value) -> Value {
        let photo = self.gateway.uploaded("photos", &self.portrait);
        let audio = self.gateway.uploaded("audio", &self.speech);
        json!({"engine": self.engine, "photo_id": photo, "audio_id": audio, "params": params})
    }

    /// The video of a job that must have succeeded.
    #[track_caller]
    pub(crate) fn video(&self, job: &Value) -> Video {
        assert_eq!(job["state"], "succeeded", "{job}");
        let answer = self.gateway.get(&format!("/v1/jobs/{}/video", job["id"].as_str().unwrap()));
        let path = self.site.scratch().join("video.mp4");
        fs::write(&path, answer.body).unwrap();
        Video::read(path)
    }

    /// Why a job fails whose weights are not the engine's.
    #[track_caller]
    pub(crate) fn refusal(&self, params: &Value) -> String {
        let job = self.run(params);
        assert_eq!((&job["state"], &job["error"]["code"]), (&json!("failed"), &json!("engine.weights")), "{job}");
        job["error"]["message"].as_str().unwrap().to_owned()
    }
}

/// Writes weights for an engine and its table, with the lines that `prepare` gives.
pub(crate) fn add_table(site: &Site, engine: &str, prepare: impl FnOnce(&Path) -> String) {
    let weights = small_weights(engine, &site.scratch());
    let lines = prepare(&weights);
    let weights = json!(weights);
    let table = format!("[engines.{engine}]\nweights = {weights}\ndevice = \"cpu\"\nstall_seconds = 300\n{lines}");
    site.add_config(&table);
}
