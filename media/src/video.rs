//! Videos: source videos read, probed and brought to a constant rate; results written as H.264 and AAC in MP4, and
//! verified before anybody sees them.

pub use concat::concat;
pub use constant_rate::{ConstantRateError, is_constant_rate, to_constant_rate};
pub use delivered::deliver;
pub use encoder::missing_encoders;
pub use error::{SourceVideoError, VideoError};
pub use probe::{MissingPictures, SourceVideoFacts, SourceVideoLimits, length, probe};
pub use reader::{VideoPicture, VideoReader};
pub use spec::{FrameRate, VideoSpec, VideoSummary};
pub use still_image::write_still_image;
pub use thumbnail::thumbnail;
pub use verify::{SoundTrack, VideoFacts, verify};
pub use writer::VideoWriter;

mod concat;
mod constant_rate;
mod continuity;
mod delivered;
mod encoder;
mod error;
mod mp4;
mod mp4_box;
mod orientation;
mod picture_track;
mod pixel_aspect;
mod probe;
mod promise;
mod reader;
mod remux;
mod rgb;
mod sound_encoder;
mod spec;
mod still_image;
mod thumbnail;
mod unread;
mod verify;
mod writer;
mod yuv;

#[cfg(test)]
mod tests;
