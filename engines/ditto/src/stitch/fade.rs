//! Fades at the beginning and the end of a run: what they lead to, and how much of each frame they leave.

use engine_api::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a fade leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "FadeTo")]
#[allow(missing_docs)] // a text on each name would turn the schema's plain list of names into a list of schemas
pub enum Fade {
    // Nothing: fades have no effect.
    #[default]
    #[serde(rename = "")]
    Off,
    #[serde(rename = "d0")]
    First,
    #[serde(rename = "s")]
    Source,
}

/// The fades at both ends of a run: frame and what is left of it. Where they meet, the fade out wins.
pub(super) fn fades(frames: usize, fade_in: Option<usize>, fade_out: Option<usize>) -> Vec<(usize, f32)> {
    let rising = fade_in.unwrap_or(0);
    let mut fades: Vec<_> =
        (0..rising.min(frames)).map(|frame| (frame, (frame as f64 / rising as f64) as f32)).collect();
    if let Some(falling) = fade_out.filter(|falling| *falling > 0) {
        let end = frames as f64 - 1.0;
        let first = frames.saturating_sub(falling + 1);
        fades.extend((first..frames).map(|frame| (frame, ((end - frame as f64) / falling as f64).max(0.0) as f32)));
    }
    fades
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fade_begins_with_nothing_and_ends_with_it() {
        let third = |count: f64| (count / 3.0) as f32;
        let rising = [(0, 0.0), (1, 0.25), (2, 0.5), (3, 0.75)];
        let falling = [(6, 1.0), (7, third(2.0)), (8, third(1.0)), (9, 0.0)];
        assert_eq!(fades(10, Some(4), None), rising);
        assert_eq!(fades(10, None, Some(3)), falling);
        assert_eq!(fades(10, Some(4), Some(3)), [rising, falling].concat());
        assert!(fades(10, Some(0), Some(0)).is_empty());
    }

    #[test]
    fn fades_that_are_longer_than_the_video_end_with_it() {
        assert_eq!(fades(2, Some(4), None), [(0, 0.0), (1, 0.25)]);
        assert_eq!(fades(2, None, Some(4)), [(0, 0.25), (1, 0.0)]);
    }
}
