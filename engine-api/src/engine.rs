//! The trait that an engine's author implements.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use crate::describe::{Description, Descriptor, Readiness, Weight};
use crate::error::EngineError;
use crate::host::{Host, Progress};
use crate::job::{RenderJob, Setup};

/// A network, or anything else, that makes a talking video out of a portrait or a source video and speech.
///
/// One process loads one engine once and renders one job at a time, so implementations need no locks.
/// The methods of one engine are all called on one thread. Panics are caught and reported as
/// [`ErrorKind::Panic`](crate::ErrorKind::Panic).
pub trait Engine: Sized + 'static {
    /// What a client may say. Field docs, `#[schemars(range(…))]` and serde defaults become the JSON Schema that
    /// `/engines/{id}/schema` publishes and that requests are checked against before a job is accepted.
    ///
    /// Every field needs a serde default, and a default that the type's own ranges allow.
    type Params: DeserializeOwned + JsonSchema;

    /// Whether it takes speech while it is spoken ([`Speech::Stream`](crate::Speech::Stream)) in the place of a file, wherever
    /// it takes speech. An engine that does not is never given any.
    const STREAMS: bool = false;

    /// Says what the engine is. Loads nothing and touches no file.
    fn describe() -> Descriptor;

    /// The files that a setup needs, or may use: all of the description's, unless an engine's options choose among them. They
    /// are what `avatar-gateway models` lists and fetches. Loads nothing and touches no file.
    ///
    /// A gateway that is older than this method goes by the description.
    fn weights(_setup: &Setup) -> Vec<Weight> {
        Self::describe().weights
    }

    /// Tells whether a job could be rendered with `setup`: which weights are missing, whether the device is usable.
    /// Cheap: it is asked at start and whenever a client looks.
    ///
    /// Unless an engine says otherwise, it is ready once the device is one that can be meant and all of [`Engine::weights`]
    /// are there but the optional ones.
    fn check(setup: &Setup) -> Readiness {
        match Readiness::of_device(setup) {
            Readiness::Ready { .. } => {
                let engine = Descriptor { weights: Self::weights(setup), ..Self::describe() };
                Readiness::of_weights(&engine, setup)
            }
            refusal => refusal,
        }
    }

    /// Loads models onto their devices. Called once, before any job.
    ///
    /// # Errors
    /// [`ErrorKind::Weights`](crate::ErrorKind::Weights) and [`ErrorKind::Device`](crate::ErrorKind::Device) tell
    /// an operator what to mend.
    fn load(setup: &Setup, progress: &mut dyn Progress) -> Result<Self, EngineError>;

    /// Renders one job: [`Host::begin`], then every frame in order; or [`Host::deliver`] alone.
    ///
    /// # Errors
    /// Whatever the host's methods return is passed on with `?`; that is how a canceled job ends.
    fn render(&mut self, job: &RenderJob<Self::Params>, host: &mut dyn Host) -> Result<(), EngineError>;
}

/// Describes an engine with the schema of its parameters.
pub fn describe<E: Engine>() -> Description {
    let params = schemars::schema_for!(E::Params).to_value();
    Description { descriptor: E::describe(), streams: E::STREAMS, params }
}
