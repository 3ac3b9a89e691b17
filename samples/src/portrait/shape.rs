//! The curves and textures that everything in a portrait is drawn with.

/// 0 below `low`, 1 above `high`, smooth between; `low` may exceed `high`, which turns the step around.
pub(super) fn smoothstep(low: f32, high: f32, value: f32) -> f32 {
    let share = ((value - low) / (high - low)).clamp(0.0, 1.0);
    share * share * (3.0 - 2.0 * share)
}

/// `low` at 0, `high` at 1.
pub(super) fn mix(low: f32, high: f32, share: f32) -> f32 {
    low + (high - low) * share
}

/// A bell curve of height 1, with its deviation.
pub(super) fn bell(distance: f32, deviation: f32) -> f32 {
    let steps = distance / deviation;
    if steps.abs() > 4.0 {
        return 0.0;
    }
    (-0.5 * steps * steps).exp()
}

/// The smaller of two lengths, rounded off where they meet over about `radius`.
pub(super) fn smooth_min(first: f32, second: f32, radius: f32) -> f32 {
    let share = (0.5 + 0.5 * (second - first) / radius).clamp(0.0, 1.0);
    mix(second, first, share) - radius * share * (1.0 - share)
}

/// How far a point lies outside an ellipse (negative inside), nearly right close to its edge.
pub(super) fn ellipse(x: f32, y: f32, radius_x: f32, radius_y: f32) -> f32 {
    let scaled = (x / radius_x).hypot(y / radius_y);
    let slope = (x / (radius_x * radius_x)).hypot(y / (radius_y * radius_y));
    if slope < 1e-6 {
        return -radius_x.min(radius_y);
    }
    scaled * (scaled - 1.0) / slope
}

/// Smooth noise from 0 to 1 with features of size 1.
pub(super) fn noise(x: f32, y: f32, salt: u32) -> f32 {
    let (column, row) = (x.floor(), y.floor());
    let ease = |part: f32| part * part * (3.0 - 2.0 * part);
    let (across, down) = (ease(x - column), ease(y - row));
    let corner = |dx: i32, dy: i32| hash(column as i32 + dx, row as i32 + dy, salt);
    mix(mix(corner(0, 0), corner(1, 0), across), mix(corner(0, 1), corner(1, 1), across), down)
}

/// Noise from 0 to 1 summed over four sizes, each half of the last.
pub(super) fn cloud(x: f32, y: f32, salt: u32) -> f32 {
    let mut sum = 0.0;
    let mut weight = 0.5;
    let mut scale = 1.0;
    for octave in 0..4 {
        sum += weight * noise(x * scale, y * scale, salt + octave);
        weight *= 0.5;
        scale *= 2.03;
    }
    sum / 0.9375
}

/// A value from 0 to 1 for a cell of a grid.
pub(super) fn hash(column: i32, row: i32, salt: u32) -> f32 {
    let mut bits = (column as u32)
        .wrapping_mul(0x8da6_b343)
        .wrapping_add((row as u32).wrapping_mul(0xd816_3841))
        .wrapping_add(salt.wrapping_mul(0xcb1a_b31f));
    bits ^= bits >> 15;
    bits = bits.wrapping_mul(0x2c1b_3c6d);
    bits ^= bits >> 12;
    bits = bits.wrapping_mul(0x297a_2d39);
    bits ^= bits >> 15;
    (bits >> 8) as f32 / (1u32 << 24) as f32
}
