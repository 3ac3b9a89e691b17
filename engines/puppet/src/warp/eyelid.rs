//! How an eye closes: skin in the colours around the eye covers it from above and a little from below, and the
//! lashes go with the upper lid's edge.
//!
//! The portrait's own skin is not stretched over the eye: lashes, liner and creases would stretch with it.

use image::RgbImage;

use crate::curve::{arch, bell, mix, rise};
use crate::geometry::{Geometry, Lids};
use crate::pose::LidPose;

/// Where the lids meet: this share of the way from the line of the corners down to the open lower lid.
const MEETING: f32 = 0.6;
/// How much farther than measured the eye is taken to reach: skin painted on skin is not seen, a rest of the eye is.
const BEYOND: f32 = 1.06;
const ABOVE: f32 = 0.012;
const BELOW: f32 = 0.02;
/// How far out the painted skin is whole and where it ends, in sizes of the lids with their surroundings.
const WHOLE: f32 = 0.84;
const END: f32 = 1.2;
/// Height of the skin below the eye that is painted over.
const POUCH: f32 = 0.07;
/// Thickness of the lashes of a shut eye above and below the lid's edge.
const LASHES: (f32, f32) = (0.016, 0.036);
/// How much darker the crease of the upper lid is than its skin, and how thick.
const CREASE: (f32, f32) = (0.07, 0.03);
/// Beyond the outer corner, what is this much darker than the skin is hair or liner and stays: from where on, and wholly.
const FOREIGN: (f32, f32) = (25.0, 70.0);

/// Places across an eye at which the colour of the skin is known.
const COLUMNS: usize = 9;
/// How far across they lie, in half widths of the eye.
const SPAN: f32 = 1.1;

/// How far the painted skin extends toward the nose and away from it, in half widths of the eye: away, hair is near.
const INWARD: f32 = 1.25;
const OUTWARD: f32 = 1.1;

type Colour = [f32; 3];

/// The lids of one eye.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Eyelid {
    lids: Lids,
    /// The sign of the direction away from the nose.
    outward: f32,
    /// Colours of the skin above and below the eye.
    above: [Colour; COLUMNS],
    below: [Colour; COLUMNS],
    lashes: Colour,
}

/// What lies over the portrait at a point near an eye: a colour, and how much of it.
pub(super) type Layer = (Colour, f32);

impl Eyelid {
    /// The lids of the eye `index` (0 is the left one in the picture).
    pub(super) fn new(picture: &RgbImage, geometry: &Geometry, index: usize) -> Self {
        let lids = geometry.eyes[index];
        let lids =
            Lids { half_width: lids.half_width * BEYOND, rise: lids.rise + ABOVE, sink: lids.sink + BELOW, ..lids };
        let pixel = |u: f32, v: f32| {
            let [x, y] = geometry.frame.to_picture(u, v);
            let x = (x.max(0.0) as u32).min(picture.width() - 1);
            let y = (y.max(0.0) as u32).min(picture.height() - 1);
            picture.get_pixel(x, y).0.map(f32::from)
        };
        let column = |index: usize, near: f32, far: f32, sign: f32| {
            let x = SPAN * (2.0 * index as f32 / (COLUMNS - 1) as f32 - 1.0);
            let (u, base) = lids.place(x);
            let edge = base + sign * arch(x.clamp(-1.0, 1.0)) * if sign < 0.0 { lids.rise } else { lids.sink };
            let around = (0..60).map(|step| {
                let (across, down) = ((step % 5) as f32 / 2.0 - 1.0, (step / 5) as f32 / 11.0);
                pixel(u + 0.03 * across, edge + sign * mix(near, far, down))
            });
            // Brighter than most: neither lashes nor the lid's crease, but no single light on the skin either.
            ranked(around.collect(), 0.6, 0.85)
        };
        let above = std::array::from_fn(|place| column(place, 0.25 * lids.skin, lids.skin, -1.0));
        let below = std::array::from_fn(|index| column(index, 0.03, 0.12, 1.0));
        let edge = (0..90).map(|step| {
            let x = 0.85 * ((step % 15) as f32 / 7.0 - 1.0);
            let (u, base) = lids.place(x);
            pixel(u, base - lids.rise * arch(x) + 0.05 * (step / 15) as f32 / 5.0)
        });
        let lashes = ranked(edge.collect(), 0.05, 0.35);
        Self { lids, outward: 2.0 * index as f32 - 1.0, above: smooth(above), below: smooth(below), lashes }
    }

    /// Whether a point lies within `margin` of where these lids move.
    pub(super) fn reaches(&self, u: f32, v: f32, margin: f32) -> bool {
        let lids = &self.lids;
        let down = v - lids.level - lids.slope * (u - lids.centre);
        (u - lids.centre).abs() < END * INWARD * lids.half_width + margin
            && down > -lids.rise - lids.skin - margin
            && down < END * (lids.sink + POUCH) + margin
    }

    /// What covers the portrait, whose colour is `under`, at a point: skin, and lashes over it. `unit` is pixels per
    /// unit of the face.
    pub(super) fn cover(&self, pose: LidPose, under: Colour, u: f32, v: f32, unit: f32) -> [Layer; 2] {
        let lids = &self.lids;
        let x = (u - lids.centre) / lids.half_width;
        let base = lids.level + lids.slope * (u - lids.centre);
        let arch = arch(x.clamp(-1.0, 1.0));
        let (open_upper, open_lower) = (base - lids.rise * arch, base + lids.sink * arch);
        let meeting = base + MEETING * lids.sink * arch;
        let upper = mix(open_upper, meeting, pose.upper);
        let lower = mix(open_lower, meeting, pose.lower);

        let (top, bottom) = ((lids.rise + lids.skin) / END, lids.sink + POUCH);
        let y = (v - base) / if v < base { top } else { bottom };
        let span = if x * self.outward < 0.0 { INWARD } else { OUTWARD };
        let near = 1.0 - rise(WHOLE, END, (x / span).hypot(y));
        // Where the lid was before, its own skin and lashes pass into the painted skin; over the eye there is no own.
        let old_upper =
            mix(rise(0.0, 0.4, pose.upper), 1.0, rise(-0.02, 0.0, v - open_upper) * rise(0.0, 0.05, pose.upper));
        let old_lower =
            mix(rise(0.0, 0.6, pose.lower), 1.0, rise(-0.01, 0.0, open_lower - v) * rise(0.0, 0.05, pose.lower));
        let from_above = (0.5 - (v - upper) * unit).clamp(0.0, 1.0);
        let from_below = (0.5 - (lower - v) * unit).clamp(0.0, 1.0).min(1.0 - from_above);
        let skin = near * (from_above * old_upper + from_below * old_lower);

        let ends = 1.0 - rise(0.75, 1.08, x.abs());
        let stroke = |edge: f32, above: f32, below: f32| {
            let off = v - edge;
            (1.0 - rise(0.0, 1.0, off.abs() / if off < 0.0 { above } else { below })) * ends
        };
        let lashes = (0.85 * rise(0.0, 0.3, pose.upper) * stroke(upper, LASHES.0, LASHES.1))
            .max(0.3 * rise(0.0, 0.15, pose.lower) * stroke(lower, 0.012, 0.012));
        let crease = open_upper - 0.35 * lids.skin * arch.sqrt();
        let shade = 1.0 - CREASE.0 * bell((v - crease) / CREASE.1) * arch.min(1.0);
        let colour = self.skin(x, v, base - top, base + bottom).map(|value| shade * value);
        let darker = colour.iter().zip(under).map(|(skin, under)| skin - under).fold(0.0, f32::max);
        let skin = skin * (1.0 - rise(FOREIGN.0, FOREIGN.1, darker) * rise(1.0, 1.12, x * self.outward));
        [(colour, skin), (self.lashes, lashes)]
    }

    /// The colour of the skin painted at a point, `x` half widths from the middle of the eye.
    fn skin(&self, x: f32, v: f32, top: f32, bottom: f32) -> Colour {
        let place = ((x / SPAN).clamp(-1.0, 1.0) + 1.0) * 0.5 * (COLUMNS - 1) as f32;
        let index = (place as usize).min(COLUMNS - 2);
        let (share, down) = (place - index as f32, rise(top, bottom, v));
        std::array::from_fn(|channel| {
            let across = |row: &[Colour; COLUMNS]| mix(row[index][channel], row[index + 1][channel], share);
            mix(across(&self.above), across(&self.below), down)
        })
    }
}

impl Lids {
    /// `u` of a place across the eye, −1 and 1 at its corners, and `v` of the line through the corners there.
    fn place(&self, x: f32) -> (f32, f32) {
        (self.centre + x * self.half_width, self.level + self.slope * x * self.half_width)
    }
}

/// Mean of the colours whose brightness ranks between two shares.
fn ranked(mut colours: Vec<Colour>, from: f32, to: f32) -> Colour {
    let bright = |colour: &Colour| 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2];
    colours.sort_by(|a, b| bright(a).total_cmp(&bright(b)));
    let count = colours.len() as f32;
    let kept = &colours[(from * count) as usize..(to * count) as usize];
    std::array::from_fn(|channel| kept.iter().map(|colour| colour[channel]).sum::<f32>() / kept.len() as f32)
}

/// The row without outliers (hair, glasses) and without steps from one column to the next.
fn smooth(row: [Colour; COLUMNS]) -> [Colour; COLUMNS] {
    let near = |row: &[Colour; COLUMNS], index: usize, reach: usize| {
        row[index.saturating_sub(reach)..(index + reach + 1).min(COLUMNS)].to_vec()
    };
    let steady: [Colour; COLUMNS] = std::array::from_fn(|index| ranked(near(&row, index, 2), 0.34, 0.8));
    std::array::from_fn(|index| ranked(near(&steady, index, 1), 0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SKIN: Colour = [180.0, 150.0, 130.0];
    const SHUT: LidPose = LidPose { upper: 1.0, lower: 1.0 };

    fn eyelid() -> (Eyelid, Geometry) {
        let geometry = Geometry::usual();
        (Eyelid::new(&RgbImage::from_pixel(450, 500, image::Rgb([180, 150, 130])), &geometry, 0), geometry)
    }

    fn points() -> impl Iterator<Item = (f32, f32)> {
        (-60..60).flat_map(|i| (-50..50).map(move |j| (-0.5 + 0.01 * i as f32, 0.01 * j as f32)))
    }

    #[test]
    fn open_lids_cover_nothing() {
        let (eyelid, _) = eyelid();
        for (u, v) in points() {
            let [(_, skin), (_, lashes)] = eyelid.cover(LidPose::default(), [0.0; 3], u, v, 200.0);
            assert!(skin < 1e-3 && lashes == 0.0, "{skin} of skin and {lashes} of lashes at {u}, {v}");
        }
    }

    #[test]
    fn shut_lids_cover_the_whole_eye_and_not_the_brow() {
        let (eyelid, geometry) = eyelid();
        let lids = geometry.eyes[0];
        for (u, v) in points() {
            let [(colour, skin), (_, lashes)] = eyelid.cover(SHUT, SKIN, u, v, 200.0);
            let x = (u - lids.centre) / lids.half_width;
            let down = v - lids.level - lids.slope * (u - lids.centre);
            if x.abs() <= 1.0 && down > -lids.rise * arch(x) && down < lids.sink * arch(x) {
                assert!(skin > 0.95, "only {skin} of skin at {u}, {v}");
                assert!((colour[0] - 180.0).abs() < 25.0, "the skin's colour is lost at {u}, {v}: {colour:?}");
            }
            if down < -lids.rise - lids.skin - 0.02 || !eyelid.reaches(u, v, 0.0) {
                assert!(skin < 1e-3 && lashes == 0.0, "{skin} of skin and {lashes} of lashes at {u}, {v}");
            }
        }
    }

    #[test]
    fn lids_cover_more_and_more_as_they_close() {
        let (eyelid, geometry) = eyelid();
        let u = geometry.eyes[0].centre;
        let covered = |closed: f32| {
            let pose = LidPose::default().blinking(closed);
            (-10..9).map(|j| eyelid.cover(pose, SKIN, u, 0.01 * j as f32, 200.0)[0].1).sum::<f32>()
        };
        let steps = [0.0, 0.25, 0.5, 0.75, 1.0].map(covered);
        assert!(steps.windows(2).all(|pair| pair[1] > pair[0] + 1.0), "{steps:?}");
    }

    #[test]
    fn lashes_and_hair_do_not_colour_the_skin() {
        let geometry = Geometry::usual();
        let striped =
            RgbImage::from_fn(450, 500, |x, _| image::Rgb(if x % 5 == 0 { [20; 3] } else { [200, 160, 140] }));
        let eyelid = Eyelid::new(&striped, &geometry, 1);
        for colour in eyelid.above.iter().chain(&eyelid.below) {
            assert!(colour[0] > 190.0, "{colour:?}");
        }
    }
}
