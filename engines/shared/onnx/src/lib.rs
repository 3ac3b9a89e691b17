//! What engines share that run networks on ONNX Runtime.
//!
//! `runtime` finds and loads the library, `network` builds sessions and runs them, `signature` says what a graph has to
//! take and give, and `grid_sample` makes five-dimensional grid samples loadable.

mod error;
pub mod grid_sample;
mod network;
mod protobuf;
mod runtime;
pub mod signature;

pub use error::OnnxError;
pub use network::{Input, Network, Options, Provider};
pub use runtime::Runtime;
pub use signature::Signature;
