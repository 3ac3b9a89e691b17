//! An engine that keeps its contract: it plays frames, and passes on whatever it is told in either direction. Its terms
//! forbid commercial use.

use std::path::PathBuf;
use std::time::Duration;

use engine_api::{
    Computation, Descriptor, DeviceKind, Engine, EngineError, FrameRate, Heard, Host, Input, JsonSchema, Licence,
    Phase, Progress, Readiness, RenderJob, Setup, VideoFormat, Weight,
};
use serde::Deserialize;
use serde_json::Value;

/// The engine.
pub(crate) struct Good;

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Options {
    /// `load` fails with it.
    refuse_load: Option<EngineError>,
    /// `load` says it.
    phase: Option<Phase>,
}

/// What it plays.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Params {
    /// So many frames of 32 x 16 pixels.
    #[schemars(range(max = 1000))]
    frames: u64,
    /// `render` fails with it after the frames.
    #[schemars(with = "Option<Value>")]
    fail: Option<EngineError>,
    /// Delivered instead of frames.
    video: Option<PathBuf>,
    /// Said before anything else.
    phases: Vec<Phase>,
    /// Warned of before anything else: codes and messages.
    warnings: Vec<(String, String)>,
    /// Told before anything else.
    computations: Vec<Computation>,
    /// Asks whether the job is canceled until it is.
    wait: bool,
    /// Listens to the speech until its end, and tells of each piece how many samples it has and their sum.
    listen: bool,
}

impl Engine for Good {
    type Params = Params;
    const STREAMS: bool = true;

    fn describe() -> Descriptor {
        Descriptor {
            id: "good".into(),
            name: "Good".into(),
            version: "1.2.3".into(),
            summary: "Plays numbered frames.".into(),
            inputs: vec![vec![Input::Portrait, Input::Speech], vec![Input::SourceVideo]],
            weights: vec![],
            licence: Licence { code: "MIT".into(), weights: Some("for research alone".into()), commercial_use: false },
            devices: vec![DeviceKind::Cpu],
        }
    }

    fn weights(setup: &Setup) -> Vec<Weight> {
        let file = setup.options.get("file").and_then(Value::as_str);
        let weight = |file: &str| Weight {
            file: file.into(),
            source: format!("ann/net/{file}"),
            bytes: None,
            sha256: None,
            optional: false,
        };
        file.map(weight).into_iter().collect()
    }

    fn check(setup: &Setup) -> Readiness {
        if setup.options.contains_key("tell_folder") {
            return Readiness::Failed { reason: format!("it lies in {:?}", setup.plugin_dir), remedy: String::new() };
        }
        match &setup.weights {
            Some(folder) => Readiness::MissingWeights {
                files: vec!["net.bin".into()],
                remedy: format!("put it into {} for {}", folder.display(), setup.device),
            },
            None => Readiness::Ready { note: setup.options.get("note").and_then(Value::as_str).map(str::to_owned) },
        }
    }

    fn load(setup: &Setup, progress: &mut dyn Progress) -> Result<Self, EngineError> {
        progress.progress("load weights", 1, 2);
        let options = setup.options::<Options>()?;
        if let Some(phase) = options.phase {
            progress.phase(phase);
        }
        match options.refuse_load {
            Some(error) => Err(error),
            None => Ok(Self),
        }
    }

    fn render(&mut self, job: &RenderJob<Params>, host: &mut dyn Host) -> Result<(), EngineError> {
        let params = &job.params;
        params.phases.iter().for_each(|phase| host.phase(*phase));
        params.warnings.iter().for_each(|(code, message)| host.warn(code, message));
        params.computations.iter().for_each(|machinery| host.computes_on(machinery));
        if params.listen {
            let mut samples = [0.0; 100];
            loop {
                match host.hear(&mut samples, Duration::from_millis(30))? {
                    Heard::Samples(count) => {
                        host.progress("heard", count as u64, samples[..count].iter().sum::<f32>() as u64)
                    }
                    Heard::Nothing => host.progress("nothing", 0, 0),
                    Heard::End => break,
                }
            }
        }
        if let Some(video) = &params.video {
            return host.deliver(video);
        }
        let format =
            VideoFormat { width: 32, height: 16, rate: FrameRate::new(30000, 1001), frames: Some(params.frames) };
        if let Err(error) = host.begin(format) {
            host.progress(&format!("saw {error:?}"), 0, 0);
            return Err(error);
        }
        let mut picture = vec![0; format.frame_bytes()];
        for frame in 0..params.frames {
            for (at, byte) in picture.iter_mut().enumerate() {
                *byte = (frame * 31 + at as u64 * 7) as u8;
            }
            host.frame(&picture)?;
        }
        if params.wait {
            loop {
                host.progress("wait", 0, 0);
                host.canceled()?;
            }
        }
        params.fail.clone().map_or(Ok(()), Err)
    }
}
