//! The mouth from the sound: a target for each step of sound, approached as fast as lips and jaw can move.

use super::band_energy::{STEP_SECONDS, Step};
use super::loudness::Voice;
use crate::curve::{mix, rise};
use crate::pose::SpeechPose;

/// Mouth and brows that follow one voice.
#[derive(Debug, Clone)]
pub(super) struct MouthTracker {
    voice: Voice,
    now: SpeechPose,
    /// The loudest of what was just heard, in dB, sinking slowly.
    peak: f32,
}

/// Time constants in seconds.
const OPENING: f32 = 0.028;
const CLOSING: f32 = 0.055;
const SPREADING: f32 = 0.06;
const LIVELINESS: f32 = 0.45;
/// The lips meet for "m" and "p" faster than the jaw rises.
const MEETING: f32 = 0.013;
/// How fast the memory of the loudest sound fades, in dB per second.
const FADING: f32 = 30.0;
/// How much an open mouth closes in a second whatever else: without it, it would only come close to shut.
const LEAST_CLOSING: f32 = 0.5;
/// Openness of a vowel spoken with emphasis.
const EMPHASIS: f32 = 0.62;

impl MouthTracker {
    pub(super) fn new(voice: Voice) -> Self {
        Self { voice, now: SpeechPose::default(), peak: Step::SILENCE.level }
    }

    /// Takes the voice for this one from now on.
    pub(super) fn hear(&mut self, voice: Voice) {
        self.voice = voice;
    }

    /// What the face does after one more step.
    pub(super) fn follow(&mut self, step: &Step) -> SpeechPose {
        let voice = &self.voice;
        let loudness = ((step.level - voice.quiet) / (voice.loud - voice.quiet)).clamp(0.0, 1.2);
        let jaw = ((step.jaw - voice.jaw.0) / voice.jaw.1).clamp(-1.5, 1.5);
        let front = ((step.front - voice.front.0) / voice.front.1).clamp(-1.5, 1.5);
        let hiss = ((step.hiss - 0.15) / 0.4).clamp(0.0, 1.0);

        let closed = self.closure(step, jaw, front, hiss);
        let open = EMPHASIS * loudness.powf(1.4) * (1.0 + 0.22 * jaw) * (1.0 - 0.65 * hiss) * (1.0 - closed);
        let spread = if loudness > 0.0 { (0.6 * front * (1.0 - hiss) + 0.35 * hiss).clamp(-1.0, 1.0) } else { 0.0 };

        let mouth = &mut self.now.mouth;
        mouth.open = if open > mouth.open {
            toward(mouth.open, open, OPENING)
        } else {
            let (seconds, least) = (mix(CLOSING, MEETING, closed), mix(LEAST_CLOSING, 3.0 * LEAST_CLOSING, closed));
            (toward(mouth.open, open, seconds) - least * STEP_SECONDS).max(open)
        };
        mouth.spread = toward(mouth.spread, spread, SPREADING);
        if mouth.open == 0.0 && mouth.spread.abs() < 0.02 {
            mouth.spread = 0.0;
        }
        // Stress is what is louder than the speech around it; brows rise and sink slower than lips.
        let stress = ((loudness - self.now.lively - 0.25) / 0.5).clamp(0.0, 1.0);
        self.now.accent = toward(self.now.accent, stress, if stress > self.now.accent { 0.1 } else { 0.35 });
        self.now.lively = toward(self.now.lively, loudness.min(1.0), LIVELINESS);
        self.now
    }

    /// How surely the lips are shut, 0 to 1. Speech dips for a moment when they are: deeply for "p" and "b"; for "m"
    /// a little, with a dull murmur left.
    fn closure(&mut self, step: &Step, jaw: f32, front: f32, hiss: f32) -> f32 {
        self.peak = step.level.max(self.peak - FADING * STEP_SECONDS);
        let dip = self.peak - step.level;
        let stop = rise(9.0, 14.0, dip);
        let murmur = rise(3.5, 5.0, dip) * rise(0.2, 0.6, -jaw) * rise(-0.2, 0.2, -front);
        stop.max(murmur) * (1.0 - hiss)
    }
}

fn toward(value: f32, target: f32, seconds: f32) -> f32 {
    value + (target - value) * (1.0 - (-STEP_SECONDS / seconds).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    const VOICE: Voice = Voice { quiet: -44.0, loud: -20.0, jaw: (0.0, 4.0), front: (-5.0, 4.0) };

    fn vowel(level: f32) -> Step {
        Step { level, jaw: 0.0, front: -5.0, hiss: 0.02 }
    }

    #[test]
    fn louder_opens_wider() {
        let settled = |level| {
            let mut tracker = MouthTracker::new(VOICE);
            (0..100).map(|_| tracker.follow(&vowel(level)).mouth.open).last().unwrap()
        };
        assert!(settled(-20.0) > 0.55 && settled(-20.0) < 0.7);
        assert!(settled(-30.0) < 0.7 * settled(-20.0));
        assert_eq!(settled(-50.0), 0.0);
    }

    #[test]
    fn the_mouth_is_shut_within_300_ms_of_silence() {
        let mut tracker = MouthTracker::new(VOICE);
        for _ in 0..100 {
            tracker.follow(&vowel(-14.0));
        }
        let open: Vec<f32> = (0..30).map(|_| tracker.follow(&Step::SILENCE).mouth.open).collect();
        assert!(open[0] > 0.2, "it must not snap shut: {open:?}");
        assert_eq!(open[29], 0.0);
    }

    #[test]
    fn lips_meet_in_a_murmur_and_in_a_short_gap_but_not_in_a_dull_vowel() {
        let least = |between: Step| {
            let mut tracker = MouthTracker::new(VOICE);
            for _ in 0..60 {
                tracker.follow(&vowel(-20.0));
            }
            (0..8).map(|_| tracker.follow(&between).mouth.open).last().unwrap()
        };
        assert_eq!(least(Step { jaw: -6.0, front: -8.0, ..vowel(-28.0) }), 0.0);
        assert_eq!(least(vowel(-40.0)), 0.0);
        assert!(least(Step { jaw: -6.0, front: -8.0, ..vowel(-22.0) }) > 0.2);
    }

    #[test]
    fn sounds_shape_the_lips() {
        let settled = |step: Step| {
            let mut tracker = MouthTracker::new(VOICE);
            (0..100).map(|_| tracker.follow(&step).mouth).last().unwrap()
        };
        let (ee, oo) = (Step { front: 0.0, ..vowel(-20.0) }, Step { front: -10.0, ..vowel(-20.0) });
        assert!(settled(ee).spread > 0.3 && settled(oo).spread < -0.3);
        let hiss = Step { hiss: 0.8, ..vowel(-20.0) };
        assert!(settled(hiss).open < 0.5 * settled(vowel(-20.0)).open);
    }
}
