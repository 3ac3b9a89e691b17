//! Smooth curves between 0 and 1, from which falloffs and transitions are made.

/// 0 up to `low`, 1 from `high` on, smooth in between.
pub(crate) fn rise(low: f32, high: f32, x: f32) -> f32 {
    let t = ((x - low) / (high - low)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// 1 at 0, falling smoothly to 0 at ±1 and beyond.
pub(crate) fn bell(x: f32) -> f32 {
    bell_of_square(x * x)
}

/// The same of a number whose square is known.
pub(crate) fn bell_of_square(square: f32) -> f32 {
    let t = (1.0 - square).max(0.0);
    t * t
}

/// The opening between two lids or lips from corner (−1) to corner (1): 1 in the middle, fuller than a parabola, upright
/// at the corners.
pub(crate) fn arch(x: f32) -> f32 {
    let t = (1.0 - x * x).max(0.0);
    t * (1.35 - 0.35 * t)
}

/// `a` at 0, `b` at 1.
pub(crate) fn mix(a: f32, b: f32, share: f32) -> f32 {
    a + (b - a) * share
}

/// The same of points.
pub(crate) fn mix_points(a: [f32; 2], b: [f32; 2], share: f32) -> [f32; 2] {
    [mix(a[0], b[0], share), mix(a[1], b[1], share)]
}
