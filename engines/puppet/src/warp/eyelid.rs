//! How an eye closes: the skin between brow and lashes is drawn down over it with crease and lashes, and that below it a
//! little up.
//!
//! At its edge a lid moves as one piece, so that lashes and liner keep their shape, and at the brow not at all: what lies
//! between is stretched, as the fold of a lid is when it unfolds.

use image::RgbImage;

use crate::curve::{arch, bell, mix, rise};
use crate::geometry::{Geometry, Lids};
use crate::pose::LidPose;

/// Where the lids meet: this share of the way from the upper lid to the lower one.
const MEETING: f32 = 0.86;
/// How far the lash line goes beyond it: skin over skin is not seen, a rest of the eye is.
const BEYOND: f32 = 0.025;
/// How thick the lashes are that go with the edge of the upper lid: at most, and as a share of the open eye.
const EDGE: (f32, f32) = (0.022, 0.2);
/// How much of the skin between brow and lashes lies on the bone and stays, and how much at least.
const BONE: (f32, f32) = (0.2, 0.03);
/// Height of the skin below the eye that gives way.
const POUCH: f32 = 0.14;
/// A stretched lid keeps at least this share of its skin everywhere.
const LEAST: f32 = 0.12;
/// Thickness of the lash line of a shut eye above and below the lid's edge, and how dark it is.
const LASHES: (f32, f32) = (0.014, 0.024);
const LASH: f32 = 0.55;
/// How much darker a shut lid is toward its edge than in its middle, where it bulges into the light.
const ROUND: f32 = 0.1;

type Colour = [f32; 3];

/// The lids of one eye.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Eyelid {
    lids: Lids,
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
        let pixel = |u: f32, v: f32| {
            let [x, y] = geometry.frame.to_picture(u, v);
            let x = (x.max(0.0) as u32).min(picture.width() - 1);
            let y = (y.max(0.0) as u32).min(picture.height() - 1);
            picture.get_pixel(x, y).0.map(f32::from)
        };
        let edge = (0..90).map(|step| {
            let x = 0.85 * ((step % 15) as f32 / 7.0 - 1.0);
            pixel(lids.centre + x * lids.half_width, lids.upper.at(x) + 0.04 * (step / 15) as f32 / 5.0)
        });
        Self { lids, lashes: darker_third(edge.collect()) }
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
        let open = lower - upper;
        let lash = EDGE.0.min(EDGE.1 * open);
        let skin = upper - lids.brow.at(x);
        let fixed = upper - (skin - (BONE.0 * skin).max(BONE.1)).max(0.02);
        let ends = (1.0 - x * x).sqrt();
        let meeting = upper + MEETING * open + BEYOND * ends;

        let edge = upper + lash;
        let drop = pose.upper * (meeting - edge).max(0.0);
        let raise = pose.lower * (1.0 - MEETING) * open;
        if v < fixed || v > lower + POUCH {
            return None;
        }
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

/// Mean of the darker third of the colours.
fn darker_third(mut colours: Vec<Colour>) -> Colour {
    let bright = |colour: &Colour| 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2];
    colours.sort_by(|a, b| bright(a).total_cmp(&bright(b)));
    colours.truncate(colours.len() / 3);
    std::array::from_fn(|channel| colours.iter().map(|colour| colour[channel]).sum::<f32>() / colours.len() as f32)
}
