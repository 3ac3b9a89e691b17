//! The voice: pulses of the glottis and noise of the breath through the resonances of a mouth.
//!
//! A cascade synthesiser after D. Klatt, "Software for a cascade/parallel formant synthesizer" (1980), much reduced.

use std::f32::consts::{PI, TAU};

use crate::random::Random;
use crate::speech::phones::{Formants, Hiss, Manner};
use crate::speech::syllable::{SAMPLE_RATE, Syllable, seconds_to_samples};

/// Who speaks.
pub(super) struct Speaker {
    /// Average pitch in Hz.
    pitch: f32,
    /// Resonances against those of an average man: a shorter throat has higher ones.
    throat: f32,
}

/// What the parts of the voice do at one moment.
#[derive(Clone, Copy, Debug)]
struct Gesture {
    formants: Formants,
    voice: f32,
    breath: f32,
    hiss: Option<Hiss>,
    nasal: bool,
}

const RATE: f32 = SAMPLE_RATE as f32;
const BANDWIDTHS: Formants = [70.0, 90.0, 140.0, 220.0];
/// The part of each period for which the glottis is open.
const OPEN: f32 = 0.6;
/// How long the tongue takes for two thirds of its way, and the loudness for its own.
const TONGUE_SECONDS: f32 = 0.022;
const LOUDNESS_SECONDS: f32 = 0.006;
/// How much of the sound's change is added to it; lifts the top of the band by about 14 dB.
const BRIGHTNESS: f32 = 2.0;
/// How long a phrase takes to fade out.
const FADE_SECONDS: f64 = 0.03;

impl Speaker {
    pub(super) fn new(random: &mut Random) -> Self {
        if random.chance(0.5) {
            Self { pitch: random.between(95.0, 130.0), throat: random.between(0.97, 1.04) }
        } else {
            Self { pitch: random.between(175.0, 220.0), throat: random.between(1.12, 1.18) }
        }
    }

    /// The sound from the first syllable's start to the last one's end; it starts and ends at 0.
    pub(super) fn say(&self, syllables: &[Syllable], random: &mut Random) -> Vec<f32> {
        let (Some(first), Some(last)) = (syllables.first(), syllables.last()) else {
            return Vec::new();
        };
        let start = seconds_to_samples(first.start);
        let length = seconds_to_samples(last.end) - start;
        let fade = seconds_to_samples(FADE_SECONDS).min(length);
        let mut mouth = Mouth::new(first.onset.formants());
        let mut glottis = Glottis::default();
        let mut sound = Vec::with_capacity(length);
        let mut current = 0;
        let mut accent = random.between(0.95, 1.12);
        for place in 0..length {
            let time = (start + place) as f64 / f64::from(SAMPLE_RATE);
            if time >= syllables[current].end && current + 1 < syllables.len() {
                current += 1;
                accent = random.between(0.92, 1.12);
            }
            let syllable = &syllables[current];
            let done = place as f32 / length as f32;
            let pitch = self.pitch * melody(syllable, accent, done, time);
            let noise = random.between(-1.0, 1.0);
            let pulse = glottis.next(pitch, random);
            let mut sample = mouth.next(gesture(syllable, time), pulse, noise, self.throat);
            let left = length - place;
            if left <= fade {
                sample *= (left - 1) as f32 / fade as f32;
            }
            sound.push(sample);
        }
        sound
    }
}

/// Pitch against the speaker's average: it falls over the phrase and rises in the middle of accented syllables.
fn melody(syllable: &Syllable, accent: f32, done: f32, time: f64) -> f32 {
    let within = ((time - syllable.start) / (syllable.end - syllable.start)) as f32;
    let falling = 1.14 - 0.24 * done - 0.12 * (done - 0.85).max(0.0) / 0.15;
    falling * (1.0 + (accent - 1.0) * (PI * within.clamp(0.0, 1.0)).sin())
}

fn gesture(syllable: &Syllable, time: f64) -> Gesture {
    let vowel = Gesture {
        formants: syllable.vowel.formants(),
        voice: syllable.vowel.loudness(),
        breath: 0.02,
        hiss: None,
        nasal: false,
    };
    if time >= syllable.vowel_start {
        return vowel;
    }
    let within = (time - syllable.start) / (syllable.vowel_start - syllable.start);
    let consonant = Gesture { formants: syllable.onset.formants(), voice: 0.0, breath: 0.0, ..vowel };
    match syllable.onset.manner() {
        // Closed and silent, a burst, then breath until the voice sets in.
        Manner::Stop if within < 0.55 => consonant,
        Manner::Stop if within < 0.75 => Gesture { hiss: syllable.onset.hiss(), ..consonant },
        Manner::Stop => Gesture { breath: 0.25, ..consonant },
        Manner::Fricative => Gesture { hiss: syllable.onset.hiss(), ..consonant },
        Manner::Nasal => Gesture { voice: 0.45, nasal: true, ..consonant },
        Manner::Glide => Gesture { voice: 0.6, ..consonant },
    }
}

/// The source of the voice: one pulse a period, no two periods quite alike.
#[derive(Default)]
struct Glottis {
    phase: f32,
    unsteadiness: f32,
}

impl Glottis {
    /// The change of air flow (the KLGLOTT88 shape: flow t² - t³ while open, none while closed).
    fn next(&mut self, pitch: f32, random: &mut Random) -> f32 {
        self.phase += pitch * (1.0 + self.unsteadiness) / RATE;
        if self.phase >= 1.0 {
            self.phase -= 1.0;
            self.unsteadiness = random.between(-0.008, 0.008);
        }
        let open = self.phase / OPEN;
        if open < 1.0 { 2.0 * open - 3.0 * open * open } else { 0.0 }
    }
}

/// The throat and mouth: resonators whose settings follow the gestures with the slowness of flesh.
struct Mouth {
    formants: Formants,
    voice: f32,
    breath: f32,
    hiss: f32,
    nasal: f32,
    hissing: Hiss,
    cascade: [Resonator; 4],
    teeth: Resonator,
    last_sound: f32,
    last_noise: f32,
}

impl Mouth {
    fn new(formants: Formants) -> Self {
        Self {
            formants,
            voice: 0.0,
            breath: 0.0,
            hiss: 0.0,
            nasal: 0.0,
            hissing: Hiss { frequency: 4000.0, bandwidth: 2000.0, loudness: 0.0 },
            cascade: Default::default(),
            teeth: Resonator::default(),
            last_sound: 0.0,
            last_noise: 0.0,
        }
    }

    fn next(&mut self, gesture: Gesture, pulse: f32, noise: f32, throat: f32) -> f32 {
        let tongue = 1.0 / (TONGUE_SECONDS * RATE);
        let loudness = 1.0 / (LOUDNESS_SECONDS * RATE);
        for (formant, target) in self.formants.iter_mut().zip(gesture.formants) {
            *formant += (target - *formant) * tongue;
        }
        self.voice += (gesture.voice - self.voice) * loudness;
        self.breath += (gesture.breath - self.breath) * loudness;
        self.nasal += (f32::from(u8::from(gesture.nasal)) - self.nasal) * loudness;
        if let Some(hiss) = gesture.hiss {
            self.hissing = hiss;
        }
        let hiss = gesture.hiss.map_or(0.0, |hiss| hiss.loudness);
        self.hiss += (hiss - self.hiss) * loudness;

        let mut sound = pulse * self.voice + noise * self.breath * 0.4;
        for (number, resonator) in self.cascade.iter_mut().enumerate() {
            // The nose swallows what lies above its own low resonance.
            let damping = 1.0 + self.nasal * 2.0 * number as f32;
            sound = resonator.next(sound, self.formants[number] * throat, BANDWIDTHS[number] * damping);
        }
        // Teeth make no deep noise: its lows are taken away before the resonance.
        let hissing = self.teeth.next(noise - self.last_noise, self.hissing.frequency, self.hissing.bandwidth);
        self.last_noise = noise;
        // Lips radiate high tones better than low ones.
        let radiated = sound + BRIGHTNESS * (sound - self.last_sound);
        self.last_sound = sound;
        radiated + hissing * self.hiss
    }
}

/// A two-pole resonance; steady tones pass with a gain of 1 at 0 Hz.
#[derive(Clone, Copy, Debug, Default)]
struct Resonator {
    last: f32,
    before: f32,
}

impl Resonator {
    fn next(&mut self, input: f32, frequency: f32, bandwidth: f32) -> f32 {
        let radius = (-PI * bandwidth / RATE).exp();
        let back = -radius * radius;
        let forth = 2.0 * radius * (TAU * frequency / RATE).cos();
        let output = (1.0 - forth - back) * input + forth * self.last + back * self.before;
        self.before = self.last;
        self.last = output;
        output
    }
}
