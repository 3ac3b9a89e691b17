//! Emotions: the published numbers of each, and the tokens that the denoising network gets for them.

mod error;
mod model;
pub mod priors;

pub use error::PriorError;
pub use model::{EmotionModel, EmotionSizes, key};
