//! How the head moves and when the eyes blink: slow seeded drifts and a little emphasis from the voice.

mod blink;

use crate::curve::rise;
use crate::pose::HeadPose;
use crate::random::SmoothNoise;
use blink::Blinks;

/// The motion of one video.
pub(crate) struct Motion {
    sway: [SmoothNoise; 5],
    amount: f32,
    blinks: Blinks,
    seconds: f32,
}

/// How long the head takes to leave its rest, and to return to it at the end.
const REST: f32 = 0.8;
/// Breaths per second of a person who speaks calmly.
const BREATH: f32 = 0.24;

impl Motion {
    /// The motion of a video whose last frame is at `seconds`, with `amount` of head motion and `blink_rate` blinks a minute.
    pub(crate) fn new(seed: u64, amount: f32, blink_rate: f32, seconds: f32) -> Self {
        let sway = std::array::from_fn(|index| SmoothNoise::new(seed, index as u64 + 1));
        Self { sway, amount, blinks: Blinks::new(seed, blink_rate, seconds), seconds }
    }

    /// Where the head is at `time`, while the voice is `lively` (0 to 1).
    pub(crate) fn head(&self, time: f32, lively: f32) -> HeadPose {
        let rest = rise(0.0, REST, time) * rise(0.0, REST, self.seconds - time);
        let amount = self.amount * rest;
        if amount == 0.0 {
            return HeadPose::default();
        }
        let [across, down, tilt, turn, nod] = self.sway;
        let talk = amount * (0.7 + 0.3 * lively);
        let breath = (time * BREATH * std::f32::consts::TAU).sin();
        HeadPose {
            shift: [0.07 * talk * across.at(0.45 * time), 0.03 * talk * down.at(0.5 * time) + 0.006 * amount * breath],
            tilt: 0.04 * talk * tilt.at(0.4 * time),
            turn: 0.1 * talk * turn.at(0.5 * time),
            nod: 0.06 * talk * nod.at(0.6 * time) + 0.02 * amount * lively,
        }
    }

    /// How far the lids are closed at `time`, 0 to 1. Times must not decrease.
    pub(crate) fn lids(&mut self, time: f32) -> f32 {
        self.blinks.lids(time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_starts_and_ends_at_rest_and_moves_between() {
        let motion = Motion::new(1, 1.0, 0.0, 6.0);
        assert_eq!(motion.head(0.0, 1.0), HeadPose::default());
        assert_eq!(motion.head(6.0, 1.0), HeadPose::default());
        let farthest = (0..150).map(|frame| motion.head(frame as f32 * 0.04, 0.5).shift[0].abs()).fold(0.0, f32::max);
        assert!((0.005..0.1).contains(&farthest), "{farthest}");
    }

    #[test]
    fn without_amount_the_head_is_still() {
        let motion = Motion::new(1, 0.0, 0.0, 6.0);
        assert!((0..150).all(|frame| motion.head(frame as f32 * 0.04, 1.0) == HeadPose::default()));
    }
}
