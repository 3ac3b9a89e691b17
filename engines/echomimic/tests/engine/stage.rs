//! A folder with small networks, an engine that has loaded them, and jobs for it.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use avatar_samples::portrait::{self, PortraitSpec};
use avatar_samples::speech::{BabbleSpec, babble, write_canonical};
use engine_api::testing::RecordingHost;
use engine_api::{Engine, EngineError, Host, RenderJob, Setup};
use engine_echomimic::variant::Variant;
use engine_echomimic::{EchoMimic, params::Params};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::layout::Layout;

/// Weights that all tests read and none changes.
pub(crate) static WEIGHTS: LazyLock<TempDir> = LazyLock::new(|| weights(Variant::Acc));

/// A folder of small networks.
pub(crate) fn weights(variant: Variant) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    Layout::new(true, variant).write(folder.path()).expect("weights can be written");
    folder
}

/// The engine's table of a configuration.
pub(crate) fn setup(weights: &Path, options: Value) -> Setup {
    let Value::Object(options) = options else { panic!("a table") };
    Setup { weights: Some(weights.to_owned()), device: "cpu".into(), options, ..Setup::default() }
}

pub(crate) fn load(weights: &Path, options: Value) -> Result<EchoMimic, EngineError> {
    EchoMimic::load(&setup(weights, options), &mut RecordingHost::new())
}

/// An engine with files to work on.
pub(crate) struct Stage {
    engine: EchoMimic,
    files: TempDir,
    portrait: PathBuf,
}

impl Stage {
    pub(crate) fn new() -> Self {
        Self::with(load(WEIGHTS.path(), json!({})).expect("the engine loads"))
    }

    pub(crate) fn with(engine: EchoMimic) -> Self {
        let files = tempfile::tempdir().expect("a folder");
        let portrait = files.path().join("portrait.png");
        portrait::render(&PortraitSpec { size: (128, 128), ..PortraitSpec::default() })
            .save(&portrait)
            .expect("a portrait can be written");
        Self { engine, files, portrait }
    }

    /// Shows another picture.
    pub(crate) fn show(&mut self, picture: &image::RgbImage) {
        picture.save(&self.portrait).expect("a portrait can be written");
    }

    /// Renders a job of so many seconds of speech.
    pub(crate) fn render(
        &mut self,
        seconds: f64,
        params: Value,
        host: &mut RecordingHost<'_>,
    ) -> Result<(), EngineError> {
        self.render_for(seconds, params, host)
    }

    /// As [`Self::render`], for a host of any kind.
    pub(crate) fn render_for(&mut self, seconds: f64, params: Value, host: &mut dyn Host) -> Result<(), EngineError> {
        let speech = self.files.path().join("speech.wav");
        let samples = babble(&BabbleSpec { seconds: seconds.max(0.5), ..BabbleSpec::default() }).samples;
        let length = (seconds * 16_000.0).round() as usize;
        write_canonical(&speech, &samples[..length.min(samples.len())]).expect("speech can be written");
        let job = RenderJob {
            id: "job".into(),
            portrait: Some(self.portrait.clone()),
            speech: Some(speech),
            source_video: None,
            work_dir: self.files.path().to_owned(),
            params: serde_json::from_value::<Params>(params).expect("parameters"),
        };
        self.engine.render(&job, host)
    }

    /// The frames of a job that must succeed.
    pub(crate) fn frames(&mut self, seconds: f64, params: Value) -> Vec<Vec<u8>> {
        let mut host = RecordingHost::new();
        self.render(seconds, params, &mut host).expect("the job is rendered");
        host.finish().expect("as many frames as were announced");
        host.frames
    }
}
