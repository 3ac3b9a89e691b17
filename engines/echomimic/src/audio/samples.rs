//! The samples of a speech as the reference hears them: in steps of 16 bits.

use std::path::Path;

use avatar_media::speech::SpeechReader;

use crate::audio::error::SpeechError;
use crate::audio::frames::rows;

/// Samples that are read at a time.
const BLOCK: usize = 1 << 16;
/// Full scale of a sample of 16 bits.
const FULL_SCALE: f32 = 32768.0;

/// Reads canonical speech (16 kHz), full scale 1.
///
/// The reference decodes to 16 bits. Canonical speech has more, and where it is all but silent the logarithm of the
/// spectrogram would tell the difference: each sample becomes the nearest of 16 bits, as FFmpeg rounds it. Of a recording of
/// 16 bits at 16 kHz nothing changes.
///
/// # Errors
/// The file is no canonical speech, or too short to be heard.
pub fn read(path: &Path) -> Result<Vec<f32>, SpeechError> {
    let mut reader = SpeechReader::open(path)?;
    let mut samples = Vec::with_capacity(usize::try_from(reader.samples_total()).unwrap_or(0));
    let mut block = vec![0.0; BLOCK];
    loop {
        let read = reader.read(&mut block)?;
        samples.extend(block[..read].iter().copied().map(quantised));
        if read < BLOCK {
            break;
        }
    }
    rows(samples.len())?;
    Ok(samples)
}

/// The nearest sample of 16 bits. What is beyond full scale is cut, and what is no number is silence.
fn quantised(sample: f32) -> f32 {
    f32::from((sample * FULL_SCALE).round_ties_even() as i16) / FULL_SCALE
}

#[cfg(test)]
mod tests {
    use super::quantised;

    #[test]
    fn samples_are_the_nearest_of_16_bits() {
        for bits in [i16::MIN, -32767, -1, 0, 1, 12345, i16::MAX] {
            let sample = f32::from(bits) / 32768.0;
            assert_eq!(quantised(sample), sample, "{bits} stays as it is");
        }
        let steps = |sample: f32| quantised(sample / 32768.0) * 32768.0;
        assert_eq!([0.49, 0.5, 1.5, -0.51, -2.5].map(steps), [0.0, 0.0, 2.0, -1.0, -2.0]);
        assert_eq!([1.0, 7.0, f32::NEG_INFINITY].map(quantised), [32767.0 / 32768.0, 32767.0 / 32768.0, -1.0]);
        assert_eq!(quantised(f32::NAN), 0.0);
    }
}
