//! Sound that is made like speech: voiced syllables between pauses, the same on every machine.

use std::f64::consts::TAU;
use std::fs;
use std::io;
use std::path::Path;

/// Samples per second.
const RATE: u32 = 16_000;
/// Resonances of three vowels, in hertz.
const VOWELS: [[f64; 2]; 3] = [[700.0, 1200.0], [320.0, 2200.0], [430.0, 820.0]];
/// How long a syllable is, in seconds, with the pause behind it.
const SYLLABLE: f64 = 0.25;
/// Every so many syllables, one is left out.
const WORD: u64 = 5;
/// How many harmonics of the voice are heard.
const HARMONICS: u32 = 24;

/// Writes so many seconds of speech, or of silence, to a WAV file of 16 bits.
///
/// # Errors
/// The file cannot be written.
pub(super) fn write(path: &Path, seconds: f64, is_silent: bool) -> io::Result<()> {
    let count = (seconds * f64::from(RATE)).round() as u32;
    let mut bytes = header(count * 2);
    for index in 0..count {
        let sample = if is_silent { 0.0 } else { voice(f64::from(index) / f64::from(RATE)) };
        bytes.extend(((sample * 30_000.0) as i16).to_le_bytes());
    }
    fs::write(path, bytes)
}

/// The voice at a moment, -1 to 1.
fn voice(time: f64) -> f64 {
    let syllable = (time / SYLLABLE) as u64;
    if syllable % WORD == WORD - 1 {
        return 0.0;
    }
    let within = (time / SYLLABLE).fract();
    let loudness = (TAU * within / 2.0).sin().powi(2);
    let pitch = 125.0;
    let vowel = VOWELS[(syllable % VOWELS.len() as u64) as usize];
    let harmonic = |number: u32| {
        let frequency = pitch * f64::from(number);
        let strength: f64 = vowel.iter().map(|centre| (-((frequency - centre) / 160.0).powi(2)).exp()).sum();
        (0.05 / f64::from(number) + strength) * (TAU * frequency * time).sin()
    };
    let sound: f64 = (1..=HARMONICS).map(harmonic).sum();
    (loudness * sound * 0.25).clamp(-1.0, 1.0)
}

/// What a WAV file begins with: one channel of 16 bits, with so many bytes of samples behind it.
fn header(bytes: u32) -> Vec<u8> {
    let mut header = Vec::new();
    header.extend(b"RIFF");
    header.extend((36 + bytes).to_le_bytes());
    header.extend(b"WAVEfmt ");
    header.extend(16_u32.to_le_bytes());
    header.extend([1_u16, 1].map(u16::to_le_bytes).concat());
    header.extend([RATE, 2 * RATE].map(u32::to_le_bytes).concat());
    header.extend([2_u16, 16].map(u16::to_le_bytes).concat());
    header.extend(b"data");
    header.extend(bytes.to_le_bytes());
    header
}

#[cfg(test)]
mod tests {
    use avatar_media::speech::{SpeechLimits, canonical_speech};

    use super::*;

    #[test]
    fn it_is_a_sound_of_its_length_and_silence_is_silent() {
        let folder = tempfile::tempdir().unwrap();
        let (sound, wav) = (folder.path().join("sound.wav"), folder.path().join("speech.wav"));
        for (seconds, is_silent) in [(1.2, false), (0.5, true)] {
            write(&sound, seconds, is_silent).unwrap();
            let speech = canonical_speech(&sound, &wav, &SpeechLimits { max_seconds: 10.0 }).unwrap();
            assert!((speech.seconds - seconds).abs() < 1e-6, "{speech:?}");
            assert_eq!(speech.loudness.is_none(), is_silent, "{speech:?}");
        }
    }
}
