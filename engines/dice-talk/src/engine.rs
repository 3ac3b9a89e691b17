//! The engine "dice-talk" as a plugin: its description, whether it is ready, loading, and a job as a run of the pipeline.

use engine_api::{
    Descriptor, DeviceKind, Engine, EngineError, ErrorKind, Host, Input, Licence, Progress, Readiness, RenderJob,
    Setup, export_engine,
};
use engine_torch::Place;
use engine_torch::memory::gib;
use engine_torch::options::use_threads;
use engine_torch::room::Room;

use crate::face::detector::trust;
use crate::networks::Networks;
use crate::options::Options;
use crate::params::Params;
use crate::pipeline::{Job, Pipeline};
use crate::weights::{self, Files};

/// What fetches the networks and the emotions.
const PULL: &str = "`avatar-gateway models pull dice-talk` fetches them";

/// The engine "dice-talk".
pub struct DiceTalk {
    pipeline: Pipeline,
}

impl Engine for DiceTalk {
    type Params = Params;

    fn describe() -> Descriptor {
        Descriptor {
            id: "dice-talk".into(),
            name: "DICE-Talk".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            summary: "Makes the face in a portrait talk with an emotion, by video diffusion on libtorch.".into(),
            inputs: vec![vec![Input::Portrait, Input::Speech]],
            weights: weights::published(),
            licence: Licence {
                code: env!("CARGO_PKG_LICENSE").into(),
                weights: Some(
                    "CC BY-NC-SA 4.0 (DICE-Talk and its emotions: not for commercial use), with networks of Stability AI \
                     (its own licence), OpenAI and others; see docs/engines/dice-talk.md"
                        .into(),
                ),
                commercial_use: false,
            },
            devices: vec![DeviceKind::Cuda, DeviceKind::Cpu],
        }
    }

    fn check(setup: &Setup) -> Readiness {
        let failed =
            |error: EngineError, remedy: &str| Readiness::Failed { reason: error.to_string(), remedy: remedy.into() };
        let options = match Options::read(setup) {
            Ok(options) => options,
            Err(error) => return failed(error, "correct [engines.dice-talk] in the configuration"),
        };
        let missing = weights::missing(setup.weights.as_deref(), options.emotions.as_deref());
        let Some(folder) = setup.weights.as_deref().filter(|_| missing.is_empty()) else {
            return Readiness::MissingWeights { files: missing, remedy: PULL.into() };
        };
        let detector = Files { folder }.detector();
        if let Err(error) = trust::read(&detector, options.detector_sha256().as_deref()) {
            return failed(
                error.into(),
                "set detector_sha256 in [engines.dice-talk] to the SHA-256 that its publisher tells of the file, after you \
                 have compared the two; docs/engines/dice-talk.md says where",
            );
        }
        match Place::named(&setup.device, options.precision) {
            Ok(_) => Readiness::READY,
            Err(error) => failed(
                error.into(),
                "set device in [engines.dice-talk] to one that there is; `cargo xtask engine dice-talk --gpu` installs \
                 libtorch with CUDA",
            ),
        }
    }

    fn load(setup: &Setup, progress: &mut dyn Progress) -> Result<Self, EngineError> {
        let options = Options::read(setup)?;
        let Some(folder) = setup.weights.as_deref() else {
            return Err(EngineError::new(ErrorKind::Weights, "no weights folder is configured"));
        };
        let place = Place::named(&setup.device, options.precision)?;
        use_threads(options.threads);
        let (files, memory) = (Files { folder }, options.memory());
        let networks = Networks::load(&files, options.detector_sha256().as_deref(), place, memory, progress)?;
        eprintln!("computes on {}, where the networks take {}", place.described(), gib(networks.bytes));
        let room = Room::now(place, memory, networks.bytes);
        let emotions = options.emotions.unwrap_or_else(|| files.emotions());
        Ok(Self { pipeline: Pipeline { networks, emotions, memory, room } })
    }

    fn render(&mut self, job: &RenderJob<Params>, host: &mut dyn Host) -> Result<(), EngineError> {
        let portrait = job.portrait.as_deref().ok_or_else(|| EngineError::input("send a portrait with the job"))?;
        let speech = job.speech_file()?;
        host.computes_on(&self.pipeline.networks.computation());
        self.pipeline.render(Job { portrait, speech, params: &job.params }, host)
    }
}

export_engine!(DiceTalk);
