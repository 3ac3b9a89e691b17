//! A plugin that panics: always in `describe`, elsewhere where its option `panic_in` says.

use engine_api::{
    Descriptor, Engine, EngineError, Host, JsonSchema, Progress, Readiness, RenderJob, Setup, export_engine,
};
use serde::Deserialize;

struct Panicking;

#[derive(Deserialize, JsonSchema)]
struct Params {}

impl Engine for Panicking {
    type Params = Params;

    fn describe() -> Descriptor {
        panic!("in describe");
    }

    fn check(setup: &Setup) -> Readiness {
        panic_if_asked(setup, "check");
        Readiness::READY
    }

    fn load(setup: &Setup, _progress: &mut dyn Progress) -> Result<Self, EngineError> {
        panic_if_asked(setup, "load");
        Ok(Self)
    }

    fn render(&mut self, job: &RenderJob<Params>, _host: &mut dyn Host) -> Result<(), EngineError> {
        panic!("in render of {}", job.id);
    }
}

fn panic_if_asked(setup: &Setup, place: &str) {
    assert!(setup.options["panic_in"] != place, "in {place}");
}

export_engine!(Panicking);
