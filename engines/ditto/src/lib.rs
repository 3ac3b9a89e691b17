//! The Ditto talking-head pipeline on ONNX Runtime: one photo or video and a speech become a talking head.
//!
//! `engine` is the plugin; `params` is what its clients may say, `settings` what a run goes by. A `pipeline` renders each
//! job: the `source`, in which a `face` is found, becomes an avatar, `audio` features of the speech, these `motion`, the
//! motion keypoints (`stitch`), and these pictures (`render`), which are laid back into the source's.
//!
//! Every step is tested against numbers that the reference pipeline gave (`tests/golden`): `antgroup/ditto-talkinghead`
//! at commit e9191cf. Comments on what is done as it does it name its file.

pub mod audio;
mod device;
mod engine;
pub mod face;
mod loading;
pub mod motion;
pub mod network_error;
pub mod networks;
pub mod numbers;
mod options;
pub mod params;
pub mod pipeline;
mod readiness;
pub mod render;
pub mod settings;
pub mod source;
mod speech;
pub mod stitch;
mod weights;

pub use engine::Ditto;
pub use params::Params;
