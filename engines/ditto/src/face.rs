//! Faces in pictures: the search for one, its landmarks, its eyes, and the square that is cut out around it.

pub mod blazeface;
pub mod crop;
pub mod detector;
pub mod error;
pub mod eyes;
pub mod framing;
pub mod landmark106;
pub mod landmark203;
pub mod landmarks;
pub mod letterbox;
pub(crate) mod mediapipe;
pub mod mesh_region;
pub(crate) mod run;
pub mod scrfd;
pub mod tiled_search;
