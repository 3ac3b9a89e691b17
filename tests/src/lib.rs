//! A real gateway for end-to-end tests: built, configured in a folder of its own, started, spoken to and stopped.
//!
//! A [`Site`] is what stays when a gateway is killed: its folder with configuration, plugins and data. A [`Gateway`] is
//! a running process, an [`Api`] one of its addresses with the calls of a client. Clients of their own, in other
//! languages, are in [`programs`]. [`torture`] is what breaks a gateway on purpose. A [`Generator`] stands in for the service that makes Duix's videos.

mod broken_line;
mod build;
mod client;
mod gateway;
mod generator;
mod inputs;
mod launch;
pub mod pictures;
mod processes;
pub mod programs;
mod proxy;
mod rate;
mod site;
mod small_disk;
pub mod torture;
mod video;
mod wait;

pub use avatar_prerequisites::{libtorch, onnx_runtime};
pub use broken_line::line_that_breaks_once;
pub use build::{gateway as gateway_program, worker as worker_program};
pub use client::{Answer, Api, Part};
pub use gateway::Gateway;
pub use generator::{Behaviour, Generator};
pub use inputs::{portrait, small_weights, speech};
pub use launch::{Errors, Launch};
pub use processes::{memory_now, memory_peak, status};
pub use proxy::{Proxy, ProxyPlace};
pub use rate::{Yardstick, on_one_core, rate, row};
pub use site::Site;
pub use small_disk::SmallDisk;
pub use video::Video;
pub use wait::eventually;
