//! The parameter `emotion`: a name, a mixture, shares, or any of these by frame.

use std::collections::BTreeMap;

use engine_api::{Emotion, JsonSchema};
use serde::{Deserialize, Serialize};

use crate::motion::condition::{EMOTIONS, EmotionRow, emotion_row};

/// The network's number for an emotion, 0 to 7.
pub(super) fn label(emotion: Emotion) -> usize {
    match emotion {
        Emotion::Angry => 0,
        Emotion::Disgusted => 1,
        Emotion::Fear => 2,
        Emotion::Happy => 3,
        Emotion::Neutral => 4,
        Emotion::Sad => 5,
        Emotion::Surprised => 6,
        Emotion::Contempt => 7,
    }
}

/// What the face feels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Feeling {
    /// One emotion.
    One(Emotion),
    /// Several at once, evenly, or shares of some.
    Mixed(Mixture),
    /// Mixtures by frame, 25 a second; they start again at the end.
    Frames(#[schemars(length(min = 1, max = 90_000))] Vec<Mixture>),
}

/// Emotions at once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Mixture {
    /// These, evenly.
    Evenly(#[schemars(length(min = 1, max = 8))] Vec<Emotion>),
    /// These, by their shares, at least one above 0; what they sum up to does not matter.
    Shares(#[schemars(extend("minProperties" = 1))] BTreeMap<Emotion, Share>),
}

/// A share of a mixture.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct Share(#[schemars(range(min = 0.0, max = 1.0))] pub f64);

impl Mixture {
    /// The shares of all emotions, which sum up to 1; none where no share is above 0.
    fn row(&self) -> Option<EmotionRow> {
        match self {
            Self::Evenly(names) if names.is_empty() => None,
            Self::Evenly(names) => {
                let labels: Vec<usize> = names.iter().map(|name| label(*name)).collect();
                Some(emotion_row(&labels))
            }
            Self::Shares(shares) => {
                let sum: f64 = shares.values().map(|share| share.0).sum();
                let mut row = [0.0; EMOTIONS];
                for (name, share) in shares {
                    row[label(*name)] = (share.0 / sum) as f32;
                }
                (sum > 0.0).then_some(row)
            }
        }
    }
}

impl Feeling {
    /// Some entry says nothing: it has no share above 0.
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::One(_) => false,
            Self::Mixed(mixture) => mixture.row().is_none(),
            Self::Frames(frames) => frames.is_empty() || frames.iter().any(|mixture| mixture.row().is_none()),
        }
    }

    /// The shares by frame.
    pub(super) fn rows(&self) -> Vec<EmotionRow> {
        match self {
            Self::One(name) => vec![emotion_row(&[label(*name)])],
            Self::Mixed(mixture) => mixture.row().into_iter().collect(),
            Self::Frames(frames) => frames.iter().filter_map(Mixture::row).collect(),
        }
    }
}
