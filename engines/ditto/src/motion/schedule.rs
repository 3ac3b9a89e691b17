//! The noise schedule of the sampler, and which of its times are visited.

use std::f64::consts::PI;

/// Times of the schedule.
pub const TIMES: usize = 1000;

/// One visit of the network.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// The time, 999 down to 0.
    pub time: i64,
    /// How to go on to the next time; nothing after the last visit.
    pub onward: Option<Onward>,
}

/// Factors of what the next noisy motion is made of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Onward {
    /// Factor of the motion that the network sees.
    pub sqrt_alpha: f32,
    /// Factor of fresh noise.
    pub sigma: f32,
    /// Factor of the noise that the network sees.
    pub c: f32,
}

/// All steps of a sampler.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    /// The steps, from the noisiest on.
    pub steps: Vec<Step>,
}

impl Schedule {
    /// A schedule of so many steps, 1 to 1000; other numbers count as the nearest of these.
    #[must_use]
    pub fn new(steps: usize) -> Self {
        let alphas = alphas_cumprod();
        let times = times(steps);
        let onward = |time: i64, next: i64| {
            let alpha = alphas[usize::try_from(time).ok()?];
            let alpha_next = alphas[usize::try_from(next).ok()?];
            Some(Onward::between(alpha, alpha_next))
        };
        let step = |pair: &[i64]| Step { time: pair[0], onward: onward(pair[0], pair[1]) };
        Self { steps: times.windows(2).map(step).collect() }
    }
}

impl Onward {
    /// The factors between two noise levels. The order of the operations matters: near the start almost all cancels.
    fn between(alpha: f32, alpha_next: f32) -> Self {
        let sigma = ((1.0 - alpha / alpha_next) * (1.0 - alpha_next) / (1.0 - alpha)).sqrt();
        // With three steps rounding takes the radicand below 0.
        let c = (1.0 - alpha_next - sigma * sigma).max(0.0).sqrt();
        Self { sqrt_alpha: alpha_next.sqrt(), sigma, c }
    }
}

/// Share of the motion's variance that is left at each time: the products of a cosine schedule.
///
/// Products are taken in double precision over factors that were rounded to f32, and each is rounded for itself.
#[must_use]
pub fn alphas_cumprod() -> [f32; TIMES] {
    const OFFSET: f64 = 8e-3;
    let level = |time: usize| {
        let progress = time as f64 / TIMES as f64 + OFFSET;
        (progress / (1.0 + OFFSET) * PI / 2.0).cos().powi(2)
    };
    let start = level(0);
    let mut product = 1.0;
    std::array::from_fn(|time| {
        let beta = 1.0 - (level(time + 1) / start) / (level(time) / start);
        let alpha = 1.0 - beta.clamp(0.0, 0.999) as f32;
        product *= f64::from(alpha);
        product as f32
    })
}

/// The visited times, from 999 down to −1, which stands for the end; one more than there are steps.
///
/// Equal distances in f32, counted from both ends as torch does, and cut towards zero.
#[must_use]
pub fn times(steps: usize) -> Vec<i64> {
    const FIRST: f32 = -1.0;
    const LAST: f32 = 999.0;
    let steps = steps.clamp(1, TIMES);
    let distance = (LAST - FIRST) / steps as f32;
    let at = |index: usize| {
        let exact = if index < steps.div_ceil(2) {
            FIRST + distance * index as f32
        } else {
            LAST - distance * (steps - index) as f32
        };
        exact as i64
    };
    (0..=steps).rev().map(at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_moves_times_for_just_the_numbers_of_steps_that_it_moves_them_for_in_the_reference() {
        let exact = |steps: usize| (0..=steps).rev().map(|i| -1 + (1000 * i / steps) as i64).collect::<Vec<_>>();
        // Cutting −1 + something towards zero gives 0, not −1, between the two.
        let cut = |steps: usize| {
            let at = |i: usize| ((1000 * i) as i64 - steps as i64) / steps as i64;
            (0..=steps).rev().map(at).collect::<Vec<_>>()
        };
        assert_eq!(exact(10), times(10));
        let moved: Vec<usize> = (1..=TIMES).filter(|steps| cut(*steps) != times(*steps)).collect();
        assert_eq!(moved[..4], [26, 52, 60, 104]);
        assert_eq!(moved.len(), 84);
    }

    #[test]
    fn three_steps_have_no_number_that_is_not_finite() {
        let schedule = Schedule::new(3);
        assert!(schedule.steps.iter().filter_map(|step| step.onward).all(|onward| onward.c.is_finite()));
    }
}
