//! Fades at the beginning and the end of a run: what they lead to, and how much of each frame they leave.

/// What frames fade towards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fade {
    /// Nothing: fades have no effect.
    #[default]
    Off,
    /// The first frame.
    First,
    /// The source.
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
