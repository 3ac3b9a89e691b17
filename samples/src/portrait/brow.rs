//! Brows, hair by hair.

use crate::portrait::person::Person;
use crate::portrait::shape::{bell, mix, noise, smoothstep};
use crate::portrait::surface::Surface;

/// Where along a brow hair may grow: 0 is its inner end, 1 its outer one.
const REACH: std::ops::RangeInclusive<f32> = -0.1..=1.1;

/// The surface of a face with its brows painted on.
pub(super) fn painted(surface: Surface, person: &Person, x: f32, y: f32) -> Surface {
    let density = density(person, x, y);
    if density == 0.0 {
        return surface;
    }
    let strong = (person.brow.strength - 1.0).max(0.0);
    let color = person.hair.color * (0.55 / (1.0 + strong));
    let denser = density + density * (1.0 - density) * strong.min(1.0);
    let mut surface = surface.painted(color, denser * 0.92);
    surface.specular *= 1.0 - density;
    surface
}

/// Points of the left (`side` is -1) or right brow (1) that are well covered with hair.
pub(super) fn hairs(person: &Person, side: f32) -> impl Iterator<Item = (f32, f32)> {
    const STEP: f32 = 0.005;
    let columns = (0..150u16).map(move |column| side * (0.10 + STEP * f32::from(column)));
    let top = person.brow.height - 60.0 * STEP;
    let places = columns.flat_map(move |x| (0..120u16).map(move |row| (x, top + STEP * f32::from(row))));
    places.filter(|&(x, y)| density(person, x, y) > 0.35)
}

/// The share of the skin that is covered with hair.
fn density(person: &Person, x: f32, y: f32) -> f32 {
    let brow = &person.brow;
    let along = (x.abs() - 0.16) / 0.60;
    if !REACH.contains(&along) || (y - brow.height).abs() > 0.3 {
        return 0.0;
    }
    // A stronger brow grows towards the eye.
    let lower = 0.5 * brow.thickness * (brow.strength - 1.0).max(0.0);
    let middle = brow.height + 0.045 * (1.0 - along) - brow.arch * bell(along - 0.66, 0.36)
        + 0.05 * smoothstep(0.7, 1.0, along)
        + lower;
    let thickness = brow.thickness * brow.strength;
    let half = thickness * smoothstep(-0.08, 0.16, along) * mix(1.0, 0.25, smoothstep(0.4, 1.0, along));
    let off = (y - middle) / half.max(0.004);
    // Hairs stand upright at the nose and lie along the brow at the temple.
    let lean = mix(0.45, 2.6, smoothstep(0.0, 0.55, along));
    let hair = noise(x.abs() * 62.0 + (y - middle) * 62.0 * lean * 0.45, (y - middle) * 16.0 / lean, 41);
    let edge = smoothstep(1.45, 0.35, off.abs() + 0.55 * (hair - 0.5));
    let ends = smoothstep(-0.06, 0.10, along) * smoothstep(1.04, 0.90, along);
    edge * ends * mix(0.62, 1.0, hair) * brow.strength.min(1.0)
}
