//! How an eye closes: the skin above it stretches down over the eyeball, lashes first, and the skin below rises a little.

use crate::curve::rise;
use crate::geometry::{Lids, arch};

/// The lash line below the lid's edge, which moves without stretching.
const LASHES: f32 = 0.03;
/// How far beyond the measured corners the lids still move: a corner that stays open shows more than one that moves.
const BEYOND: f32 = 1.08;
/// Where the lids meet: this share of the way from the line of the corners down to the open lower lid.
const MEETING: f32 = 0.6;
/// How much farther than measured the eye is taken to reach up and down: skin that moves along is not seen, a rest of
/// the eye is.
const ABOVE: f32 = 0.012;
const BELOW: f32 = 0.02;
/// Height of the skin below the lower lid that stretches.
const POUCH: f32 = 0.14;

/// The lids of one eye.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Eyelid(Lids);

/// What is seen at a point near an eye.
#[derive(Debug, Clone, Copy)]
pub(super) struct Covered {
    /// `v` in the portrait of the skin of the upper lid, and how far the point lies below its edge.
    pub upper: f32,
    pub below_upper: f32,
    /// `v` in the portrait of the skin of the lower lid, and how far the point lies above its edge.
    pub lower: f32,
    pub above_lower: f32,
    /// How far the upper lid has come down there.
    pub drop: f32,
}

impl Eyelid {
    pub(super) fn new(lids: Lids) -> Self {
        Self(Lids { half_width: lids.half_width * BEYOND, rise: lids.rise + ABOVE, sink: lids.sink + BELOW, ..lids })
    }

    /// Whether a point lies within `margin` of where these lids move.
    pub(super) fn reaches(&self, u: f32, v: f32, margin: f32) -> bool {
        let lids = &self.0;
        let down = v - lids.level - lids.slope * (u - lids.centre);
        (u - lids.centre).abs() < lids.half_width + margin
            && down > -lids.rise - lids.skin - margin
            && down < lids.sink + POUCH + margin
    }

    /// What is seen at a point when the lids have closed by the share `closed`; nothing beyond the corners.
    pub(super) fn cover(&self, closed: f32, u: f32, v: f32) -> Option<Covered> {
        let lids = &self.0;
        let across = u - lids.centre;
        let x = across / lids.half_width;
        if x.abs() >= 1.0 {
            return None;
        }
        let arch = arch(x);
        let base = lids.level + lids.slope * across;
        let meeting = base + MEETING * lids.sink * arch;

        let lash_line = base - lids.rise * arch;
        // Fuller than the arch, so that the lashes are as thick near the corners.
        let open_upper = lash_line + LASHES * (1.0 - x * x * x * x);
        let drop = closed * (meeting + 0.01 * arch - open_upper).max(0.0);
        // Between an even stretch and one that starts and ends softly: the middle must not smear, and no
        // crease may show at the ends.
        let soft = |share: f32| 0.3 * share + 0.7 * rise(0.0, 1.0, share);
        let stretch = ((v - lash_line + lids.skin) / (drop + lids.skin)).clamp(0.0, 1.0);
        let upper = v - drop * soft(stretch);

        let open_lower = base + lids.sink * arch;
        let lift = closed * (open_lower - meeting);
        let stretch = ((open_lower + POUCH - v) / (POUCH + lift)).clamp(0.0, 1.0);
        let lower = v + lift * soft(stretch);

        Some(Covered { upper, below_upper: v - open_upper - drop, lower, above_lower: open_lower - lift - v, drop })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIDS: Lids =
        Lids { centre: -0.5, half_width: 0.26, level: 0.0, slope: 0.05, rise: 0.12, sink: 0.09, skin: 0.1 };

    #[test]
    fn open_lids_cover_nothing_and_shut_lids_the_whole_eye() {
        let eyelid = Eyelid::new(LIDS);
        for x in [-0.9, -0.4, 0.0, 0.5, 0.9] {
            let u = LIDS.centre + x * LIDS.half_width;
            for v in (-20..20).map(|step| step as f32 * 0.01) {
                let open = eyelid.cover(0.0, u, v).unwrap();
                assert!((open.upper - v).abs() < 1e-6 && (open.lower - v).abs() < 1e-6);
                let shut = eyelid.cover(1.0, u, v).unwrap();
                assert!(shut.below_upper <= 0.0 || shut.above_lower <= 0.0, "the eye shows at {u}, {v}");
            }
        }
        assert!(eyelid.cover(1.0, LIDS.centre + 0.4, 0.0).is_none());
    }

    #[test]
    fn the_skin_never_folds() {
        let eyelid = Eyelid::new(LIDS);
        for closed in [0.3, 0.7, 1.0] {
            let column = (-40..40).map(|step| eyelid.cover(closed, LIDS.centre, step as f32 * 0.01).unwrap());
            let column: Vec<Covered> = column.collect();
            assert!(column.windows(2).all(|pair| pair[1].upper > pair[0].upper && pair[1].lower > pair[0].lower));
        }
    }
}
