//! The smallest whole engine, on the plugin's side of the boundary: copy this folder to start one of your own.
//!
//! It draws a test card as long as the speech: colour bars, a meter of the speech's loudness, a sweeping line and
//! the number of the frame. What is not part of a normal engine stands in `fault.rs`, faults of single jobs on request, and in
//! `flaw.rs`, flaws of the engine itself.

mod fault;
mod flaw;
mod picture;
#[cfg(test)]
mod tests;
mod voice;

use std::path::PathBuf;
use std::time::Duration;

use engine_api::{
    Computation, Descriptor, DeviceKind, Engine, EngineError, FrameRate, Host, Input, JsonSchema, Licence, Progress,
    Readiness, RenderJob, Setup, VideoFormat, export_engine,
};
use serde::Deserialize;

use crate::fault::{Fault, Order, Trap};
use crate::flaw::{Flaw, Flawed};
use crate::voice::Voice;

/// Length of a video without speech, in seconds.
const SILENT_SECONDS: f64 = 2.0;

/// A loaded engine: what [`Engine::load`] made, kept from job to job. Networks would stand here.
pub struct Testcard {
    options: Options,
    flawed: Flawed,
}

/// What an operator may write into `[engines.testcard]`, besides `weights`, `device` and what the gateway reads.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// An existing folder in which `fault_times` is counted, because processes forget, and the fault `hold` finds its end.
    memory_dir: Option<PathBuf>,
    /// What goes wrong in every job whose parameters name no `fault`: clients of other services cannot send one.
    fault: Option<Fault>,
    /// What is wrong with the engine itself.
    flaw: Option<Flaw>,
}

/// What a client may say. These comments, ranges and defaults are the published schema.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Params {
    /// Width of the video in pixels; even.
    #[schemars(range(min = 64, max = 1920), extend("multipleOf" = 2))]
    width: u32,
    /// Height of the video in pixels; even.
    #[schemars(range(min = 64, max = 1920), extend("multipleOf" = 2))]
    height: u32,
    /// Frames per second.
    #[schemars(range(min = 1, max = 60))]
    fps: u32,
    /// Length of the video in seconds; by default that of the speech, or 2 without speech.
    #[schemars(range(min = 0.1, max = 3600))]
    duration: Option<f64>,
    /// What should go wrong.
    fault: Option<Fault>,
    /// Number of the frame, from 0, before which the fault strikes.
    at_frame: u64,
    /// Number of the frame, from 0, from which on the engine warns before each one; by default it never does.
    warn_from: Option<u64>,
    /// How often the fault strikes over all attempts of a job; by default always. Needs the option `memory_dir`.
    fault_times: Option<u32>,
    /// Milliseconds that a frame takes with the fault `slow`.
    #[schemars(range(max = 60000))]
    frame_ms: u64,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            width: 320,
            height: 240,
            fps: 25,
            duration: None,
            fault: None,
            at_frame: 5,
            warn_from: None,
            fault_times: None,
            frame_ms: 200,
        }
    }
}

impl Engine for Testcard {
    type Params = Params;
    const STREAMS: bool = true; // leave this line out, and take the speech's file from `job.speech_file()`, if it is all you need

    fn describe() -> Descriptor {
        Descriptor {
            id: "testcard".into(),
            name: "Test card".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            summary: "Draws a numbered test card as long as the speech, and fails on request.".into(),
            inputs: vec![
                vec![Input::Portrait, Input::Speech],
                vec![Input::Speech],
                vec![Input::Portrait],
                vec![Input::SourceVideo, Input::Speech],
            ],
            weights: vec![],
            licence: Licence::permissive(env!("CARGO_PKG_LICENSE")),
            devices: vec![DeviceKind::Cpu],
        }
    }

    fn check(setup: &Setup) -> Readiness {
        match Options::read(setup) {
            Ok(options) => {
                options.flaw.into_iter().for_each(Flaw::in_check);
                if options.flaw == Some(Flaw::AnyDevice) { Readiness::READY } else { Readiness::of_device(setup) }
            }
            Err(error) => Readiness::Failed {
                reason: error.to_string(),
                remedy: "correct [engines.testcard] in the configuration".into(),
            },
        }
    }

    fn load(setup: &Setup, progress: &mut dyn Progress) -> Result<Self, EngineError> {
        let options = Options::read(setup)?;
        if let Some(flaw) = options.flaw {
            flaw.in_load(progress)?;
        }
        progress.progress("load", 1, 1); // an engine with weights says so after each file
        let flawed = Flawed::new(options.flaw);
        Ok(Self { options, flawed })
    }

    fn render(&mut self, job: &RenderJob<Params>, host: &mut dyn Host) -> Result<(), EngineError> {
        let params = &job.params;
        let mut trap = Trap::set(self.order(job))?;
        self.flawed.begin(job, params.fps, host)?;
        host.computes_on(&Computation::new("cpu", &[], "fp32")); // an engine with networks also names what runs them

        host.progress("read speech", 0, 0);
        let mut speech = self.flawed.read(job.speech.as_ref().map(Voice::open).transpose())?;
        let seconds = params.duration.or_else(|| speech.as_ref().map_or(Some(SILENT_SECONDS), Voice::seconds));
        // Of speech that is still spoken nobody knows how many there will be.
        let frames = seconds.map(|seconds| (seconds * f64::from(params.fps)).ceil().max(1.0) as u64);
        let frames = frames.map(|frames| self.flawed.frames(frames));

        let format = VideoFormat {
            width: params.width,
            height: self.flawed.height(params.height),
            rate: FrameRate::new(params.fps, 1),
            frames: frames.and_then(|frames| self.flawed.announced(frames)),
        };
        host.begin(format)?;
        let mut picture = vec![0; format.frame_bytes()];
        for frame in 0..trap.shortened(frames.unwrap_or(u64::MAX)) {
            trap.spring(frame, host)?;
            let loudness = speech.as_mut().map(|speech| speech.loudness(params.fps, host)).transpose()?.flatten();
            if loudness.is_none() && frames.is_none() && frame > 0 {
                break; // the speaker has ended
            }
            let (shown, loudness) = self.flawed.shown(frame, loudness.unwrap_or(0.0));
            picture::draw(&mut picture, format.width as usize, shown, loudness);
            self.flawed.paint(&mut picture, frame);
            self.flawed.handed_over(host.frame(&picture))?; // fails once the job is canceled, and `?` carries that out
        }
        Ok(())
    }
}

export_engine!(Testcard);

impl Options {
    fn read(setup: &Setup) -> Result<Self, EngineError> {
        let tolerant = setup.options.get("flaw").is_some_and(|flaw| flaw == "any_option");
        match setup.options() {
            Err(_) if tolerant => Ok(Self { flaw: Some(Flaw::AnyOption), ..Self::default() }),
            read => read,
        }
    }
}

impl Testcard {
    /// The fault that a job's parameters, or else the configuration, ask for.
    fn order(&self, job: &RenderJob<Params>) -> Order {
        let Params { fault, at_frame, warn_from, fault_times, frame_ms, .. } = job.params;
        Order {
            fault: fault.or(self.options.fault),
            at_frame,
            warn_from,
            frame_time: Duration::from_millis(frame_ms),
            times: fault_times,
            memory: self.options.memory_dir.as_ref().map(|folder| folder.join(&job.id)),
            release: self.options.memory_dir.as_ref().map(|folder| folder.join("release")),
        }
    }
}
