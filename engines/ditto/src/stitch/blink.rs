//! The schedule of blinks.

use engine_api::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::motion::noise::Chance;

/// Gaps between blinks, in frames.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "BlinkGaps")]
pub enum Blinks {
    /// The eyes stay open.
    Never,
    /// Chance decides: 60 to 100 frames.
    Random,
    /// These gaps in turn; an empty list means never.
    Gaps(Vec<usize>),
}

/// When eyes blink.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "it is neither a whole number from -1 on nor a list of numbers of frames")]
pub enum BlinkGaps {
    /// −1 never, 0 by chance after 60 to 100 frames, else always after so many frames.
    Each(#[schemars(range(min = -1, max = 100_000))] i32),
    /// Frames between blinks, in turn.
    Turns(#[schemars(length(min = 1, max = 10_000), inner(range(min = 1, max = 100_000)))] Vec<u32>),
}

impl TryFrom<BlinkGaps> for Blinks {
    type Error = &'static str;

    fn try_from(gaps: BlinkGaps) -> Result<Self, &'static str> {
        match gaps {
            BlinkGaps::Each(-1) => Ok(Self::Never),
            BlinkGaps::Each(0) => Ok(Self::Random),
            BlinkGaps::Each(gap) => match usize::try_from(gap) {
                Ok(gap) => Ok(Self::Gaps(vec![gap])),
                Err(_) => Err("it is below -1"),
            },
            BlinkGaps::Turns(gaps) => Ok(Self::Gaps(gaps.into_iter().map(|gap| gap as usize).collect())),
        }
    }
}

/// The index into the offsets of a blink for each of `frames` frames; 0 is the open eye.
///
/// A blink lasts `blink` frames. The first starts after a first gap, each next one a gap after the end of the one
/// before, and none so late that it would reach into the last gap, which is drawn right after the first.
#[must_use]
pub fn schedule(frames: usize, blink: usize, blinks: &Blinks, chance: &mut dyn Chance) -> Vec<usize> {
    let mut indices = vec![0; frames];
    let given = match blinks {
        Blinks::Random => None,
        Blinks::Gaps(gaps) if !gaps.is_empty() => Some(gaps),
        Blinks::Never | Blinks::Gaps(_) => return indices,
    };
    let mut turn = given.into_iter().flat_map(|gaps| gaps.iter().copied().cycle());
    let mut gap = || turn.next().unwrap_or_else(|| chance.blink_gap());
    let mut start = gap();
    let last_gap = given.and_then(|gaps| gaps.last().copied()).unwrap_or_else(&mut gap);
    let Some(end) = frames.checked_sub(last_gap.max(blink)) else {
        return indices;
    };
    while start < end && blink > 0 {
        indices[start..start + blink].iter_mut().enumerate().for_each(|(index, at)| *at = index);
        start = start.saturating_add(blink).saturating_add(gap());
    }
    indices
}
