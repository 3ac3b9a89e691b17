//! What is seen between parted lips: the portrait's own teeth or painted ones, darkness and the tongue, in the light that
//! falls on the face.

use image::RgbImage;

use super::colour::{blend, brightness};
use super::jaw::Parted;
use crate::curve::{mix, rise};
use crate::geometry::{Geometry, Mouth, Row};

/// How far the upper teeth reach below the line of the closed lips.
const TEETH: f32 = 0.045;
/// From the middle of the mouth out: where one tooth ends and the next begins, in units of the face, as the row of teeth curves
/// away; how much shorter each is than the first; and what light reaches it.
const ENDS: [f32; 5] = [0.0, 0.125, 0.218, 0.298, 0.36];
const SHORTER: [f32; 4] = [0.0, 0.01, 0.004, 0.016];
const LIT: [f32; 4] = [1.0, 0.95, 0.85, 0.7];
/// How far a lip's own colour may reach over its edge.
const LIP: f32 = 0.014;

/// The inside of one mouth.
pub(super) struct Cavity {
    dark: [f32; 3],
    flesh: [f32; 3],
    teeth: [f32; 3],
    tongue: [f32; 3],
    /// How much brighter the left and the right half are lit than both together.
    sides: [f32; 2],
    own_teeth: bool,
    /// Where the lips meet at rest.
    closed: Row,
    unit: f32,
}

/// What is seen at a point between the lips.
pub(super) struct Inside {
    /// What is painted there, where anything of it is seen.
    pub colour: [f32; 3],
    /// The portrait's own teeth over it.
    pub teeth: Option<Teeth>,
    /// How much of the point they cover.
    pub share: f32,
    /// In what light.
    pub light: f32,
}

/// Teeth that the portrait shows, and where down the face they show the point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Teeth {
    Upper { v: f32 },
    Lower { v: f32 },
}

impl Cavity {
    /// Takes the light from the skin beside the mouth.
    pub(super) fn new(picture: &RgbImage, geometry: &Geometry) -> Self {
        let side = |sign: f32| mean(picture, geometry, &[(0.45 * sign, -0.25), (0.3 * sign, 0.3)], 0.06);
        let halves = [side(-1.0), side(1.0)];
        let skin: [f32; 3] = std::array::from_fn(|channel| 0.5 * (halves[0][channel] + halves[1][channel]));
        let light = brightness(skin).clamp(60.0, 230.0);
        // Half of the skin's tint: teeth reflect the lips and the room around them.
        let tint = skin.map(|value| 0.5 + 0.5 * value / light);
        // In a grey photograph a mouth is grey.
        let colourful = rise(0.02, 0.15, (skin[0] - skin[2]).abs() / light);
        let lit = |colour: [f32; 3]| {
            let grey = brightness(colour);
            std::array::from_fn(|channel| mix(grey, colour[channel], colourful) * light * tint[channel])
        };
        Self {
            dark: lit([0.16, 0.075, 0.07]),
            flesh: lit([0.42, 0.2, 0.19]),
            teeth: lit([1.08, 1.05, 1.0]),
            tongue: lit([0.60, 0.33, 0.33]),
            sides: halves.map(|half| (brightness(half) / light).clamp(0.75, 1.2)),
            own_teeth: geometry.mouth.shows_teeth(),
            closed: geometry.mouth.upper.with(&geometry.mouth.closing()[0], |lip, sinks| lip + sinks),
            unit: geometry.frame.unit(),
        }
    }

    /// What is seen at the point (`u`, `v`), which lies between the lips.
    #[inline(always)]
    pub(super) fn seen(&self, mouth: &Mouth, parted: &Parted, u: f32, v: f32) -> Inside {
        let below_lip = (parted.upper - parted.top).max(0.0);
        let above_lip = (parted.bottom - parted.lower).max(0.0);
        let x = mouth.across(u);
        let painted = || {
            let mut colour = self.depths(x, below_lip, above_lip);
            if !self.own_teeth {
                let down = v - self.closed.at(x);
                self.paint_teeth(&mut colour, u - mouth.centre, down, below_lip, below_lip + above_lip);
            }
            // The lips shade what lies right behind them.
            let behind = 0.55 + 0.45 * rise(0.0, 0.035, below_lip.min(above_lip));
            colour.map(|value| value * behind)
        };
        let own = if self.own_teeth { self.own_teeth(mouth, parted, x, v) } else { None };
        let Some((teeth, share)) = own else {
            return Inside { colour: painted(), teeth: None, share: 0.0, light: 1.0 };
        };
        let light = match teeth {
            Teeth::Upper { .. } => 0.72 + 0.28 * rise(0.0, 0.03, below_lip),
            Teeth::Lower { .. } => 1.0,
        };
        Inside { colour: if share < 1.0 { painted() } else { [0.0; 3] }, teeth: Some(teeth), share, light }
    }

    /// The portrait's own teeth at a point, and how much of it they cover.
    #[inline(always)]
    fn own_teeth(&self, mouth: &Mouth, parted: &Parted, x: f32, v: f32) -> Option<(Teeth, f32)> {
        let soft = 1.2 / self.unit;
        let (top, edge) = (mouth.upper.at(x), mouth.upper_teeth.at(x));
        // The lip that hides where teeth end must not stay on them when it is gone.
        let gone = rise(0.0, 0.03, v - parted.lower);
        let end = if edge < mouth.lower.at(x) { edge } else { edge - LIP * gone };
        let share = rise(-soft, soft, end - v) * rise(0.0, 0.02, end - top);
        if share > 0.0 {
            return Some((Teeth::Upper { v: v.clamp(top + LIP.min(0.5 * (end - top)), end) }, share));
        }
        let edge = mouth.lower_teeth.at(mouth.across(parted.u));
        let share = rise(-soft, soft, parted.lower - edge);
        (share > 0.0).then(|| (Teeth::Lower { v: parted.lower.min(parted.bottom - 0.008) }, share))
    }

    /// The darkness between the lips, their wet insides, and the tongue.
    #[inline(always)]
    fn depths(&self, x: f32, below_lip: f32, above_lip: f32) -> [f32; 3] {
        let gap = below_lip + above_lip;
        let side = (1.0 - x * x).max(0.0);
        let mut colour = self.dark;
        // At the corners the insides of the lips are near: dark, but red.
        blend(&mut colour, self.flesh, 0.8 * (1.0 - rise(0.05, 0.45, side)));
        // The tongue lies behind the lower lip, a mound whose top catches light.
        let height = above_lip / gap.max(1e-3);
        let tongue =
            rise(0.07, 0.16, gap) * (1.0 - rise(0.3 + 0.25 * side, 0.45 + 0.3 * side, height)) * rise(0.1, 0.6, side);
        let shape = 0.8 + 0.35 * rise(0.05, 0.4, height);
        blend(&mut colour, self.tongue.map(|value| value * shape), 0.75 * tongue);
        colour
    }

    /// Paints upper teeth at a point `across` and `down` from the middle of the closed lips.
    #[inline(always)]
    fn paint_teeth(&self, colour: &mut [f32; 3], across: f32, down: f32, below_lip: f32, gap: f32) {
        let out = across.abs();
        let Some(tooth) = (0..4).find(|&tooth| out < ENDS[tooth + 1]) else { return };
        let (from, to) = (ENDS[tooth], ENDS[tooth + 1]);
        // From the middle of the tooth, -1 to 1.
        let place = (2.0 * out - from - to) / (to - from);
        let corner = place.abs().powi(4);
        let edge = TEETH - SHORTER[tooth] - 0.014 * corner;
        let soft = 1.2 / self.unit;
        let seen = rise(-soft, soft, edge - down) * rise(0.02, 0.07, gap);
        if seen == 0.0 {
            return;
        }
        let gaps = 1.0 - 0.28 * rise(0.86, 1.0, place.abs());
        let round = 1.0 - 0.1 * place * place;
        let under_lip = 0.72 + 0.28 * rise(0.0, 0.05, below_lip);
        let tip = 1.0 - 0.12 * rise(-0.02, 0.0, down - edge);
        let light = mix(self.sides[0], self.sides[1], rise(-0.3, 0.3, across));
        let shade = LIT[tooth] * gaps * round * under_lip * tip * light;
        blend(colour, self.teeth.map(|value| (value * shade).min(250.0)), 0.93 * seen);
    }
}

/// Mean colour around points given relative to the middle of the mouth.
fn mean(picture: &RgbImage, geometry: &Geometry, points: &[(f32, f32)], reach: f32) -> [f32; 3] {
    let mut sum = [0.0; 3];
    let mut count = 0.0;
    for &(u, v) in points {
        for index in 0..25 {
            let du = reach * ((index % 5) as f32 / 2.0 - 1.0);
            let dv = reach * ((index / 5) as f32 / 2.0 - 1.0);
            let mouth = &geometry.mouth;
            let pixel = geometry.frame.pixel(picture, mouth.centre + u + du, mouth.level() + v + dv);
            for (sum, value) in sum.iter_mut().zip(pixel) {
                *sum += value;
            }
            count += 1.0;
        }
    }
    sum.map(|sum| sum / count)
}
