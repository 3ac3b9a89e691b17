//! What an engine author implements and gets, and what crosses the library boundary.
//!
//! An **engine** is a dynamic library that turns a job (canonical local files and parameters) into frames.
//! The gateway loads it in a process of its own, calls [`Engine::load`] once and [`Engine::render`] once per
//! job. An author writes one type, implements [`Engine`] for it and exports it:
//!
//! ```
//! use engine_api::{
//!     Descriptor, DeviceKind, Engine, EngineError, FrameRate, Host, Input, JsonSchema, Licence, Progress, RenderJob, Setup,
//!     VideoFormat, export_engine,
//! };
//! use serde::Deserialize;
//!
//! /// Shows one colour for a while.
//! struct Plain;
//!
//! /// What a client may say; the doc comments, defaults and ranges become the published schema.
//! #[derive(Deserialize, JsonSchema)]
//! #[serde(default, deny_unknown_fields)]
//! struct Params {
//!     /// Grey level of the picture, 0 (black) to 255 (white).
//!     #[schemars(range(min = 0, max = 255))]
//!     grey: u8,
//!     /// Length of the video in frames.
//!     #[schemars(range(min = 1, max = 1000))]
//!     frames: u64,
//! }
//!
//! impl Default for Params {
//!     fn default() -> Self {
//!         Self { grey: 128, frames: 25 }
//!     }
//! }
//!
//! impl Engine for Plain {
//!     type Params = Params;
//!
//!     fn describe() -> Descriptor {
//!         Descriptor {
//!             id: "plain".into(),
//!             name: "Plain".into(),
//!             version: env!("CARGO_PKG_VERSION").into(),
//!             summary: "Shows one colour for a while.".into(),
//!             inputs: vec![vec![Input::Portrait, Input::Speech]],
//!             weights: vec![],
//!             licence: Licence::permissive("MIT OR Apache-2.0"),
//!             devices: vec![DeviceKind::Cpu],
//!         }
//!     }
//!
//!     fn load(_setup: &Setup, _progress: &mut dyn Progress) -> Result<Self, EngineError> {
//!         Ok(Self)
//!     }
//!
//!     fn render(&mut self, job: &RenderJob<Params>, host: &mut dyn Host) -> Result<(), EngineError> {
//!         let format = VideoFormat { width: 64, height: 64, rate: FrameRate::new(25, 1), frames: Some(job.params.frames) };
//!         host.begin(format)?;
//!         let picture = vec![job.params.grey; format.frame_bytes()];
//!         for _ in 0..job.params.frames {
//!             host.frame(&picture)?; // fails once the job is canceled, and `?` carries that out
//!         }
//!         Ok(())
//!     }
//! }
//!
//! export_engine!(Plain);
//! # fn main() {
//! #     let description = engine_api::describe::<Plain>();
//! #     assert_eq!(description.params["properties"]["grey"]["default"], 128);
//! # }
//! ```
//!
//! Its tests call it as the gateway would, with a host that records: see [`testing`].
//!
//! The same example, as a crate to copy, is `engines/testcard`. `docs/writing-an-engine.md` leads through it.

mod engine;
mod host;

mod computation;
mod describe;
mod device;
mod emotion;
mod error;
mod job;
mod phase;

pub mod abi;
pub mod testing;

pub use computation::Computation;
pub use describe::{Description, Descriptor, DeviceKind, Input, Licence, Readiness, Weight};
pub use device::{DeviceChoice, UnknownDevice};
pub use emotion::Emotion;
pub use engine::{Engine, describe};
pub use error::{EngineError, ErrorKind};
pub use host::{Heard, Host, Progress, listen};
pub use job::{FrameRate, PortraitFace, RenderJob, SPEECH_RATE, Setup, Speech, VideoFormat};
pub use phase::Phase;

#[doc(no_inline)]
pub use schemars::JsonSchema;
