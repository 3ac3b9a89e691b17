//! What is thought of a photo, and what its sender says about the faces in it.

use std::str::FromStr;

use avatar_media::picture::Rotation;
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
    /// The part of the photo that would do better, where its face is small and all of it was kept.
    pub crop: Option<Region>,
    /// The part that was kept: it shows the chosen one of several faces alone, or a small face larger. Null for the whole
    /// photo.
    pub kept: Option<Region>,
    /// How far the photo was turned, clockwise; sizes, faces and parts are those of the turned one. Null if it was not.
    #[serde(default)]
    pub turned: Option<Rotation>,
}

/// What the sender says about the faces.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// Which one is meant; none if there should be only one.
    pub face: Option<Which>,
    /// Whether a doubtful face is one.
    pub accept_unsure: bool,
    /// What becomes of a photo in which the face is small.
    pub crop: Crop,
    /// Whether the photo is turned before it is judged.
    pub turn: Turn,
}

/// Whether a photo is turned before it is judged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Turn {
    /// It is taken as it stands; one that lies on its side is refused.
    #[default]
    None,
    /// It is turned if its face is upright then alone.
    Auto,
    /// It is turned so far.
    By(Rotation),
}

impl FromStr for Turn {
    type Err = NoChoice;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "none" | "0" => Ok(Self::None),
            "auto" => Ok(Self::Auto),
            degrees => {
                let rotation = degrees.parse::<u16>().ok().and_then(|degrees| Rotation::try_from(degrees).ok());
                rotation.map(Self::By).ok_or(NoChoice)
            }
        }
    }
}

/// What becomes of a photo whose one face is small. Of several faces, the chosen one is always cut out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Crop {
    /// It is cut to head and shoulders.
    #[default]
    Auto,
    /// All of it is kept.
    None,
}

impl FromStr for Crop {
    type Err = NoChoice;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "auto" => Ok(Self::Auto),
            "none" => Ok(Self::None),
            _ => Err(NoChoice),
        }
    }
}

/// A word that stands for none of the choices.
#[derive(Debug, PartialEq, Eq)]
pub struct NoChoice;

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
