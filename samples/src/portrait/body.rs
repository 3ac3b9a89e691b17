//! Neck, shoulders and clothes.

use crate::portrait::face::skin;
use crate::portrait::person::Person;
use crate::portrait::shape::{bell, cloud, ellipse, mix, noise, smooth_min, smoothstep};
use crate::portrait::surface::{Surface, covered};
use crate::portrait::vector::Vec3;

/// Where the neck leaves the shoulders.
const COLLAR: f32 = 1.92;

/// The bare neck and chest.
pub(super) fn neck(person: &Person, x: f32, y: f32, pixel: f32) -> Surface {
    let outside = outside(person, x, y);
    if outside > pixel || y < 0.6 {
        return Surface::default();
    }
    let mut surface = skin(person, x, y + 7.0, normal(|x, y| throat(person, x, y), x, y));
    surface.coverage = covered(outside, pixel);
    surface.height = throat(person, x, y);
    surface.specular *= 0.5;
    surface.tinted(Vec3::new(0.97, 0.88, 0.85), 0.6)
}

/// What the sitter wears.
pub(super) fn clothes(person: &Person, x: f32, y: f32, pixel: f32) -> Surface {
    let thick = 0.035;
    let outside = outside(person, x, y) - thick;
    let hem = neckline(person, x, y);
    let outside = (-smooth_min(-outside, -hem, 0.03)).max(outside);
    if outside > pixel || y < 1.0 {
        return Surface::default();
    }
    let collar = bell(hem + 0.045, 0.030);
    let fold = |x: f32, y: f32| {
        let folds = cloud(x * 1.4 + 0.5 * y, y * 1.1 - x * 0.6, person.salt + 17);
        let seam = bell(neckline(person, x, y) + 0.045, 0.032);
        throat(person, x, y) + 0.05 + 0.16 * folds + 0.035 * seam + weave(person, x, y)
    };
    let thread = if person.clothes.knitted { 0.16 } else { 0.07 };
    let tone = 1.0 - thread * noise(x * 70.0, y * 70.0, 71);
    let edge = smoothstep(0.0, -0.014, hem);
    Surface {
        coverage: covered(outside, pixel),
        height: fold(x, y),
        normal: normal(fold, x, y),
        albedo: person.clothes.color * tone * mix(0.75, 1.0, edge) * mix(1.0, 0.93, collar),
        specular: 0.0,
        scatter: 0.0,
    }
}

/// How far a point lies outside neck and shoulders.
fn outside(person: &Person, x: f32, y: f32) -> f32 {
    let side = x.abs();
    let neck = side - person.neck - 0.08 * smoothstep(1.5, 1.0, y);
    // The line from neck to shoulder: a slope that turns down at the arm.
    let slope = COLLAR - 0.10
        + 0.30 * (side - person.neck).max(0.0).powf(0.85)
        + 1.6 * (side - person.shoulders + 0.42).max(0.0).powi(2);
    let shoulder = (slope - y) * 0.86;
    smooth_min(neck, shoulder, 0.34)
}

fn throat(person: &Person, x: f32, y: f32) -> f32 {
    let wide = mix(person.neck + 0.10, person.shoulders + 0.25, smoothstep(1.45, 2.05, y));
    let round = (1.0 - (x / wide).powi(2)).max(0.0).sqrt();
    let deep = mix(-0.72, 0.42, smoothstep(1.25, 3.2, y));
    let sinew = 0.022 * bell(x.abs() - 0.30 + 0.12 * (y - 1.2), 0.06) * smoothstep(2.1, 1.7, y);
    let pit = -0.07 * bell(x, 0.09) * bell(y - COLLAR - 0.06, 0.09);
    let bone_line = y - COLLAR - 0.12 - 0.03 * (x.abs() - 0.4);
    let bone = 0.03 * bell(bone_line, 0.045) * smoothstep(0.10, 0.25, x.abs());
    deep + 0.62 * round + sinew + pit + bone
}

/// How far a point lies above the clothes' upper edge, inside the neckline.
fn neckline(person: &Person, x: f32, y: f32) -> f32 {
    let wide = person.neck + 0.13;
    let below = (y - COLLAR + 0.10).max(0.0);
    -ellipse(x, below, wide, person.clothes.neckline + 0.10)
}

/// The relief of the cloth itself.
fn weave(person: &Person, x: f32, y: f32) -> f32 {
    if !person.clothes.knitted {
        return 0.002 * noise(x * 60.0, y * 60.0, 73);
    }
    let column = x * 15.0;
    let row = y * 19.0 + ((column.fract() + 1.0).fract() - 0.5).abs() * 1.3;
    0.010 * (column * std::f32::consts::TAU).cos() + 0.006 * (row * std::f32::consts::TAU).sin()
}

fn normal(height: impl Fn(f32, f32) -> f32, x: f32, y: f32) -> Vec3 {
    let step = 0.008;
    let across = height(x + step, y) - height(x - step, y);
    let down = height(x, y + step) - height(x, y - step);
    Vec3::new(-across, -down, 2.0 * step).unit()
}
