//! Faces in a picture, found in children of the gateway that look at uploads, and inside engines: pure Rust.

pub use detector::{Face, FaceDetector};
pub use looks::Looks;
pub use search::{Search, Sight};
pub use seetaface::{SEETAFACE_LICENSE, SeetaFace};

mod detector;
mod looks;
mod search;
mod seetaface;
