//! Networks on ONNX Runtime, for the engines that have some.
//!
//! `runtime` finds and loads the library, `provider` builds sessions, `network` runs them, `signature` says what a graph has to
//! take and give, and `grid_sample` makes five-dimensional grid samples loadable. What stands in the way is found before
//! anything is loaded: `graph_file` looks at files of networks, `gpu` at GPUs and the libraries for them.

mod elf;
mod error;
mod gpu;
mod graph_file;
#[cfg(test)]
mod graphs;
mod grid_sample;
mod meter;
mod network;
mod opened;
mod precision;
mod protobuf;
mod provider;
mod runtime;
mod schema;
pub mod signature;
mod stop;
mod unfetched;

pub use error::OnnxError;
pub use gpu::{Machine, Obstacle};
pub use graph_file::{FileFault, inspect};
pub use meter::time_in_networks;
pub use network::{Input, Kept, Network, Outputs, PassedOver};
pub use precision::{Precision, in_mixed_precision};
pub use provider::{Convolutions, Options, Provider};
pub use runtime::Runtime;
pub use signature::Signature;
pub use stop::Stop;
pub use unfetched::Unfetched;
