//! Two channels become one. Where they cancel each other out, as with a microphone that is wired the wrong way round, the
//! louder one is taken alone.

use std::mem;

/// Samples for which one decision holds, 20 ms at the rate of speech. From one to the next it changes gradually.
const WINDOW: usize = 320;
/// How much of what was heard before counts in the next window: what is past 0.1 s hardly does.
const MEMORY: f64 = 0.7;
/// What is left in the sum of two channels, of what two that have nothing to do with each other would leave: below the one
/// they cancel each other out, above the other they no longer do.
const CANCELS: f64 = 0.4;
const ADDS_UP: f64 = 0.6;
/// How much more energy the other channel needs to take the place of the one that is heard.
const LOUDER: f64 = 2.0;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Heard {
    Both,
    Left,
    Right,
}

/// Mixes two channels down, window by window.
#[derive(Debug)]
pub(super) struct Downmix {
    /// What each channel weighs in the sum.
    weight: f32,
    waiting: [Vec<f32>; 2],
    /// Energies of the two channels, and of what they have in common.
    energies: [f64; 3],
    heard: Heard,
    /// The weights at the end of the window before.
    weights: Option<[f32; 2]>,
}

impl Downmix {
    /// `weight` is what each channel weighs in the sum.
    pub(super) fn new(weight: f32) -> Self {
        Self { weight, waiting: Default::default(), energies: [0.0; 3], heard: Heard::Both, weights: None }
    }

    /// Appends what the next samples of both channels become to `out`; the last few wait for more.
    pub(super) fn mix(&mut self, left: &[f32], right: &[f32], out: &mut Vec<f32>) {
        self.waiting[0].extend_from_slice(left);
        self.waiting[1].extend_from_slice(right);
        let whole = self.waiting[0].len() / WINDOW * WINDOW;
        self.take(whole, out);
    }

    /// Appends what is left.
    pub(super) fn finish(&mut self, out: &mut Vec<f32>) {
        self.take(self.waiting[0].len(), out);
    }

    fn take(&mut self, samples: usize, out: &mut Vec<f32>) {
        let [left, right] = mem::take(&mut self.waiting);
        for (left, right) in left[..samples].chunks(WINDOW).zip(right[..samples].chunks(WINDOW)) {
            self.window(left, right, out);
        }
        self.waiting = [left, right].map(|mut channel| {
            channel.drain(..samples);
            channel
        });
    }

    fn window(&mut self, left: &[f32], right: &[f32], out: &mut Vec<f32>) {
        let product = |one: &[f32], other: &[f32]| {
            one.iter().zip(other).map(|(one, other)| f64::from(*one) * f64::from(*other)).sum::<f64>()
        };
        let now = [product(left, left), product(right, right), product(left, right)];
        for (energy, now) in self.energies.iter_mut().zip(now) {
            *energy = *energy * MEMORY + now;
        }
        self.decide();
        let to = match self.heard {
            Heard::Both => [self.weight; 2],
            Heard::Left => [1.0, 0.0],
            Heard::Right => [0.0, 1.0],
        };
        let from = self.weights.replace(to).unwrap_or(to);
        for (n, (left, right)) in left.iter().zip(right).enumerate() {
            let share = (n + 1) as f32 / WINDOW as f32;
            let [one, other] = [0, 1].map(|channel| from[channel] + (to[channel] - from[channel]) * share);
            out.push(one * left + other * right);
        }
    }

    fn decide(&mut self) {
        let [left, right, common] = self.energies;
        if left + right <= 0.0 {
            return;
        }
        let remains = 1.0 + 2.0 * common / (left + right);
        self.heard = match self.heard {
            Heard::Both if remains < CANCELS && left >= right => Heard::Left,
            Heard::Both if remains < CANCELS => Heard::Right,
            Heard::Left | Heard::Right if remains > ADDS_UP => Heard::Both,
            Heard::Left if right > LOUDER * left => Heard::Right,
            Heard::Right if left > LOUDER * right => Heard::Left,
            heard => heard,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(pitch: f32, level: f32) -> Vec<f32> {
        (0..16_000).map(|n| level * (n as f32 * pitch).sin()).collect()
    }

    fn mixed(left: &[f32], right: &[f32]) -> Vec<f32> {
        let (mut mix, mut out) = (Downmix::new(0.5), Vec::new());
        for (left, right) in left.chunks(777).zip(right.chunks(777)) {
            mix.mix(left, right, &mut out);
        }
        mix.finish(&mut out);
        assert_eq!(out.len(), left.len());
        out
    }

    fn rms(samples: &[f32]) -> f32 {
        (samples.iter().map(|sample| sample * sample).sum::<f32>() / samples.len() as f32).sqrt()
    }

    #[test]
    fn what_adds_up_is_the_mean_of_both() {
        let (one, other) = (tone(0.1, 0.5), tone(0.23, 0.5));
        for (left, right) in [(&one, &one), (&one, &other), (&one, &vec![0.0; 16_000])] {
            let out = mixed(left, right);
            assert!(out.iter().zip(left.iter().zip(right)).all(|(out, (l, r))| (out - (l + r) / 2.0).abs() < 1e-6));
        }
    }

    #[test]
    fn what_cancels_out_is_heard_by_its_louder_channel() {
        let one = tone(0.1, 0.5);
        for share in [-1.0, -0.8, -0.4, -2.0] {
            let other: Vec<f32> = one.iter().map(|sample| sample * share).collect();
            let louder = if share.abs() > 1.0 { &other } else { &one };
            assert!((rms(&mixed(&one, &other)) - rms(louder)).abs() < 0.01, "{share}");
        }
    }

    #[test]
    fn it_is_decided_anew_as_the_sound_changes() {
        let one = tone(0.1, 0.5);
        let other: Vec<f32> = one.iter().enumerate().map(|(n, s)| if n < 8000 { *s } else { -s }).collect();
        let out = mixed(&one, &other);
        assert!((rms(&out[..7500]) - rms(&one)).abs() < 0.01 && (rms(&out[12_000..]) - rms(&one)).abs() < 0.01);
    }
}
