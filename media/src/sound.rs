//! Sound files: what they are told to be, why one is not taken, and how their samples are decoded and converted.

pub use error::SoundError;
pub use facts::SoundFacts;
pub use missing::Missing;

mod chunks;
pub(crate) mod convert;
mod error;
mod facts;
pub(crate) mod file;
pub(crate) mod full_scale;
mod joined;
mod marks;
mod missing;
mod ogg;
mod signature;
mod track;
mod window;

#[cfg(test)]
mod tests;
