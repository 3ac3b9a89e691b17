//! What is seen between parted lips: darkness, the upper teeth and the tongue, in the light that falls on the face.

use image::RgbImage;

use super::jaw::{Jaw, Parted};
use crate::curve::rise;
use crate::geometry::Geometry;

/// How far the upper teeth reach below the line of the closed lips.
const TEETH: f32 = 0.04;

/// The inside of one mouth.
pub(super) struct Cavity {
    dark: [f32; 3],
    flesh: [f32; 3],
    teeth: [f32; 3],
    tongue: [f32; 3],
    /// The portrait shows its own teeth, which stay where they are.
    own_teeth: bool,
    unit: f32,
}

impl Cavity {
    /// Takes the light from the skin beside the mouth.
    pub(super) fn new(picture: &RgbImage, geometry: &Geometry) -> Self {
        let mouth = &geometry.mouth;
        let skin = mean(picture, geometry, &[(-0.45, -0.25), (0.45, -0.25), (-0.3, 0.3), (0.3, 0.3)], 0.06);
        let light = (0.299 * skin[0] + 0.587 * skin[1] + 0.114 * skin[2]).clamp(60.0, 230.0);
        // Half of the skin's tint: teeth reflect the lips and the room around them.
        let tint = skin.map(|value| 0.5 + 0.5 * value / light);
        let lit = |colour: [f32; 3]| std::array::from_fn(|channel| colour[channel] * light * tint[channel]);
        Self {
            dark: lit([0.16, 0.075, 0.07]),
            flesh: lit([0.42, 0.2, 0.19]),
            teeth: lit([1.08, 1.06, 1.02]),
            tongue: lit([0.60, 0.33, 0.33]),
            own_teeth: mouth.shows_teeth,
            unit: geometry.frame.unit(),
        }
    }

    /// The colour at a point between the lips.
    pub(super) fn colour(&self, jaw: &Jaw, parted: &Parted, v: f32) -> [f32; 3] {
        let below_lip = (parted.upper - parted.line).max(0.0);
        let above_lip = (parted.line - parted.lower).max(0.0);
        let gap = below_lip + above_lip;
        let x = jaw.across(parted.u);
        let side = (1.0 - x * x).max(0.0);

        // At the corners the wet insides of the lips are near: dark, but red.
        let mut colour = self.dark;
        blend(&mut colour, self.flesh, 0.8 * (1.0 - rise(0.05, 0.45, side)));
        let tongue = rise(0.07, 0.16, gap) * (1.0 - rise(0.25, 0.75, above_lip / gap.max(1e-3))) * rise(0.1, 0.6, side);
        blend(&mut colour, self.tongue, 0.7 * tongue);
        if !self.own_teeth {
            let edge = parted.line + TEETH * (0.7 + 0.3 * side) - 0.005 * tooth(x);
            let soft = 1.2 / self.unit;
            let seen = rise(-soft, soft, edge - v) * rise(0.03, 0.11, gap) * rise(0.05, 0.5, side);
            let shade = 0.7 + 0.3 * rise(0.0, 0.05, below_lip);
            let round = 0.55 + 0.45 * side;
            let shade = shade * round * (1.0 - 0.12 * tooth(x));
            blend(&mut colour, self.teeth.map(|value| value * shade), 0.9 * seen);
        }
        // The lips shade what lies right behind them.
        let behind = 0.55 + 0.45 * rise(0.0, 0.035, below_lip.min(above_lip));
        colour.map(|value| value * behind)
    }
}

/// 1 on the gaps between the teeth, 0 in the middle of each; teeth look narrower towards the corners.
fn tooth(x: f32) -> f32 {
    let place = x * (1.0 + 0.35 * x * x) * 3.0;
    let off = (place - place.round()).abs();
    1.0 - rise(0.0, 0.16, off)
}

fn blend(colour: &mut [f32; 3], over: [f32; 3], share: f32) {
    for (value, over) in colour.iter_mut().zip(over) {
        *value += (over - *value) * share;
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
            let [x, y] = geometry.frame.to_picture(mouth.centre + u + du, mouth.level() + v + dv);
            let x = (x.max(0.0) as u32).min(picture.width() - 1);
            let y = (y.max(0.0) as u32).min(picture.height() - 1);
            for (sum, &value) in sum.iter_mut().zip(&picture.get_pixel(x, y).0) {
                *sum += f32::from(value);
            }
            count += 1.0;
        }
    }
    sum.map(|sum| sum / count)
}
