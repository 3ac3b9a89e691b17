//! What an engine is given: its part of the configuration, and one job at a time.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::EngineError;

/// The engine's table of the gateway's configuration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Setup {
    /// Folder of the engine's weights; absolute. `None` where none is configured.
    pub weights: Option<PathBuf>,
    /// `"cpu"`, `"cuda:0"`, `"auto"` …: what the operator wrote, `"auto"` by default.
    pub device: String,
    /// Folder that the plugin was loaded from, for libraries that lie beside it; absolute. `None` where it is unknown.
    #[serde(default)]
    pub plugin_dir: Option<PathBuf>,
    /// The remaining keys of the table, which are the engine's own.
    #[serde(default)]
    pub options: serde_json::Map<String, serde_json::Value>,
}

impl Default for Setup {
    /// What an engine without a table in the configuration gets.
    fn default() -> Self {
        Self { weights: None, device: "auto".into(), plugin_dir: None, options: serde_json::Map::new() }
    }
}

impl Setup {
    /// Reads the engine's own options into a type of its choice.
    ///
    /// # Errors
    /// `Input` that names the option, for an unknown key (if `T` denies them) or a wrong value.
    pub fn options<T: DeserializeOwned>(&self) -> Result<T, EngineError> {
        T::deserialize(serde_json::Value::Object(self.options.clone()))
            .map_err(|error| EngineError::input(format!("the engine's configuration: {error}")))
    }
}

/// One job. Every file is local, canonical and readable; nothing in it names a client's path or a URL.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RenderJob<P> {
    /// The job's id, for log lines.
    pub id: String,
    /// Upright RGB PNG, 8 bits per channel.
    pub portrait: Option<PathBuf>,
    /// The face in the portrait that the gateway has settled on when it was uploaded. `None` where there is no portrait, or
    /// from a gateway that is older than this field: then the engine looks for itself.
    #[serde(default)]
    pub face: Option<PortraitFace>,
    /// What is said.
    pub speech: Option<Speech>,
    /// A video with a face.
    pub source_video: Option<PathBuf>,
    /// An empty folder for the engine's own files; removed after the attempt.
    pub work_dir: PathBuf,
    /// The client's parameters, with defaults in place.
    pub params: P,
}

impl<P> RenderJob<P> {
    /// The file of the speech, for an engine that needs one and takes no stream.
    ///
    /// # Errors
    /// `Input` where the job has no speech, or a stream of it.
    pub fn speech_file(&self) -> Result<&Path, EngineError> {
        match &self.speech {
            Some(Speech::File(file)) => Ok(file),
            Some(Speech::Stream) => {
                Err(EngineError::input("this engine takes speech as a file, and not while it is spoken"))
            }
            None => Err(EngineError::input("send speech with the job")),
        }
    }
}

/// The speech of a job: mono, at [`SPEECH_RATE`], ±1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Speech {
    /// It is still arriving, and nobody knows when it ends: [`Host::hear`](crate::Host::hear) gives it. Only engines get it
    /// that [say so](crate::Engine::STREAMS).
    Stream,
    /// It is all there: a WAV file of 32-bit floats. Its path is absolute, and all that an engine older than streams knows.
    #[serde(untagged)]
    File(PathBuf),
}

/// Samples of speech in a second.
pub const SPEECH_RATE: u32 = 16_000;

/// Where the face of a portrait is. Which detector has found it is the operator's choice: boxes of one reach higher up the
/// forehead than those of another, and scores have other scales.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PortraitFace {
    /// Left edge of a box around it, in pixels of the portrait.
    pub x: f32,
    /// Upper edge.
    pub y: f32,
    /// Pixels across.
    pub width: f32,
    /// Pixels down. All of the box lies in the portrait.
    pub height: f32,
    /// How sure the detector was, on its own scale.
    pub score: f32,
}

/// The frames that an engine is about to hand over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct VideoFormat {
    /// Width in pixels; even.
    pub width: u32,
    /// Height in pixels; even.
    pub height: u32,
    /// Exact frame rate.
    pub rate: FrameRate,
    /// How many frames will come, where known: clients see progress against it.
    pub frames: Option<u64>,
}

impl VideoFormat {
    /// Bytes of one RGB24 frame.
    pub fn frame_bytes(&self) -> usize {
        self.width as usize * self.height as usize * 3
    }
}

/// Frames per second as a fraction, because 29.97 is 30000/1001.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrameRate {
    /// Numerator, at least 1.
    pub num: u32,
    /// Denominator, at least 1.
    pub den: u32,
}

impl FrameRate {
    /// `num / den` frames per second.
    pub const fn new(num: u32, den: u32) -> Self {
        Self { num, den }
    }

    /// Frames per second as a float, for estimates.
    pub fn as_f64(self) -> f64 {
        f64::from(self.num) / f64::from(self.den)
    }
}
