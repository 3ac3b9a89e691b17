//! The engine "echomimic" as a plugin: its description, whether it is ready, loading, and a job as a run of the pipeline.

use engine_api::{
    Descriptor, DeviceKind, Engine, EngineError, ErrorKind, Host, Input, Licence, Progress, Readiness, RenderJob,
    Setup, export_engine,
};
use engine_torch::Place;
use engine_torch::memory::gib;
use engine_torch::options::use_threads;
use engine_torch::room::Room;

use crate::networks::Networks;
use crate::options::Options;
use crate::params::Params;
use crate::pipeline::{Job, Pipeline};
use crate::weights::{self, Files};

/// What fetches the networks.
const PULL: &str = "`avatar-gateway models pull echomimic` fetches them";

/// The engine "echomimic".
pub struct EchoMimic {
    pipeline: Pipeline,
}

impl Engine for EchoMimic {
    type Params = Params;

    fn describe() -> Descriptor {
        Descriptor {
            id: "echomimic".into(),
            name: "EchoMimic".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            summary: "Makes the face in a portrait talk, by latent diffusion on libtorch.".into(),
            inputs: vec![vec![Input::Portrait, Input::Speech]],
            weights: weights::published(),
            licence: Licence {
                code: env!("CARGO_PKG_LICENSE").into(),
                weights: Some(
                    "Apache-2.0 (EchoMimic), with networks derived from Stable Diffusion (CreativeML OpenRAIL-M) and of \
                     OpenAI, Stability AI and facenet-pytorch (MIT); see docs/engines/echomimic.md"
                        .into(),
                ),
                commercial_use: true,
            },
            devices: vec![DeviceKind::Cuda, DeviceKind::Cpu],
        }
    }

    fn check(setup: &Setup) -> Readiness {
        let failed =
            |error: EngineError, remedy: &str| Readiness::Failed { reason: error.to_string(), remedy: remedy.into() };
        let options = match Options::read(setup) {
            Ok(options) => options,
            Err(error) => return failed(error, "correct [engines.echomimic] in the configuration"),
        };
        let files = weights::missing(setup.weights.as_deref(), options.variant);
        if !files.is_empty() {
            return Readiness::MissingWeights { files, remedy: PULL.into() };
        }
        match Place::named(&setup.device, options.precision) {
            Ok(_) => Readiness::READY,
            Err(error) => failed(
                error.into(),
                "set device in [engines.echomimic] to one that there is; `cargo xtask engine echomimic --gpu` installs \
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
        let files = Files { folder, variant: options.variant };
        let networks = Networks::load(&files, place, options.memory(), progress)?;
        eprintln!("computes on {}, where the networks take {}", place.described(), gib(networks.bytes));
        let pipeline = Pipeline {
            room: Room::now(place, options.memory(), networks.bytes),
            networks,
            variant: options.variant,
            windows_at_once: options.windows_at_once,
            memory: options.memory(),
        };
        Ok(Self { pipeline })
    }

    fn render(&mut self, job: &RenderJob<Params>, host: &mut dyn Host) -> Result<(), EngineError> {
        let portrait = job.portrait.as_deref().ok_or_else(|| EngineError::input("send a portrait with the job"))?;
        let speech = job.speech_file()?;
        host.computes_on(&self.pipeline.networks.place.computation());
        self.pipeline.render(Job { portrait, speech, params: &job.params }, host)
    }
}

export_engine!(EchoMimic);
