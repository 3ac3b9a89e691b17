//! The engine "puppet", the default one: makes a real photo talk on the processor. It needs no weights.
//!
//! `geometry` finds the parts of the face, `speech` and `motion` make a `pose` for each frame out of the sound and the
//! seed, which `limits` holds to what the portrait shows surely, and `warp` paints it. Nothing is kept per frame, so memory does not grow with the length of the speech.

mod actor;
mod curve;
mod emotion;
mod geometry;
mod limits;
mod motion;
mod params;
mod portrait;
mod pose;
mod random;
mod speech;
mod subject;
mod warp;
mod weights;

use avatar_media::faces::SeetaFace;
pub use engine_api::Emotion;
use engine_api::{
    Descriptor, DeviceKind, Engine, EngineError, FrameRate, Host, Input, Licence, Progress, Readiness, RenderJob,
    SPEECH_RATE, Setup, VideoFormat, export_engine,
};

use serde::Deserialize;

use actor::Actor;
use limits::Limits;
pub use params::{Crop, Params};
use speech::Speech;
use subject::Finder;
use warp::Warp;

/// What an operator may write into `[engines.puppet]`, besides what the gateway reads: nothing.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {}

/// The engine "puppet".
pub struct Puppet {
    finder: Finder<SeetaFace>,
}

impl Engine for Puppet {
    type Params = Params;
    const STREAMS: bool = true;

    fn describe() -> Descriptor {
        Descriptor {
            id: "puppet".into(),
            name: "Puppet".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            summary: "Animates the face in a portrait to speech, on the processor and without a network.".into(),
            inputs: vec![vec![Input::Portrait, Input::Speech]],
            weights: weights::published(),
            licence: Licence {
                weights: Some("Apache-2.0 (MediaPipe's face mesh, which is optional)".into()),
                ..Licence::permissive("(MIT OR Apache-2.0) AND BSD-2-Clause")
            },
            devices: vec![DeviceKind::Cpu],
        }
    }

    fn check(setup: &Setup) -> Readiness {
        match setup.options::<Options>() {
            Ok(Options {}) => match Readiness::of_device(setup) {
                Readiness::Ready { .. } => Readiness::Ready { note: Some(weights::note(setup)) },
                refused => refused,
            },
            Err(error) => Readiness::Failed {
                reason: error.to_string(),
                remedy: "take it out of [engines.puppet]: this engine has parameters, and no options".into(),
            },
        }
    }

    fn load(setup: &Setup, _progress: &mut dyn Progress) -> Result<Self, EngineError> {
        let Options {} = setup.options()?;
        Ok(Self { finder: Finder { detector: SeetaFace::new(), mesh: weights::mesh(setup)? } })
    }

    fn render(&mut self, job: &RenderJob<Params>, host: &mut dyn Host) -> Result<(), EngineError> {
        let params = &job.params;
        let Some(portrait) = &job.portrait else { return Err(missing("portrait")) };
        let Some(speech) = &job.speech else { return Err(missing("speech")) };

        host.computes_on(&self.finder.computation());
        host.progress("find the face", 0, 1);
        let picture = avatar_media::portrait::read(portrait).map_err(EngineError::input)?;
        let geometry = self.finder.find(&picture, job.face).ok_or_else(|| {
            EngineError::input(
                "no face was found in the portrait; send a picture of one person who looks at the camera",
            )
        })?;
        let limits = Limits::of(&geometry);
        limits.tell(&geometry, params, host);
        let (picture, geometry) = portrait::framed(picture, geometry, params)?;
        let mut warp = Warp::new(&picture, &geometry);
        host.progress("find the face", 1, 1);
        host.canceled()?;

        let mut speech = match speech {
            engine_api::Speech::File(file) => Speech::read(file, host)?,
            engine_api::Speech::Stream => Speech::hear(),
        };
        play(&mut speech, &mut warp, picture.dimensions(), (params, limits), host)
    }
}

export_engine!(Puppet);

/// Plays the portrait to speech, frame by frame.
///
/// Speech that is still spoken has no known end: the face does not come to rest before it, as it does in a file.
fn play(
    speech: &mut Speech,
    warp: &mut Warp,
    (width, height): (u32, u32),
    (params, limits): (&Params, Limits),
    host: &mut dyn Host,
) -> Result<(), EngineError> {
    let time = |index: u64| index as f64 / f64::from(params.fps);
    let known = |speech: &Speech| speech.samples().map(|samples| frames(samples, params.fps)).transpose();
    let expected = known(speech)?;
    let mut actor = Actor::new(params, limits, expected.map_or(f32::INFINITY, |frames| time(frames - 1) as f32));
    for index in 0.. {
        let said = speech.at(time(index), host)?;
        if known(speech)?.is_some_and(|frames| index >= frames) {
            break;
        }
        if index == 0 {
            host.begin(VideoFormat { width, height, rate: FrameRate::new(params.fps, 1), frames: expected })?;
        }
        host.frame(warp.paint(&actor.pose(time(index) as f32, &said)))?;
    }
    Ok(())
}

/// What is said where the job does not bring what it must.
fn missing(what: &str) -> EngineError {
    EngineError::input(format!("this engine needs a {what}; send one with the job"))
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
