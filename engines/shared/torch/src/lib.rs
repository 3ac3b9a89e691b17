//! What engines share that run networks on libtorch: where they compute ([`device`]), how their weights are read
//! ([`checkpoint`]) and asked for ([`VarPath`]), the [`layers`] that all are made of, attention by
//! [`heads`], how [`pixels`] become numbers and numbers pixels, how much [`memory`] there is, and whether it gives
//! [`room`] for networks and jobs; and the [`options`] that their engines have in common.
//!
//! A network is a struct whose constructor takes a [`VarPath`] and asks it for tensors by key and shape, as the paper's
//! code names them. Constructors do not fail: what is missing or has another shape is collected, so that an error tells
//! all of it at once.

pub mod checkpoint;
pub mod device;
mod guarded;
pub mod heads;
pub mod layers;
pub mod memory;
pub mod options;
pub mod pixels;
pub mod room;
pub mod testing;
mod var_path;

pub use checkpoint::{Checkpoint, CheckpointError};
pub use device::{DeviceError, Place, Precision};
pub use guarded::{TorchError, guarded};
pub use var_path::VarPath;
