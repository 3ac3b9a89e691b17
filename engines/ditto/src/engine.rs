//! The engine "ditto" as a plugin: its description, whether it is ready, loading, and a job as a run of the pipeline.

use std::path::Path;

use engine_api::{
    Computation, Descriptor, DeviceKind, Engine, EngineError, ErrorKind, Host, Input, Licence, Progress, Readiness,
    RenderJob, Setup, Weight, export_engine,
};
use engine_onnx::{Machine, OnnxError, Provider, Runtime};

use crate::device::Device;
use crate::loading::watched;
use crate::motion::noise::Seeded;
use crate::networks::Loader;
use crate::options::Options;
use crate::params::Params;
use crate::pipeline::{Pipeline, Run, Source};
use crate::readiness::readiness;
use crate::settings::config_file::Config;
use crate::speech::JobSpeech;
use crate::weights;

/// The engine "ditto".
pub struct Ditto {
    pipeline: Pipeline,
    offline: Configured,
    online: Configured,
    clip_disk_bytes: u64,
    device: Device,
    computation: Computation,
}

/// What one of the two configurations says.
struct Configured {
    config: Option<Config>,
    /// None is named, and the published one is not there.
    is_missing: bool,
}

impl Configured {
    fn read(options: &Options, folder: &Path, online: bool) -> Result<Self, EngineError> {
        let read = |path: &Path| {
            let refused = |error| EngineError::new(ErrorKind::Weights, format!("{}: {error}", path.display()));
            Config::read(path).map_err(refused)
        };
        let config = options.config(folder, online).as_deref().map(read).transpose()?;
        Ok(Self { config, is_missing: options.lacks_config(folder, online) })
    }

    /// Warns of a job whose motion is another one than that of the published configuration.
    fn warn(&self, host: &mut dyn Host) {
        if self.is_missing {
            host.warn(
                "no_configuration",
                "the configuration that is published with the networks is not there, so that emotion, blinks and bounds of \
                 the motion are the code's own; an operator fetches it with `avatar-gateway models pull ditto`, or sets \
                 config and config_online to \"\" if none is wanted",
            );
        }
    }
}

impl Engine for Ditto {
    type Params = Params;
    const STREAMS: bool = true;

    fn describe() -> Descriptor {
        Descriptor {
            id: "ditto".into(),
            name: "Ditto".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            summary: "Makes the face in a portrait or a video talk, by motion diffusion on ONNX Runtime.".into(),
            inputs: vec![vec![Input::Portrait, Input::Speech], vec![Input::SourceVideo, Input::Speech]],
            weights: weights::published(None),
            licence: Licence {
                code: env!("CARGO_PKG_LICENSE").into(),
                weights: Some(
                    "Apache-2.0, with networks of LivePortrait (MIT) and InsightFace (non-commercial; not needed with \
                     face_search = \"mediapipe\"); see docs/engines/ditto.md"
                        .into(),
                ),
                commercial_use: false,
            },
            devices: vec![DeviceKind::Cuda, DeviceKind::Cpu],
        }
    }

    fn weights(setup: &Setup) -> Vec<Weight> {
        // Of options that are wrong, `check` tells.
        weights::published(Options::read(setup).ok().map(|options| options.face_search()))
    }

    fn check(setup: &Setup) -> Readiness {
        readiness(setup, &Machine::this())
    }

    fn load(setup: &Setup, progress: &mut dyn Progress) -> Result<Self, EngineError> {
        let options = Options::read(setup)?;
        let Some(folder) = setup.weights.as_deref() else {
            return Err(EngineError::new(ErrorKind::Weights, "no weights folder is configured"));
        };
        let [offline, online] = [false, true].map(|online| Configured::read(&options, folder, online));
        let (offline, online) = (offline?, online?);
        let beside = setup.plugin_dir.as_deref();
        let runtime = Runtime::load_with_threads(options.onnxruntime.as_deref(), beside, options.threads)
            .map_err(|error| load_error(&error))?;
        let networks = options.networks(folder);
        let mut sessions = options.sessions(&setup.device, folder)?;
        let machine = Machine::this();
        let mut device = Device::choose(&setup.device, &sessions.providers, &machine, runtime.path(), sessions.half)?;
        sessions.providers.clone_from(&device.providers);
        let compiles = matches!(device.provider(), Provider::TensorRt(_));
        let search = options.face_search();
        let total = weights::needed(&networks, search).iter().map(|spec| spec.bytes(&networks)).sum();
        let (pipeline, chosen) = watched(total, compiles, progress, |begin| {
            let loader = Loader { watch: begin, ..Loader::new(runtime, &networks, sessions) };
            Pipeline::load(&loader, search)
        })
        .map_err(|error| load_error(&error))?;
        device.settle(&chosen);
        eprintln!("{}", device.note());
        let computation = device.computation();
        Ok(Self { pipeline, offline, online, clip_disk_bytes: options.clip_disk_bytes(), device, computation })
    }

    fn render(&mut self, job: &RenderJob<Params>, host: &mut dyn Host) -> Result<(), EngineError> {
        host.computes_on(&self.computation);
        self.device.warn(host);
        let speech = JobSpeech::of(job.speech.as_ref(), job.params.duration()).map_err(EngineError::input)?;
        let params = if speech.ear.is_some() { &job.params.streamed() } else { &job.params };
        if speech.ear.is_some() && params.fade_out().is_some_and(|frames| frames > 0) {
            host.warn(
                "no_fade_out",
                "fade_out has no effect: the speech is still spoken, and nobody knows when it ends",
            );
        }
        let configured = if params.online_mode { &self.online } else { &self.offline };
        configured.warn(host);
        let settings = params.settings(configured.config.as_ref()).map_err(EngineError::input)?;
        let source = match (&job.portrait, &job.source_video) {
            (Some(portrait), _) => Source::Photo(portrait),
            (None, Some(video)) => Source::Clip(video),
            (None, None) => return Err(EngineError::input("send a portrait or a source video with the job")),
        };
        let run = Run {
            source,
            samples: speech.samples,
            ear: speech.ear,
            settings: &settings,
            fades: (params.fade_in(), params.fade_out()),
            exact_length: params.exact_length(),
            disk: (&job.work_dir, self.clip_disk_bytes),
        };
        let mut chance = Seeded::new(params.seed());
        Ok(self.pipeline.render(run, &mut chance, host)?)
    }
}

export_engine!(Ditto);

/// What is wrong with a file, or with the device.
fn load_error(error: &OnnxError) -> EngineError {
    let kind = match error {
        OnnxError::Session { provider, .. } if *provider != "CPU" => ErrorKind::Device,
        OnnxError::NoRuntime { .. } | OnnxError::BadRuntime { .. } | OnnxError::OtherRuntime { .. } => {
            ErrorKind::Device
        }
        OnnxError::Unreadable { .. } | OnnxError::Session { .. } | OnnxError::Signature { .. } => ErrorKind::Weights,
        OnnxError::Run { .. } => ErrorKind::Internal,
    };
    EngineError::new(kind, error)
}
