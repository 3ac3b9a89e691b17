//! The EchoMimic talking-head pipeline on libtorch: one portrait and a speech become a talking head.

pub mod audio;
pub mod noise;
pub mod schedule;
pub mod windows;
