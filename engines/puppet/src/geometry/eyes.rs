//! Finds pupils and eyelids: dark discs between bright sides, under a curve where skin turns to lashes.

use super::crop::{Crop, DENSITY};
use super::lids::Lids;
use super::row::Row;
use crate::curve::{arch, rise};

/// The opening of one eye as it is looked for, in face coordinates.
#[derive(Debug, Clone, Copy)]
struct Opening {
    /// `u` midway between the corners.
    centre: f32,
    /// Half the distance between the corners.
    half_width: f32,
    /// `v` of the line through the corners, at the centre.
    level: f32,
    /// How much the line through the corners falls per unit to the right.
    slope: f32,
    /// How far the upper lid's lash line rises above that line.
    rise: f32,
    /// How far the lower lid sinks below that line.
    sink: f32,
    /// Height of the skin between the lash line and the brow.
    skin: f32,
}

impl Opening {
    /// What most eyes look like around a pupil at (`pupil`, 0).
    fn usual(pupil: f32) -> Self {
        Self { centre: pupil, half_width: 0.26, level: 0.02, slope: 0.0, rise: 0.1, sink: 0.08, skin: 0.15 }
    }

    /// The lids, with what they may be off: skin drawn over skin is not seen, a rest of the eye is.
    fn lids(&self, sure: f32) -> Lids {
        let half_width = self.half_width + OFF.0;
        let line = |x: f32| self.level + self.slope * x * half_width;
        let rise = self.rise + OFF.1;
        Lids {
            centre: self.centre,
            half_width,
            upper: Row::of(|x| line(x) - rise * arch(x)),
            lower: Row::of(|x| line(x) + (self.sink + OFF.2) * arch(x)),
            // The brow is a flatter arch than the lid.
            brow: Row::of(|x| line(x) - self.rise * (0.6 + 0.4 * arch(x)) - self.skin),
            sure,
        }
    }
}

/// How far the corners of an eye mostly are off at most, its upper lid, and its lower one.
const OFF: (f32, f32, f32) = (0.045, 0.035, 0.02);

/// A pupil's position.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pupil {
    pub u: f32,
    pub v: f32,
    score: f32,
}

/// How far from its expected place a pupil is looked for.
const REACH: (f32, f32) = (0.24, 0.26);
/// Least contrast of iris against sclera for a pupil to be believed.
const LEAST_CONTRAST: f32 = 0.05;

/// Finds both pupils, or nothing where they are hidden.
pub(super) fn pupils(crop: &Crop) -> Option<[Pupil; 2]> {
    let left = candidates(crop, -0.5);
    let right = candidates(crop, 0.5);
    let mut best: Option<([Pupil; 2], f32)> = None;
    for &a in &left {
        for &b in &right {
            let (across, down) = (b.u - a.u, b.v - a.v);
            let odd = ((across - 1.0) / 0.16).powi(2) + (down / 0.22).powi(2);
            let score = a.score + b.score - 0.05 * odd - 0.15 * (a.score - b.score).abs();
            if best.is_none_or(|(_, other)| score > other) {
                best = Some(([a, b], score));
            }
        }
    }
    best.map(|(pair, _)| pair).filter(|pair| pair.iter().all(|pupil| pupil.score > LEAST_CONTRAST))
}

/// The best places for one pupil, best first, no two close together.
fn candidates(crop: &Crop, expected: f32) -> Vec<Pupil> {
    let step = 1.0 / DENSITY;
    let mut found = Vec::new();
    let (columns, rows) = ((REACH.0 / step) as i32, (REACH.1 / step) as i32);
    for row in -rows..=rows {
        for column in -columns..=columns {
            let (u, v) = (expected + column as f32 * step, row as f32 * step);
            let far = ((u - expected) / 0.14).powi(2) + (v / 0.14).powi(2);
            let contrast = (4..=9).map(|radius| disc_contrast(crop, u, v, radius as f32 * step)).fold(-1.0, f32::max);
            found.push(Pupil { u, v, score: contrast - 0.02 * far });
        }
    }
    found.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut apart: Vec<Pupil> = Vec::new();
    for pupil in found {
        if apart.iter().all(|other| (pupil.u - other.u).hypot(pupil.v - other.v) > 0.08) {
            apart.push(pupil);
        }
        if apart.len() == 8 {
            break;
        }
    }
    apart
}

/// How much darker a disc is than the darker of its two sides. An eyebrow is dark on both sides as well: about 0.
fn disc_contrast(crop: &Crop, u: f32, v: f32, radius: f32) -> f32 {
    const POINTS: usize = 37;
    let mut disc = [0.0f32; POINTS];
    let places = (0..49).map(|index| (index % 7 - 3, index / 7 - 3)).filter(|(i, j)| i * i + j * j <= 10);
    for (value, (i, j)) in disc.iter_mut().zip(places) {
        *value = crop.bright(u + radius * i as f32 / 3.0, v + radius * j as f32 / 3.0);
    }
    // The brightest fifth is left out: a light that the pupil reflects must not push the disc aside.
    let (dark, ..) = disc.select_nth_unstable_by(POINTS * 4 / 5, f32::total_cmp);
    let dark = dark.iter().sum::<f32>() / dark.len() as f32;
    let side = |sign: f32| crop.mean_bright(u + sign * 1.75 * radius, v + 0.1 * radius, 0.3 * radius, 0.5 * radius);
    side(-1.0).min(side(1.0)) - dark
}

/// Fits the lids of both eyes around pupils; nothing where either is not made out, as what was taken for pupils is none.
pub(super) fn lids(crop: &Crop, pupils: &[Pupil; 2]) -> Option<[Lids; 2]> {
    let contrast = pupils[0].score.min(pupils[1].score);
    let (mut left, left_clear) = fit(crop, -0.5, 1.0);
    let (mut right, right_clear) = fit(crop, 0.5, -1.0);
    // Two eyes of a face are alike, one the mirror of the other: what one shows badly, the other mends.
    let alike = |a: &mut f32, b: &mut f32| (*a, *b) = (0.65 * *a + 0.35 * *b, 0.35 * *a + 0.65 * *b);
    alike(&mut left.half_width, &mut right.half_width);
    alike(&mut left.rise, &mut right.rise);
    alike(&mut left.sink, &mut right.sink);
    let (mut left_outward, mut right_outward) = (-0.5 - left.centre, right.centre - 0.5);
    alike(&mut left_outward, &mut right_outward);
    (left.centre, right.centre) = (-0.5 - left_outward, 0.5 + right_outward);
    let mut mirrored = -right.slope;
    alike(&mut left.slope, &mut mirrored);
    right.slope = -mirrored;
    let clear = left_clear.min(right_clear);
    let [sure, striking] = [(CLEAR, CONTRAST), (HARDLY_CLEAR, STRIKING)]
        .map(|(least, strong)| rise(least.0, least.1, clear) * rise(strong.0, strong.1, contrast));
    let lids = [left, right].map(|opening| opening.lids(1.0));
    let foreign = lids.iter().map(|lids| foreign(crop, lids)).fold(0.0, f32::max);
    let found = sure.max(striking);
    // Eyes may be surely there, and their lids all the same behind hair.
    let sure = found * (1.0 - rise(FOREIGN.0, FOREIGN.1, foreign));
    (found > 0.0).then(|| lids.map(|lids| Lids { sure, ..lids }))
}

/// The share of the skin that a blink would draw down that is no skin: of an eye that was measured amiss, of hair, of glasses.
fn foreign(crop: &Crop, lids: &Lids) -> f32 {
    let across = steps(-0.75, 0.75, 9);
    let places = across.flat_map(|x| steps(0.45, 1.0, 6).map(move |down| (x, down)));
    let bright = places.map(|(x, down)| {
        let (brow, upper) = (lids.brow.at(x), lids.upper.at(x));
        crop.bright(lids.centre + x * lids.half_width, brow + down * (upper - brow))
    });
    let mut bright: Vec<f32> = bright.collect();
    bright.sort_by(f32::total_cmp);
    let usual = bright[bright.len() / 2];
    bright.iter().filter(|bright| (*bright - usual).abs() > UNLIKE * usual).count() as f32 / bright.len() as f32
}

/// The eyes of most faces, for those that cannot be made out.
pub(super) fn usual() -> [Lids; 2] {
    [-0.5, 0.5].map(|pupil| Opening::usual(pupil).lids(0.0))
}

/// Clarity of a fit, and contrast of a pupil, up to which they are not believed and from which on they are sure. On photographs,
/// brows, folds and glasses that were taken for eyes came up to the first and real eyes were mostly beyond the second.
const CLEAR: (f32, f32) = (0.4, 0.52);
const CONTRAST: (f32, f32) = (0.14, 0.23);
/// The share of foreign things on the lids up to which they are sure and from which on they are not, and how much brighter or
/// darker such a thing is than the skin.
const FOREIGN: (f32, f32) = (0.12, 0.3);
const UNLIKE: f32 = 0.25;
/// Where pupils are so striking, lids need not be as clear: on dark skin they hardly are.
const STRIKING: (f32, f32) = (0.41, 0.46);
const HARDLY_CLEAR: (f32, f32) = (0.22, 0.3);

/// The lids around a pupil at (`pupil`, 0) that best enclose what is not skin, and how clearly they do.
/// `inward` is the direction of the nose.
fn fit(crop: &Crop, pupil: f32, inward: f32) -> (Opening, f32) {
    let skin = (crop.mean_bright(pupil, 0.3, 0.1, 0.05), crop.mean_red(pupil, 0.3, 0.1, 0.05));
    let mut best = (Opening::usual(pupil), 0.0);
    let mut best_score = f32::MIN;
    for centre in steps(-0.05, 0.05, 5).map(|offset| pupil + offset) {
        for half_width in steps(0.2, 0.32, 7) {
            for level in steps(-0.02, 0.07, 5) {
                // The inner corner mostly lies a little lower than the outer one.
                for slope in steps(-0.06, 0.12, 4).map(|slope| slope * inward) {
                    for rise in steps(0.06, 0.2, 8) {
                        let lids = Opening { centre, half_width, level, slope, rise, sink: 0.1 - level, skin: 0.0 };
                        let edge = upper_edge(crop, &lids);
                        let odd = ((half_width - 0.265) / 0.05).powi(2)
                            + ((level - 0.02) / 0.04).powi(2)
                            + ((centre - pupil) / 0.03).powi(2)
                            + (slope / 0.15).powi(2);
                        let clear = edge + contents(crop, pupil, &lids, skin);
                        let score = clear - 0.008 * odd;
                        if score > best_score {
                            best_score = score;
                            best = (lids, clear);
                        }
                    }
                }
            }
        }
    }
    let (mut lids, clear) = best;
    lids.skin = skin_height(crop, &lids);
    // The lower lid touches the iris at least.
    let sinks = steps((0.06 - lids.level).max(0.03), 0.16, 14).map(|sink| {
        let enclosed = contents(crop, pupil, &Opening { sink, ..lids }, skin);
        (sink, lower_edge(crop, &lids, sink) + 0.5 * enclosed)
    });
    lids.sink = sinks.max_by(|a, b| a.1.total_cmp(&b.1)).map_or(0.08, |(sink, _)| sink);
    (lids, clear)
}

/// How much less the inside of the lids looks like the skin (its brightness and redness) than what surrounds them.
fn contents(crop: &Crop, pupil: f32, lids: &Opening, skin: (f32, f32)) -> f32 {
    let unlike = |u: f32, v: f32| {
        // The iris may be as brown as the skin, but its place is known.
        if (u - pupil).abs() < 0.09 && v.abs() < 0.06 {
            return 0.4;
        }
        ((crop.bright(u, v) - skin.0).abs() + 2.0 * (skin.1 - crop.red(u, v)).max(0.0)).min(0.4)
    };
    let (mut inside, mut outside) = (0.0, 0.0);
    for x in steps(-0.85, 0.85, 9) {
        let u = lids.centre + x * lids.half_width;
        let (arch, base) = (arch(x), lids.level + lids.slope * (u - lids.centre));
        let (upper, lower) = (base - lids.rise * arch, base + lids.sink * arch);
        inside += steps(0.2, 0.8, 3).map(|share| unlike(u, upper + share * (lower - upper))).sum::<f32>() / 3.0;
        outside += 0.7 * unlike(u, lower + 0.035) + 0.3 * unlike(u, upper - 0.06);
    }
    let corner = |x: f32| unlike(lids.centre + x * lids.half_width, lids.level + lids.slope * x * lids.half_width);
    // By area: otherwise the purest part of an eye would be the best eye.
    (inside - 0.7 * outside) / 9.0 * lids.half_width / 0.2 - 0.1 * (corner(-1.2) + corner(1.2))
}

/// Mean step from skin above the upper lid's curve to the lashes on it and the eye below it.
fn upper_edge(crop: &Crop, lids: &Opening) -> f32 {
    const POINTS: usize = 13;
    let edges = steps(-0.85, 0.85, POINTS).map(|x| {
        let u = lids.centre + x * lids.half_width;
        let v = lids.level + lids.slope * (u - lids.centre) - lids.rise * arch(x);
        let darker = (crop.bright(u, v - 0.045) - crop.bright(u, v + 0.012)).clamp(-0.1, 0.35);
        // The white of an eye may be brighter than the skin, but it is never as red.
        let paler = (crop.red(u, v - 0.035) - crop.red(u, v + 0.04)).clamp(-0.05, 0.2);
        darker + 0.6 * paler
    });
    edges.sum::<f32>() / POINTS as f32
}

/// How well the lower lid's curve divides eye from skin: the eye is darker, or paler in colour, than the skin.
fn lower_edge(crop: &Crop, lids: &Opening, sink: f32) -> f32 {
    const POINTS: usize = 11;
    let edges = steps(-0.7, 0.7, POINTS).map(|x| {
        let u = lids.centre + x * lids.half_width;
        let v = lids.level + lids.slope * (u - lids.centre) + sink * arch(x);
        let brighter = (crop.bright(u, v + 0.03) - crop.bright(u, v - 0.015)).clamp(0.0, 0.3);
        let redder = (crop.red(u, v + 0.03) - crop.red(u, v - 0.02)).clamp(-0.05, 0.2);
        brighter + 0.7 * redder
    });
    edges.sum::<f32>() / POINTS as f32 - 0.02 * ((sink + lids.level - 0.105) / 0.03).powi(2)
}

/// How far skin goes on above the lash line before the brow darkens it, where that is least.
fn skin_height(crop: &Crop, lids: &Opening) -> f32 {
    let heights = steps(-0.8, 0.8, 9).map(|x| {
        let u = lids.centre + x * lids.half_width;
        let lashes = lids.level + lids.slope * (u - lids.centre) - lids.rise * arch(x);
        let light = steps(0.05, 0.12, 5).map(|up| crop.bright(u, lashes - up)).fold(0.0, f32::max);
        steps(0.08, 0.3, 23).find(|up| crop.bright(u, lashes - up) < 0.85 * light).unwrap_or(0.3)
    });
    let mut heights: Vec<f32> = heights.collect();
    heights.sort_by(f32::total_cmp);
    (heights[1] - 0.02).clamp(0.07, 0.22)
}

/// `count` values from `low` to `high`.
fn steps(low: f32, high: f32, count: usize) -> impl Iterator<Item = f32> {
    (0..count).map(move |index| low + (high - low) * index as f32 / (count - 1) as f32)
}
