//! The Ditto talking-head pipeline on ONNX Runtime: one photo or clip and a speech become a talking head.
//!
//! `engine` is the plugin. It has a `pipeline` render each job: the source becomes an `avatar`, the `sound` motion
//! (`audio2motion`), the motion keypoints (`stitch`), these pictures (`render`), which are laid back into the source's
//! (`putback`).
//!
//! Every step is tested against numbers that the reference pipeline gave (`tests/golden`).

pub mod audio2motion;
pub mod avatar;
pub mod blaze;
pub mod clip;
pub mod clips;
pub mod condition;
pub mod config;
pub mod crop;
pub mod diffusion;
mod engine;
pub mod eyes;
mod finder;
pub mod inference;
pub mod landmark106;
pub mod landmark203;
pub mod letterbox;
pub mod mesh;
mod mesher;
pub mod motion;
pub mod networks;
mod options;
pub mod params;
pub mod pipeline;
pub mod putback;
pub mod random;
pub mod register;
pub mod render;
pub mod scrfd;
pub mod sighting;
pub mod smooth;
pub mod sound;
pub mod source;
pub mod spill;
pub mod stitch;
pub mod track;
mod weights;

pub use engine::Ditto;
pub use params::Params;
