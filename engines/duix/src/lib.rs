//! The engine "duix": redubs a reference video to new speech, by the Duix generator (the HeyGem image's service on port
//! 8383), which is a service of its own with a folder that both sides see.
//!
//! The generator takes one job at a time, tells an end only once, and may lose a job or stand still for ever. What that
//! means for a job is decided in `task.rs`; what its answers look like stands in `generator.rs`.

mod generator;
mod inputs;
mod options;
mod params;
mod serve;
mod share;
mod task;
#[cfg(test)]
mod tests;

use avatar_media::video;
use engine_api::{
    Descriptor, DeviceKind, Engine, EngineError, ErrorKind, Host, Input, Licence, Progress, Readiness, RenderJob,
    Setup, export_engine,
};
use generator::Generator;
use options::Options;
pub use params::Params;
use share::Share;
use task::Task;

/// How much shorter than the speech the video may be, in seconds: the generator loses two frames or so. What is longer is cut
/// by the gateway.
const LENGTH_TOLERANCE: f64 = 1.0;

/// The engine "duix".
pub struct Duix {
    options: Options,
    generators: Vec<Generator>,
}

impl Engine for Duix {
    type Params = Params;

    fn describe() -> Descriptor {
        Descriptor {
            id: "duix".into(),
            name: "Duix".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            summary: "Redubs a video of a person to new speech, by a Duix generator beside the gateway.".into(),
            inputs: vec![vec![Input::SourceVideo, Input::Speech]],
            weights: vec![],
            licence: Licence {
                code: env!("CARGO_PKG_LICENSE").into(),
                weights: Some(
                    "the generator and its weights: Duix-Avatar's community licence; see docs/engines/duix.md".into(),
                ),
                commercial_use: false,
            },
            devices: vec![DeviceKind::Remote],
        }
    }

    fn check(setup: &Setup) -> Readiness {
        let options = match Options::read(setup) {
            Ok(options) => options,
            Err(error) => {
                let remedy = "correct [engines.duix] in the configuration".into();
                return Readiness::Failed { reason: error.to_string(), remedy };
            }
        };
        if let Err(reason) = Share::check(&options) {
            let remedy = "set data_dir in [engines.duix] to the folder of this machine that the generator's container has as its \
                          data folder, and let the gateway write there; docs/engines/duix.md tells how";
            return Readiness::Failed { reason, remedy: remedy.into() };
        }
        let unreachable: Vec<String> =
            generator::all(&options).iter().filter_map(|generator| generator.is_there().err()).collect();
        if unreachable.len() < options.addresses().len() {
            return Readiness::READY;
        }
        let remedy = "start it, or set url in [engines.duix]; docs/engines/duix.md tells how";
        Readiness::Failed { reason: unreachable.join("; "), remedy: remedy.into() }
    }

    fn load(setup: &Setup, progress: &mut dyn Progress) -> Result<Self, EngineError> {
        let options = Options::read(setup)?;
        let generators = generator::all(&options);
        progress.progress("load", 1, 1);
        Ok(Self { options, generators })
    }

    fn render(&mut self, job: &RenderJob<Params>, host: &mut dyn Host) -> Result<(), EngineError> {
        let share = Share::open(&self.options)?;
        let claim = share.claim(&job.id)?;
        share.sweep();
        let mut task = Task::new(&self.options, &self.generators, job, claim);
        let delivered = task.run(host).and_then(|result| {
            let speech = inputs::seconds(job.speech_file()?)?;
            let own = job.work_dir.join("result.mp4");
            host.progress("fetch the video", 0, 0);
            std::fs::copy(&result, &own)
                .map_err(|error| EngineError::backend(format!("the generator's video: {error}")))?;
            let (lasts, _) =
                video::length(&own).map_err(|error| EngineError::backend(format!("the generator's video: {error}")))?;
            if speech - lasts > LENGTH_TOLERANCE {
                return Err(EngineError::backend(format!(
                    "the generator's video lasts {lasts:.2} s and the speech {speech:.2} s"
                )));
            }
            // A damaged file is the generator's failure, and it may do better.
            host.deliver(&own).map_err(|error| match error.kind {
                ErrorKind::Output => EngineError::backend(format!("the generator's video: {error}")),
                _ => error,
            })
        });
        // Whatever has become of it: this attempt is over, and nobody needs the files of it any more.
        task.clean_up();
        delivered
    }
}

export_engine!(Duix);
