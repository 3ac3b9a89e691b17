//! Jobs as clients ask for them, drawn from the seed, each with the end that it must come to.

use avatar_samples::random::Random;
use serde_json::{Value, json};

use crate::torture::ledger::Expected;

/// Frames per second of the test card; with lengths in quarters of a second its frames are whole.
const RATE: u64 = 20;

/// What a client asks for, without its inputs.
#[derive(Debug, Clone)]
pub(super) struct Order {
    pub(super) engine: &'static str,
    pub(super) params: Value,
    pub(super) expected: Expected,
}

impl Order {
    /// A job that must succeed: mostly a small test card, sometimes a slow one, rarely a puppet.
    pub(super) fn any(random: &mut Random, seconds: f64) -> Self {
        match random.below(20) {
            0 => Self { engine: "puppet", params: json!({"seed": 1}), expected: Expected::default() },
            1..=5 => Self::slow(random.below(40) + 10, seconds),
            _ => Self::plain(random, seconds),
        }
    }

    /// A small test card.
    pub(super) fn plain(random: &mut Random, seconds: f64) -> Self {
        let width = 64 + 32 * random.below(8);
        Self::testcard(json!({"width": width, "height": 64, "fps": RATE}), seconds)
    }

    /// A test card whose every frame takes so many milliseconds.
    pub(super) fn slow(frame_ms: u64, seconds: f64) -> Self {
        Self::testcard(json!({"width": 64, "height": 64, "fps": RATE, "fault": "slow", "frame_ms": frame_ms}), seconds)
    }

    /// A test card that fails in the way that is asked for, with one of the codes.
    pub(super) fn failing(fault: &str, codes: &'static [&'static str]) -> Self {
        let params = json!({"width": 64, "height": 64, "fps": RATE, "fault": fault, "at_frame": 2});
        Self { engine: "testcard", params, expected: Expected { failures: codes, ..Expected::default() } }
    }

    /// A test card that misbehaves in a way that does no harm.
    pub(super) fn harmless(fault: &str, seconds: f64) -> Self {
        Self::testcard(json!({"width": 64, "height": 64, "fps": RATE, "fault": fault, "at_frame": 2}), seconds)
    }

    fn testcard(params: Value, seconds: f64) -> Self {
        let frames = Some((seconds * RATE as f64).ceil() as u64);
        Self { engine: "testcard", params, expected: Expected { frames, ..Expected::default() } }
    }
}
