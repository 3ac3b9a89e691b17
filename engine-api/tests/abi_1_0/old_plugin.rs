//! A plugin built against the contract as it was at version 1.0, from a frozen copy of its source: it must load for ever.
//!
//! The files beside this one are that copy, and are never edited: a plugin that was built long ago is not edited either.
//! Only a change of `ABI_VERSION`'s major number ends their life.

// The names that authors use, as `lib.rs` gave them out then.
#![allow(missing_docs)]

mod describe;
mod emotion;
mod engine;
mod error;
mod host;
mod job;

pub mod abi;

pub use describe::{Description, Descriptor, DeviceKind, Input, Licence, Readiness, Weight, describe};
pub use emotion::Emotion;
pub use engine::Engine;
pub use error::{EngineError, ErrorKind};
pub use host::{Host, Progress};
pub use job::{FrameRate, RenderJob, Setup, VideoFormat};
pub use schemars::JsonSchema;

use serde::Deserialize;

struct Old;

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Params {
    /// So many frames of 64 x 48 pixels.
    frames: u64,
    /// `render` fails with it after the frames.
    #[schemars(with = "Option<serde_json::Value>")]
    fail: Option<EngineError>,
}

impl Engine for Old {
    type Params = Params;

    fn describe() -> Descriptor {
        Descriptor {
            id: "old".into(),
            name: "Old".into(),
            version: "1.0.0".into(),
            summary: "Was built against the first version of the contract.".into(),
            inputs: vec![vec![Input::Portrait, Input::Speech], vec![Input::Portrait]],
            weights: vec![],
            licence: Licence::permissive("MIT"),
            devices: vec![DeviceKind::Cpu],
        }
    }

    fn check(_setup: &Setup) -> Readiness {
        Readiness::Ready
    }

    fn load(_setup: &Setup, progress: &mut dyn Progress) -> Result<Self, EngineError> {
        progress.progress("load weights", 1, 2);
        Ok(Self)
    }

    fn render(&mut self, job: &RenderJob<Params>, host: &mut dyn Host) -> Result<(), EngineError> {
        let frames = job.params.frames;
        host.progress("look at the portrait", 1, 1);
        let format = VideoFormat { width: 64, height: 48, rate: FrameRate::new(25, 1), frames: Some(frames) };
        host.begin(format)?;
        for frame in 0..frames {
            host.canceled()?;
            host.frame(&vec![frame as u8; format.frame_bytes()])?;
        }
        job.params.fail.clone().map_or(Ok(()), Err)
    }
}

export_engine!(Old);
