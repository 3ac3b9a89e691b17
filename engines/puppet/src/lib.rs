//! The default engine: a real photo that talks, on the plugin's side of the boundary. CPU only, no weights.
//!
//! `geometry` finds the parts of the face, `speech` and `motion` make a `pose` for each frame out of the sound and the
//! seed, and `stage` paints it. Nothing is kept per frame, so memory does not grow with the length of the speech.

mod chance;
mod curve;
mod emotion;
mod geometry;
mod motion;
mod portrait;
mod pose;
mod speech;
mod stage;

use std::path::Path;

use avatar_media::faces::{FaceDetector, SeetaFace};
use avatar_media::speech::SPEECH_RATE;
pub use engine_api::Emotion;
use engine_api::{
    Descriptor, DeviceKind, Engine, EngineError, FrameRate, Host, Input, JsonSchema, Licence, Progress, Readiness,
    RenderJob, Setup, VideoFormat, export_engine,
};
use serde::Deserialize;

use curve::rise;
use geometry::Geometry;
use motion::Motion;
pub use portrait::Crop;
use pose::Pose;
use speech::Speech;
use stage::Stage;

/// The engine "puppet".
pub struct Puppet {
    detector: SeetaFace,
}

/// What a client may say.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Params {
    /// Chooses among all possible motions of head and lids; the same seed gives the same video.
    pub seed: u32,
    /// How far the mouth opens: 0 not at all, 1 as in calm speech, 2 as in a shout.
    #[schemars(range(min = 0.0, max = 2.0))]
    pub mouth_gain: f32,
    /// What the face shows while it speaks.
    pub emotion: Emotion,
    /// How strong the emotion is and how far the brows rise when the voice stresses a word: 0 not at all.
    #[schemars(range(min = 0.0, max = 2.0))]
    pub expressiveness: f32,
    /// How far the head moves: 0 not at all, 1 as in calm speech.
    #[schemars(range(min = 0.0, max = 2.0))]
    pub head_motion: f32,
    /// Blinks per minute, on average.
    #[schemars(range(min = 0.0, max = 60.0))]
    pub blink_rate: f32,
    /// How much of the portrait the video shows.
    pub crop: Crop,
    /// Width of the video in pixels. With a height as well, the portrait is cut around the head to that aspect; alone,
    /// the height follows from the portrait's aspect. Smaller pictures are enlarged.
    #[schemars(range(min = 64, max = 2048), extend("multipleOf" = 2))]
    pub width: Option<u32>,
    /// Height of the video in pixels, as with the width.
    #[schemars(range(min = 64, max = 2048), extend("multipleOf" = 2))]
    pub height: Option<u32>,
    /// Longer side of the video in pixels, unless a width or a height is given. A smaller portrait is not enlarged to
    /// it.
    #[schemars(range(min = 128, max = 2048))]
    pub max_size: u32,
    /// Frames per second.
    #[schemars(range(min = 10, max = 60))]
    pub fps: u32,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            seed: 0,
            mouth_gain: 1.0,
            emotion: Emotion::Neutral,
            expressiveness: 1.0,
            head_motion: 1.0,
            blink_rate: 15.0,
            crop: Crop::None,
            width: None,
            height: None,
            max_size: 1024,
            fps: 25,
        }
    }
}

impl Engine for Puppet {
    type Params = Params;

    fn describe() -> Descriptor {
        Descriptor {
            id: "puppet".into(),
            name: "Puppet".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            summary: "Animates the face in a portrait to speech, on the processor and without a network.".into(),
            inputs: vec![vec![Input::Portrait, Input::Speech]],
            weights: vec![],
            licence: Licence::permissive("(MIT OR Apache-2.0) AND BSD-2-Clause"),
            devices: vec![DeviceKind::Cpu],
        }
    }

    fn check(_setup: &Setup) -> Readiness {
        Readiness::Ready
    }

    fn load(_setup: &Setup, _progress: &mut dyn Progress) -> Result<Self, EngineError> {
        Ok(Self { detector: SeetaFace::new() })
    }

    fn render(&mut self, job: &RenderJob<Params>, host: &mut dyn Host) -> Result<(), EngineError> {
        let params = &job.params;
        let portrait = file(job.portrait.as_deref(), "portrait")?;
        let speech = file(job.speech.as_deref(), "speech")?;

        host.progress("find the face", 0, 1);
        let picture = portrait::read(portrait)?;
        let face = self.detector.detect(&picture).into_iter().next().ok_or_else(|| {
            EngineError::input(
                "no face was found in the portrait; send a picture of one person who looks at the camera",
            )
        })?;
        let geometry = Geometry::measure(&picture, &face);
        let (picture, geometry) = portrait::framed(picture, geometry, params)?;
        let mut stage = Stage::new(&picture, &geometry);
        host.progress("find the face", 1, 1);
        host.canceled()?;

        let mut speech = Speech::open(speech, |done, total| {
            host.progress("analyse speech", done, total);
            host.canceled()
        })?;
        let frames = frames(speech.samples(), params.fps)?;
        let last = (frames - 1) as f64 / f64::from(params.fps);
        let mut motion = Motion::new(params.seed.into(), params.head_motion, params.blink_rate, last as f32);

        let look = emotion::mien(params.emotion);
        let rate = FrameRate::new(params.fps, 1);
        host.begin(VideoFormat { width: picture.width(), height: picture.height(), rate, frames: Some(frames) })?;
        for index in 0..frames {
            let time = index as f64 / f64::from(params.fps);
            let expression = speech.at(time)?;
            let mut mouth = expression.mouth;
            // The first and the last frame show the portrait as it is.
            let awake = rise(0.0, AWAKE, time as f32) * rise(0.0, AWAKE, (last - time) as f32);
            mouth.open = (params.mouth_gain * mouth.open * awake).min(WIDEST);
            mouth.spread *= params.mouth_gain.min(1.0) * awake;
            let moved = rise(0.0, MOVED, time as f32) * rise(0.0, MOVED, (last - time) as f32);
            let strength = params.expressiveness * moved;
            let pose = Pose {
                head: motion.head(time as f32, expression.lively),
                mouth,
                blink: motion.lids(time as f32),
                mien: look.scaled(strength).lifted(ACCENT * strength * expression.accent),
            };
            host.frame(stage.paint(&pose))?;
        }
        Ok(())
    }
}

export_engine!(Puppet);

/// Seconds that the mouth takes out of its rest at the beginning and back into it at the end.
const AWAKE: f32 = 0.12;
/// Seconds that an emotion takes to come and to go.
const MOVED: f32 = 0.6;
/// How far the brows rise on a stressed word, in units of the face.
const ACCENT: f32 = 0.04;
/// The widest a mouth opens, whatever the gain.
const WIDEST: f32 = 1.5;

/// A file that the job must bring.
fn file<'a>(path: Option<&'a Path>, what: &str) -> Result<&'a Path, EngineError> {
    path.ok_or_else(|| EngineError::input(format!("this engine needs a {what}; send one with the job")))
}

/// Frames of a video that is as long as the speech, to within half a frame.
fn frames(samples: u64, fps: u32) -> Result<u64, EngineError> {
    let (fps, rate) = (u64::from(fps), u64::from(SPEECH_RATE));
    match (samples * fps + rate / 2) / rate {
        0 => Err(EngineError::input(format!(
            "the speech lasts only {samples} samples, less than one frame; send a recording of at least a second"
        ))),
        frames => Ok(frames),
    }
}
