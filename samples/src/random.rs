//! Random numbers that repeat: the same seed gives the same portrait, the same sound and the same plan of a test on every
//! machine.

use rand_xoshiro::SplitMix64;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

/// A sequence of random numbers.
#[derive(Clone, Debug)]
pub struct Random(SplitMix64);

impl Random {
    /// Starts a sequence of its own for each `purpose`, so that drawing one thing more does not change all the others.
    pub fn new(seed: u64, purpose: &str) -> Self {
        let folded = purpose.bytes().fold(seed ^ 0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        Self(SplitMix64::from_seed(folded.to_le_bytes()))
    }

    /// The next number from 0 up to, not including, 1, each as likely as the others.
    pub fn uniform(&mut self) -> f32 {
        // As many bits as the number holds.
        (self.0.next_u64() >> 40) as f32 / (1u64 << 24) as f32
    }

    /// A number between two others, each as likely.
    pub fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.uniform()
    }

    /// A whole number from 0 up to, not including, `end`, which is not 0.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0.next_u64() % end
    }

    /// One of `choices`, which holds at least one.
    pub fn choose<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u64) as usize]
    }

    /// True with the given probability.
    pub fn chance(&mut self, probability: f32) -> bool {
        self.uniform() < probability
    }
}
