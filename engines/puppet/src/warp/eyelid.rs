//! How an eye closes: the skin between brow and lashes is drawn down over it with crease and lashes, and that below it a
//! little up.
//!
//! At its edge a lid moves as one piece, so that lashes and liner keep their shape, and at the brow not at all: what lies
//! between is stretched, as the fold of a lid is when it unfolds.

use image::RgbImage;

use super::colour::{Colour, brightness};
use crate::curve::{arch, bell, mix, rise};
use crate::geometry::{Geometry, Lids, Row};
use crate::pose::LidPose;

/// Where the lids meet: this share of the way from the upper lid to the lower one.
const MEETING: f32 = 0.86;
/// How far the lash line goes beyond it: skin over skin is not seen, a rest of the eye is.
const BEYOND: f32 = 0.032;
/// How much wider than measured the eye is taken to be, for the same reason.
const WIDER: f32 = 1.07;
/// How thick the lashes are that go with the edge of the upper lid: at most, and as a share of the open eye.
const EDGE: (f32, f32) = (0.022, 0.2);
/// How much of the skin between brow and lashes lies on the bone and stays, and how much at least.
const BONE: (f32, f32) = (0.2, 0.03);
/// From the lower edge of the brow up to where it is surely hair.
const INTO_BROW: f32 = 0.04;
/// From the lowest hair down to where the skin may move.
const HAIR: f32 = 0.012;
/// From the fold of the lid, which is as dark as hair, down to the lashes.
const CREASE: f32 = 0.05;
/// Height of the skin that moves, at least.
const LEAST_SKIN: f32 = 0.03;
/// Hair is darker than this share of the skin below it.
const DARK: f32 = 0.72;
/// How far down hair may reach, as a share of the way to the lashes.
const MOST_HAIR: f32 = 0.5;
/// Height of the skin below the eye that gives way.
const POUCH: f32 = 0.14;
/// A stretched lid keeps at least this share of its skin everywhere.
const LEAST: f32 = 0.12;
/// Thickness of the lash line of a shut eye above and below the lid's edge, and how dark it is.
const LASHES: (f32, f32) = (0.014, 0.024);
const LASH: f32 = 0.55;
/// How much darker a shut lid is toward its edge than in its middle, where it bulges into the light.
const ROUND: f32 = 0.1;

/// The lids of one eye.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Eyelid {
    lids: Lids,
    /// `v` down to which nothing moves: the bone below the brow, or the lowest hair of the brow.
    fixed: Row,
    lashes: Colour,
}

/// What is seen at a point near an eye.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cover {
    /// `v` where the lid's skin was that lies over the point, how much of the point it covers, and in what light.
    pub skin: f32,
    pub share: f32,
    pub light: f32,
    /// How much the lashes cover.
    pub lashes: f32,
}

impl Eyelid {
    /// The lids of the eye `index` (0 is the left one in the picture).
    pub(super) fn new(picture: &RgbImage, geometry: &Geometry, index: usize) -> Self {
        let lids = geometry.eyes[index];
        let lids = Lids { half_width: WIDER * lids.half_width, ..lids };
        let pixel = |u: f32, v: f32| geometry.frame.pixel(picture, u, v);
        let at = |x: f32| lids.centre + x * lids.half_width;
        let edge = (0..90).map(|step| {
            let x = 0.85 * ((step % 15) as f32 / 7.0 - 1.0);
            pixel(at(x), lids.upper.at(x) + 0.04 * (step / 15) as f32 / 5.0)
        });
        let lashes = darker_third(edge.collect());
        let fixed = Row::of(|x| {
            let (brow, upper) = (lids.brow.at(x), lids.upper.at(x));
            let hair = lowest_hair(brow - INTO_BROW, upper - CREASE, |v| brightness(pixel(at(x), v)));
            let skin = upper - brow;
            // What seems to be hair farther down is a fold, a shadow, or glasses.
            let bone = (BONE.0 * skin).max(BONE.1).max((hair + HAIR - brow).min(MOST_HAIR * skin));
            brow + bone
        });
        let fixed = fixed.evened().with(&lids.upper, |fixed, upper| fixed.min(upper - LEAST_SKIN));
        Self { lids, fixed, lashes }
    }

    /// The colour of the lashes.
    pub(super) fn lashes(&self) -> Colour {
        self.lashes
    }

    /// Whether a point lies within `margin` of where these lids move.
    pub(super) fn reaches(&self, u: f32, v: f32, margin: f32) -> bool {
        let lids = &self.lids;
        let x = lids.across(u);
        let (half, beside) = (lids.half_width + margin, (x.abs() - 1.0).max(0.0) * lids.half_width);
        // On this side of the corners a lid is no steeper than so.
        let slack = margin + 1.5 * beside;
        (u - lids.centre).abs() < half
            && v > lids.brow.at(x).min(lids.upper.at(x)) - slack
            && v < lids.lower.at(x) + POUCH + slack
    }

    /// What covers a point; none where all is as in the portrait. `unit` is pixels per unit of the face.
    #[inline(always)]
    pub(super) fn cover(&self, pose: LidPose, u: f32, v: f32, unit: f32) -> Option<Cover> {
        let lids = &self.lids;
        let x = lids.across(u);
        if x.abs() >= 1.0 {
            return None;
        }
        let (upper, lower) = (lids.upper.at(x), lids.lower.at(x));
        let fixed = self.fixed.at(x);
        if v < fixed || v > lower + POUCH {
            return None;
        }
        let open = lower - upper;
        let lash = EDGE.0.min(EDGE.1 * open);
        let ends = (1.0 - x * x).sqrt();
        let meeting = upper + MEETING * open + BEYOND * ends;

        let edge = upper + lash;
        let drop = pose.upper * (meeting - edge).max(0.0);
        let raise = pose.lower * (1.0 - MEETING) * open;
        let over = (0.5 - (v - edge - drop) * unit).clamp(0.0, 1.0);
        let strength = LASH * rise(0.0, 0.5, pose.upper) * (1.0 - rise(0.8, 1.0, x.abs()));
        let lashes = strength * stroke(v - edge - drop + 0.5 * lash);
        if over > 0.0 {
            let (above, moved) = drawn(v - fixed, edge - fixed, drop);
            let bulge = bell(2.0 * moved - 0.9);
            let light = 1.0 + ROUND * pose.upper * arch(x) * (0.4 * bulge - rise(0.55, 1.0, moved));
            return Some(Cover { skin: fixed + above, share: over, light, lashes });
        }
        let (below, _) = drawn(lower + POUCH - v, POUCH, raise);
        let share = (0.5 - (lower - raise - v) * unit).clamp(0.0, 1.0);
        Some(Cover { skin: lower + POUCH - below, share, light: 1.0, lashes })
    }
}

/// Where a point of skin was, `at` from the edge that stays, when the other edge, `height` from there, was drawn `by` farther:
/// its distance then, and as a share of the way to the edge now.
#[inline(always)]
fn drawn(at: f32, height: f32, by: f32) -> (f32, f32) {
    let length = height + by;
    let t = (at / length).clamp(0.0, 1.0);
    // As smooth as it can be without folding.
    let smooth = (2.0 * ((1.0 - LEAST) * length / by.max(1e-6) - 1.0)).clamp(0.0, 1.0);
    let moved = mix(t, t * t * (3.0 - 2.0 * t), smooth);
    (at - by * moved, t)
}

/// How dark the lash line is so far below its middle.
#[inline(always)]
fn stroke(off: f32) -> f32 {
    1.0 - rise(0.0, 1.0, off.abs() / if off < 0.0 { LASHES.0 } else { LASHES.1 })
}

/// `v` of the lowest hair of a brow between two places, from `from` on downwards.
fn lowest_hair(from: f32, to: f32, bright: impl Fn(f32) -> f32) -> f32 {
    const STEPS: usize = 24;
    let places = || (0..STEPS).map(|step| mix(from, to.max(from), step as f32 / (STEPS - 1) as f32));
    let skin = places().map(&bright).fold(0.0, f32::max);
    let hair = places().skip_while(|&v| bright(v) > DARK * skin).take_while(|&v| bright(v) <= DARK * skin);
    hair.last().unwrap_or(from)
}

/// Mean of the darker third of the colours.
fn darker_third(mut colours: Vec<Colour>) -> Colour {
    colours.sort_by(|a, b| brightness(*a).total_cmp(&brightness(*b)));
    colours.truncate(colours.len() / 3);
    std::array::from_fn(|channel| colours.iter().map(|colour| colour[channel]).sum::<f32>() / colours.len() as f32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::usual;

    const SHUT: LidPose = LidPose { upper: 1.0, lower: 1.0 };
    const UNIT: f32 = 200.0;

    fn eyelid() -> Eyelid {
        let picture = RgbImage::from_pixel(450, 500, image::Rgb([180, 150, 130]));
        Eyelid::new(&picture, &usual(), 0)
    }

    /// Points around the left eye, column by column, each from top to bottom.
    fn columns() -> impl Iterator<Item = (f32, Vec<f32>)> {
        (0..100).map(|i| (-1.0 + 0.01 * i as f32, (-50..50).map(|j| 0.01 * j as f32).collect()))
    }

    #[test]
    fn open_lids_cover_nothing_but_what_was_there() {
        let eyelid = eyelid();
        for (u, column) in columns() {
            for v in column {
                let Some(cover) = eyelid.cover(LidPose::default(), u, v, UNIT) else { continue };
                let moved = cover.share * (cover.skin - v).abs();
                assert!(moved < 1e-4 && cover.lashes == 0.0 && cover.light == 1.0, "{cover:?} at {u}, {v}");
            }
        }
    }

    #[test]
    fn shut_lids_cover_the_eye_with_skin_from_beside_it() {
        let eyelid = eyelid();
        let lids = eyelid.lids;
        for (u, column) in columns() {
            let x = lids.across(u);
            let (upper, lower) = (lids.upper.at(x), lids.lower.at(x));
            for v in column.into_iter().filter(|v| x.abs() < 0.95 && *v > upper && *v < lower - 1.0 / UNIT) {
                let cover = eyelid.cover(SHUT, u, v, UNIT).expect("the eye is covered");
                assert!(cover.share > 0.95, "{cover:?} at {u}, {v}");
                assert!(
                    cover.skin < upper + EDGE.0 + 1e-3 || cover.skin > lower - 1e-3,
                    "an eye shows at {u}, {v}: {cover:?}"
                );
            }
        }
    }

    #[test]
    fn the_brow_and_what_is_beyond_the_corners_stay() {
        let eyelid = eyelid();
        for (u, column) in columns() {
            let x = eyelid.lids.across(u);
            for v in column.into_iter().filter(|v| *v < eyelid.lids.brow.at(x) || x.abs() > 1.0) {
                assert_eq!(eyelid.cover(SHUT, u, v, UNIT), None, "at {u}, {v}");
            }
        }
    }

    #[test]
    fn the_skin_is_stretched_and_never_folds() {
        let eyelid = eyelid();
        for pose in [SHUT, LidPose { upper: 0.4, lower: 0.0 }, LidPose { upper: 0.2, lower: 0.6 }] {
            for (u, column) in columns() {
                let covers: Vec<Cover> = column.iter().filter_map(|&v| eyelid.cover(pose, u, v, UNIT)).collect();
                for pair in covers.windows(2).filter(|pair| pair.iter().all(|cover| cover.share == 1.0)) {
                    assert!(pair[1].skin > pair[0].skin, "{pose:?} at {u}: {pair:?}");
                }
            }
        }
    }

    #[test]
    fn lids_cover_more_and_more_as_they_close() {
        let eyelid = eyelid();
        let u = eyelid.lids.centre;
        let covered = |closed: f32| {
            let pose = LidPose::default().blinking(closed);
            let eye = (0..100).map(|j| mix(eyelid.lids.upper.at(0.0), eyelid.lids.lower.at(0.0), 0.01 * j as f32));
            eye.filter_map(|v| eyelid.cover(pose, u, v, UNIT)).map(|cover| cover.share).sum::<f32>()
        };
        let steps = [0.0, 0.25, 0.5, 0.75, 1.0].map(covered);
        assert!(steps.windows(2).all(|pair| pair[1] > pair[0] + 5.0), "{steps:?}");
    }

    #[test]
    fn a_point_that_is_covered_is_within_reach() {
        let eyelid = eyelid();
        for (u, column) in columns() {
            for v in column {
                let moves = |cover: &Cover| cover.share * (cover.skin - v).abs() > 1e-4 || cover.lashes > 0.0;
                let moved = eyelid.cover(SHUT, u, v, UNIT).is_some_and(|cover| moves(&cover));
                assert!(!moved || eyelid.reaches(u, v, 0.0), "at {u}, {v}");
            }
        }
    }
}
