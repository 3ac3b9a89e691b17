//! The Ditto talking-head pipeline on ONNX Runtime: one photo or clip and a speech become a talking head.
//!
//! Every step is tested against numbers that the reference pipeline gave (`tests/golden`).

pub mod clips;
pub mod condition;
pub mod config;
pub mod diffusion;
pub mod motion;
pub mod network;
pub mod random;
pub mod sound;
pub mod stitch;
