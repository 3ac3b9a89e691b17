//! What a client may say: the parameters, whose comments, ranges and defaults are the published schema.

use engine_api::{Emotion, JsonSchema};
use serde::Deserialize;

/// The parameters of a job.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Params {
    /// Chooses among all possible motions of head and lids; the same seed gives the same video.
    #[schemars(range(max = u64::MAX))]
    pub seed: u64,
    /// How far the mouth opens: 0 not at all, 1 as in calm speech, 2 as in a shout.
    #[schemars(range(min = 0.0, max = 2.0))]
    pub mouth_gain: f32,
    /// What the face shows while it speaks.
    pub emotion: Emotion,
    /// How strong the emotion is and how far the brows rise when the voice stresses a word: 0 not at all.
    #[schemars(range(min = 0.0, max = 2.0))]
    pub expressiveness: f32,
    /// How far the head moves: 0 not at all, 1 as in calm speech.
    #[schemars(range(min = 0.0, max = 2.0))]
    pub head_motion: f32,
    /// Blinks per minute, on average.
    #[schemars(range(min = 0.0, max = 60.0))]
    pub blink_rate: f32,
    /// How much of the portrait the video shows.
    pub crop: Crop,
    /// Width of the video in pixels. With a height as well, the portrait is cut around the head to that aspect; alone,
    /// the height follows from the portrait's aspect. Smaller pictures are enlarged.
    #[schemars(range(min = 64, max = 2048), extend("multipleOf" = 2))]
    pub width: Option<u32>,
    /// Height of the video in pixels, as with the width.
    #[schemars(range(min = 64, max = 2048), extend("multipleOf" = 2))]
    pub height: Option<u32>,
    /// Longer side of the video in pixels, unless a width or a height is given. A smaller portrait is not enlarged to
    /// it.
    #[schemars(range(min = 128, max = 2048))]
    pub max_size: u32,
    /// Frames per second.
    #[schemars(range(min = 10, max = 60))]
    pub fps: u32,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            seed: 0,
            mouth_gain: 1.0,
            emotion: Emotion::Neutral,
            expressiveness: 1.0,
            head_motion: 1.0,
            blink_rate: 15.0,
            crop: Crop::None,
            width: None,
            height: None,
            max_size: 1024,
            fps: 25,
        }
    }
}

/// How much of the portrait the video shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // a text on each name would turn the schema's plain list of names into a list of schemas
pub enum Crop {
    #[default]
    None,
    HeadAndShoulders,
}
