//! From a face's box to the part of the picture that moves and the square that is shown.
//!
//! As EchoMimic does it, but for one thing that may be chosen: where the part that moves would begin above or left of the
//! picture, EchoMimic's indices count from its other end, and mostly nothing moves.

use engine_vision::area::Edges;
use engine_vision::boxes::Bounds;

/// No edge is further off, so that sums of them hold.
const FARTHEST: f64 = 1e9;

/// A box in whole pixels; halves go to the even one.
#[must_use]
pub fn rounded(bounds: Bounds) -> Edges {
    bounds.map(|edge| within_reach(f64::from(edge).round_ties_even()))
}

/// Grows a box at each side by a share of its size, cut to whole pixels.
#[must_use]
pub fn grown([left, top, right, bottom]: Edges, share: f64) -> Edges {
    let margin = |length: i64| within_reach(length as f64 * share);
    let (across, down) = (margin(right - left), margin(bottom - top));
    [left - across, top - down, right + across, bottom + down]
}

fn within_reach(pixels: f64) -> i64 {
    pixels.clamp(-FARTHEST, FARTHEST) as i64
}
