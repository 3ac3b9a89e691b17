//! The source of a run: a photo or a video, registered frame by frame and kept for rendering.

pub mod avatar;
pub mod frame_store;
pub mod known_photos;
pub mod photo;
mod presence;
pub mod registration;
pub mod smooth;
pub mod track;
pub mod video;
