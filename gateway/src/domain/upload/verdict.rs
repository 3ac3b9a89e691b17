//! What is thought of a photo, and what its sender says about the faces in it.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::domain::code::Code;
use crate::domain::code::stored::or_ok;
use crate::domain::upload::region::Region;
use crate::domain::upload::warning::Warning;

/// What is thought of a photo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Whether it can be used.
    pub valid: bool,
    /// What is wrong; none if it can be used, which is told as `ok`.
    #[serde(with = "or_ok")]
    pub code: Option<Code>,
    /// A sentence for people.
    pub message: String,
    /// What to do about it; empty if it can be used.
    pub remedy: String,
    /// What may make the video worse than it could be.
    pub warnings: Vec<Warning>,
    /// Which of `faces` will be animated, counted from 0; null if none was settled on.
    pub face: Option<usize>,
    /// The part of the photo to send instead, where its face is small and a part would do better.
    pub crop: Option<Region>,
    /// The part that was kept, because it shows the chosen one of several faces alone; null for the whole photo.
    pub kept: Option<Region>,
}

/// What the sender says about the faces.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// Which one is meant; none if there should be only one.
    pub face: Option<Which>,
    /// Whether a doubtful face is one.
    pub accept_unsure: bool,
}

/// One of several faces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Which {
    /// The one that covers most pixels.
    Largest,
    /// By its place in the list, from 0.
    Number(usize),
}

impl FromStr for Which {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "largest" => Ok(Self::Largest),
            number => number.parse().map(Self::Number),
        }
    }
}
