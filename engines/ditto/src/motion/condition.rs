//! The condition of the motion network, a row for each frame: sound, emotion, eyes and the face at rest.

use crate::audio::features::{FEATURES, Feature};
use crate::motion::{COORDINATES, mirror_index};

/// Emotions: angry, disgust, fear, happy, neutral, sad, surprise, contempt.
pub const EMOTIONS: usize = 8;
/// Numbers of a condition row: 1024 sound, 8 emotion, 2 eye opening, 6 eye ball, 63 keypoints at rest.
pub const CONDITION: usize = FEATURES + EMOTIONS + 2 + 6 + COORDINATES;

/// Shares of the emotions.
pub type EmotionRow = [f32; EMOTIONS];

/// The shares of one emotion or an even mixture of several; labels from 8 upwards have no effect.
///
/// The logit of each label is 8 and of every other 0, so that one label has a share of 0.99766.
#[must_use]
pub fn emotion_row(labels: &[usize]) -> EmotionRow {
    let logits: [f32; EMOTIONS] = std::array::from_fn(|label| if labels.contains(&label) { 8.0 } else { 0.0 });
    let largest = logits.iter().copied().fold(0.0, f32::max);
    let weights = logits.map(|logit| (logit - largest).exp());
    let sum: f32 = weights.iter().sum();
    weights.map(|weight| weight / sum)
}

/// The eyes and the resting face that condition rows describe.
#[derive(Debug, Clone, PartialEq)]
pub struct Face {
    /// How far the left and the right eye is open, by frame.
    pub eye_open: Vec<[f32; 2]>,
    /// Where the eyes look: left x, right x, left y, right y, left z, right z, by frame.
    pub eye_ball: Vec<[f32; 6]>,
    /// Keypoints of the first frame at rest.
    pub sc: [f32; COORDINATES],
}

/// Makes condition rows.
#[derive(Debug, Clone, PartialEq)]
pub struct ConditionHandler {
    face: Face,
    emotions: Vec<EmotionRow>,
    eye_f0_mode: bool,
}

impl ConditionHandler {
    /// A handler for a face and emotions by frame, which repeat; an empty list counts as neutral.
    ///
    /// With `eye_f0_mode` the eyes stay as in the first frame.
    #[must_use]
    pub fn new(face: Face, emotions: Vec<EmotionRow>, eye_f0_mode: bool) -> Self {
        let emotions = if emotions.is_empty() { vec![emotion_row(&[4])] } else { emotions };
        Self { face, emotions, eye_f0_mode }
    }

    /// The rows for sound features whose first one belongs to frame `first`; warm-up frames are below 0.
    #[must_use]
    pub fn rows(&self, features: &[Feature], first: isize) -> Vec<[f32; CONDITION]> {
        self.rows_with(features, first, &self.emotions)
    }

    /// As [`Self::rows`], with other emotions for this call; an empty list leaves the handler's.
    #[must_use]
    pub fn rows_with(&self, features: &[Feature], first: isize, emotions: &[EmotionRow]) -> Vec<[f32; CONDITION]> {
        let emotions = if emotions.is_empty() { &self.emotions } else { emotions };
        let row = |(offset, feature): (usize, &Feature)| {
            // Frames before the first one look like it.
            let frame = usize::try_from(first.saturating_add_unsigned(offset)).unwrap_or(0);
            let emotion = &emotions[frame % emotions.len()];
            let (eye_open, eye_ball) = (self.eye(&self.face.eye_open, frame), self.eye(&self.face.eye_ball, frame));
            let blocks = [&feature[..], emotion, &eye_open, &eye_ball, &self.face.sc];
            let mut row = [0.0; CONDITION];
            row.iter_mut().zip(blocks.into_iter().flatten()).for_each(|(to, from)| *to = *from);
            row
        };
        features.iter().enumerate().map(row).collect()
    }

    fn eye<const N: usize>(&self, frames: &[[f32; N]], frame: usize) -> [f32; N] {
        let index = if self.eye_f0_mode { 0 } else { mirror_index(frame, frames.len()) };
        frames.get(index).copied().unwrap_or([0.0; N])
    }
}
