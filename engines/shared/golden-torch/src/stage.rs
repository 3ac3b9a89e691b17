//! Whole engines in tests: loaded from a folder, with files for jobs.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use avatar_samples::speech::{BabbleSpec, babble, write_canonical};
use engine_api::testing::RecordingHost;
use engine_api::{Engine, EngineError, Host, Progress, RenderJob, Setup, Speech, VideoFormat};
use image::RgbImage;
use serde_json::Value;
use tempfile::TempDir;

/// Samples of speech in a second.
const RATE: f64 = 16_000.0;

/// The table of an engine in a configuration: computing on the processor, with options of its own.
///
/// # Panics
/// The options are no table.
#[must_use]
pub fn setup(weights: &Path, options: Value) -> Setup {
    let Value::Object(options) = options else { panic!("{options} is no table") };
    Setup { weights: Some(weights.to_owned()), device: "cpu".into(), options, ..Setup::default() }
}

/// An engine that has loaded a folder of weights.
///
/// # Errors
/// It could not.
pub fn load<E: Engine>(weights: &Path, options: Value) -> Result<E, EngineError> {
    E::load(&setup(weights, options), &mut RecordingHost::new())
}

/// An engine with files to work on.
pub struct Stage<E: Engine> {
    engine: E,
    files: TempDir,
    portrait: PathBuf,
    /// Kept as long as the engine, which may read from it.
    _weights: Arc<TempDir>,
}

impl<E: Engine> Stage<E> {
    /// A stage that shows a portrait, of an engine that was loaded from a folder of weights.
    ///
    /// # Panics
    /// No file can be written.
    #[must_use]
    pub fn new(engine: E, weights: Arc<TempDir>, portrait: &RgbImage) -> Self {
        let files = tempfile::tempdir().expect("a folder");
        let stage = Self { engine, portrait: files.path().join("portrait.png"), files, _weights: weights };
        stage.show(portrait);
        stage
    }

    /// Shows another portrait.
    ///
    /// # Panics
    /// It cannot be written.
    pub fn show(&self, portrait: &RgbImage) {
        portrait.save(&self.portrait).expect("a portrait can be written");
    }

    /// Renders a job of so many seconds of speech.
    ///
    /// # Errors
    /// As the engine tells.
    ///
    /// # Panics
    /// The speech cannot be written, or these are no parameters of the engine.
    pub fn render(&mut self, seconds: f64, params: Value, host: &mut dyn Host) -> Result<(), EngineError> {
        let speech = self.files.path().join("speech.wav");
        let samples = babble(&BabbleSpec { seconds: seconds.max(0.5), ..BabbleSpec::default() }).samples;
        let length = (seconds * RATE).round() as usize;
        write_canonical(&speech, &samples[..length.min(samples.len())]).expect("speech can be written");
        let job = RenderJob {
            id: "job".into(),
            portrait: Some(self.portrait.clone()),
            face: None,
            speech: Some(Speech::File(speech)),
            source_video: None,
            work_dir: self.files.path().to_owned(),
            params: serde_json::from_value(params).expect("parameters"),
        };
        self.engine.render(&job, host)
    }

    /// The frames of a job.
    ///
    /// # Panics
    /// It fails, or gives other frames than it announced.
    pub fn frames(&mut self, seconds: f64, params: Value) -> Vec<Vec<u8>> {
        let mut host = RecordingHost::new();
        self.render(seconds, params, &mut host).expect("the job is rendered");
        host.finish().expect("as many frames as were announced");
        host.frames
    }

    /// Why a job is refused.
    ///
    /// # Panics
    /// It is not.
    pub fn refused(&mut self, seconds: f64, params: Value) -> EngineError {
        self.render(seconds, params, &mut RecordingHost::new()).expect_err("the job is refused")
    }
}

/// A host that cancels the job as soon as a stage of it has done something.
pub struct CanceledDuring {
    stage: &'static str,
    /// How much of the stage was done.
    pub done: u64,
}

impl CanceledDuring {
    /// One that does so in this stage.
    #[must_use]
    pub fn new(stage: &'static str) -> Self {
        Self { stage, done: 0 }
    }
}

impl Progress for CanceledDuring {
    fn progress(&mut self, stage: &str, done: u64, _total: u64) {
        if stage == self.stage {
            self.done = done;
        }
    }
}

impl Host for CanceledDuring {
    fn begin(&mut self, _format: VideoFormat) -> Result<(), EngineError> {
        self.canceled()
    }

    fn frame(&mut self, _rgb: &[u8]) -> Result<(), EngineError> {
        self.canceled()
    }

    fn deliver(&mut self, _video: &Path) -> Result<(), EngineError> {
        self.canceled()
    }

    fn canceled(&self) -> Result<(), EngineError> {
        if self.done > 0 { Err(EngineError::canceled()) } else { Ok(()) }
    }
}
