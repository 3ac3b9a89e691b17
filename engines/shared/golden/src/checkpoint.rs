//! Checkpoints as they are published, but with numbers in closed form: for tests of whole engines without real weights, and
//! to try their speed and memory.

mod pickle;
pub mod program;
pub mod safetensors_file;
pub mod torch;
pub mod weight;
