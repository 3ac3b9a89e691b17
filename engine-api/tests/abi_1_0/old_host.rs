//! A host as it was at version 1.0, from the frozen copy of the contract's source, that loads a plugin of today.

#![allow(dead_code, unused_imports, unreachable_pub)] // the copy is whole, and only the host's side of it is used here
#![allow(missing_docs)]

mod describe;
mod emotion;
mod engine;
mod error;
mod host;
mod job;

pub mod abi;

#[path = "../plugins/library.rs"]
mod library;

pub use describe::{Description, Descriptor, DeviceKind, Input, Licence, Readiness, Weight, describe};
pub use emotion::Emotion;
pub use engine::Engine;
pub use error::{EngineError, ErrorKind};
pub use host::{Host, Progress};
pub use job::{FrameRate, RenderJob, Setup, VideoFormat};

use std::path::Path;

use serde_json::json;

/// A host of then: it knows nothing of phases, of warnings and of what a job is computed on.
#[derive(Default)]
struct OldHost {
    stages: Vec<String>,
    frames: u64,
}

impl Progress for OldHost {
    fn progress(&mut self, stage: &str, _done: u64, _total: u64) {
        self.stages.push(stage.to_owned());
    }
}

impl Host for OldHost {
    fn begin(&mut self, _format: VideoFormat) -> Result<(), EngineError> {
        Ok(())
    }

    fn frame(&mut self, _rgb: &[u8]) -> Result<(), EngineError> {
        self.frames += 1;
        Ok(())
    }

    fn deliver(&mut self, _video: &Path) -> Result<(), EngineError> {
        Ok(())
    }

    fn canceled(&self) -> Result<(), EngineError> {
        Ok(())
    }
}

#[test]
fn a_plugin_of_today_works_in_a_host_of_the_first_version() {
    assert_eq!(abi::ABI_VERSION, "1.0.0");
    let plugin = abi::load::Plugin::open(&library::library("plugin_good")).expect("it opens");
    assert_eq!(plugin.describe().expect("a description").descriptor.id, "good");
    let mut host = OldHost::default();
    let setup: Setup =
        serde_json::from_value(json!({"device": "cpu", "options": {"phase": "loading"}})).expect("a set-up");
    let noted: Setup =
        serde_json::from_value(json!({"device": "cpu", "options": {"note": "nobody reads it"}})).expect("a set-up");
    assert_eq!(plugin.check(&noted), Ok(Readiness::Ready), "a note of readiness is passed over");
    let mut engine = plugin.load(&setup, &mut host).expect("it loads");
    let job = json!({
        "id": "job-1", "work_dir": "work", "portrait": null, "speech": null, "source_video": null,
        "params": {"frames": 7, "phases": ["preparing", "rendering", "finishing"], "warnings": [["late", "nobody listens"]],
            "computations": [{"device": "cuda:0", "providers": ["CUDA"], "precision": "fp16"}]},
    });
    let job: RenderJob<serde_json::Value> = serde_json::from_value(job).expect("a job");
    assert_eq!(engine.render(&job, &mut host), Ok(()));
    assert_eq!((host.frames, host.stages), (7, vec!["load weights".to_owned()]));
}
