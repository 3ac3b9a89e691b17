//! Glasses: thin dark frames around both eyes, a bridge, and what is seen of the temples.

use crate::portrait::light;
use crate::portrait::person::Person;
use crate::portrait::shape::smoothstep;
use crate::portrait::surface::{Surface, covered};
use crate::portrait::vector::Vec3;

/// Half the thickness of a rim, in the lengths of [`Person`].
const RIM: f32 = 0.015;
/// How far the frame stands off the face.
const OFF: f32 = 0.05;
/// From the middle of an eye to its rim, across and down.
const LENS: (f32, f32) = (0.315, 0.225);
/// The middle of a lens below the middle of its eye.
const LOW: f32 = 0.03;

/// The frame where it covers the face, whose height is `under`.
pub(super) fn worn(person: &Person, under: f32, x: f32, y: f32, pixel: f32) -> Surface {
    if !person.glasses || !(-0.3..=0.4).contains(&y) {
        return Surface::default();
    }
    let (side, down) = (x.abs(), y - LOW);
    let (across, power) = (side - person.eye.apart, 2.8f32);
    let full = (across / LENS.0).abs().powf(power) + (down / LENS.1).abs().powf(power);
    let radius = full.powf(1.0 / power);
    let rim = ((radius - 1.0) * across.hypot(down) / radius.max(0.1)).abs();
    let (inner, outer) = (person.eye.apart - LENS.0, person.eye.apart + LENS.0);
    // An arch over the nose; the temples run from the rims to the ears.
    let bridge = (down + 0.07 + 2.2 * (inner * inner - side * side)).abs().max(side - inner);
    let temple = (down + 0.06).abs().max(outer - side).max(side - person.half_width);
    let outside = rim.min(bridge).min(temple) - RIM;
    let round = smoothstep(-RIM, 0.0, outside);
    let normal = Vec3::new(0.0, 0.8 * round * (down + 0.001).signum(), 1.0).unit();
    Surface {
        coverage: covered(outside, pixel),
        height: under + OFF,
        normal,
        albedo: Vec3::new(0.018, 0.016, 0.018),
        specular: 0.05 * light::gloss(normal, 20.0),
        scatter: 0.0,
    }
}
