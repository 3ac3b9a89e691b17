//! From speech to a row of features for each frame of the video.

pub mod features;
pub mod hubert;
pub mod streamed;
