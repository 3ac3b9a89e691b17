//! When eyes blink.

use crate::motion::noise::Chance;

/// Gaps between blinks, in frames.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Blinks {
    /// The eyes stay open.
    Never,
    /// Chance decides: 60 to 100 frames.
    Random,
    /// These gaps in turn; an empty list means never.
    Gaps(Vec<usize>),
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
