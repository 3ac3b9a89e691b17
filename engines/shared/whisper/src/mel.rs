//! Log-mel spectrograms as Whisper hears them (section 2.2 of the paper; the numbers that it does not give are those of its
//! published `audio.py`).

use tch::{Device, Kind, Tensor};

/// Samples in a second of sound.
pub const SAMPLE_RATE: usize = 16_000;
/// Samples from one column to the next: 10 ms.
pub const HOP: usize = 160;

/// Samples that a column is made of: 25 ms.
const WINDOW: usize = 400;
/// Samples that the sound is continued by at each end.
const PADDING: usize = WINDOW / 2;
const FREQUENCIES: usize = WINDOW / 2 + 1;
/// Columns that are made at a time, so that the complex spectrum of long sounds does not fill the memory.
const BLOCK: usize = 3000;

/// The shortest sound, in samples: what mirrors its ends.
pub const MIN_SAMPLES: usize = PADDING + 1;

/// The log-mel spectrogram of a sound: logarithms to base 10, no more than 8 below the greatest of the whole sound, moved and
/// scaled to end up around 0.
///
/// Of (samples) in 32 bits at 16 kHz, full scale 1, on the processor; at least [`MIN_SAMPLES`]. Gives (`mels`,
/// samples / [`HOP`]).
///
/// # Panics
/// The sound is shorter.
pub fn log_mel(samples: &Tensor, mels: usize) -> Tensor {
    let columns = samples.numel() / HOP;
    let padding = PADDING as i64;
    let padded = samples.unsqueeze(0).reflection_pad1d([padding, padding]).squeeze_dim(0);
    let window = Tensor::hann_window(WINDOW as i64, (Kind::Float, Device::Cpu));
    let filters = mel_filters(mels);
    let block = |start: usize| {
        let length = ((columns - start).min(BLOCK) - 1) * HOP + WINDOW;
        let part = padded.narrow(0, (start * HOP) as i64, length as i64);
        let spectrum = part.stft(WINDOW as i64, HOP as i64, WINDOW as i64, Some(&window), false, true, true, false);
        filters.matmul(&spectrum.abs().square()).clamp_min(1e-10).log10()
    };
    let blocks: Vec<Tensor> = (0..columns).step_by(BLOCK).map(block).collect();
    let log = Tensor::cat(&blocks, 1);
    (log.maximum(&(log.max() - 8.0)) + 4.0) / 4.0
}

/// The (`mels`, 201) weights with which the frequencies up to 8 kHz count in each mel band: triangles of area 1 whose
/// corners are equally far apart in mel, as Slaney's Auditory Toolbox (1998) measures it.
pub fn mel_filters(mels: usize) -> Tensor {
    let top = hertz_to_mel(SAMPLE_RATE as f64 / 2.0);
    let corners: Vec<f64> = (0..mels + 2).map(|corner| mel_to_hertz(top * corner as f64 / (mels + 1) as f64)).collect();
    let bands = corners.array_windows().flat_map(|&[low, middle, high]| {
        (0..FREQUENCIES).map(move |bin| {
            let hertz = (bin * SAMPLE_RATE) as f64 / WINDOW as f64;
            let height = ((hertz - low) / (middle - low)).min((high - hertz) / (high - middle)).max(0.0);
            (height * 2.0 / (high - low)) as f32
        })
    });
    Tensor::from_slice(&bands.collect::<Vec<f32>>()).reshape([mels as i64, FREQUENCIES as i64])
}

/// Below this the scale is linear, above it logarithmic.
const KNEE_HERTZ: f64 = 1000.0;
const KNEE_MEL: f64 = 15.0;
const HERTZ_PER_MEL: f64 = KNEE_HERTZ / KNEE_MEL;
/// The logarithmic part has 27 mel for a ratio of 6.4.
const RATIO: (f64, f64) = (6.4, 27.0);

fn hertz_to_mel(hertz: f64) -> f64 {
    match hertz < KNEE_HERTZ {
        true => hertz / HERTZ_PER_MEL,
        false => KNEE_MEL + (hertz / KNEE_HERTZ).ln() / RATIO.0.ln() * RATIO.1,
    }
}

fn mel_to_hertz(mel: f64) -> f64 {
    match mel < KNEE_MEL {
        true => mel * HERTZ_PER_MEL,
        false => KNEE_HERTZ * RATIO.0.powf((mel - KNEE_MEL) / RATIO.1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_lies_at_the_floor() {
        let mel = log_mel(&Tensor::zeros([MIN_SAMPLES as i64], (Kind::Float, Device::Cpu)), 80);
        assert_eq!(mel.size(), [80, 1]);
        assert!(mel.eq(-1.5).all().int64_value(&[]) == 1, "{mel}");
    }

    #[test]
    fn a_tone_is_loudest_in_its_band() {
        for (bin, mels) in [(11, 80), (40, 80), (150, 80), (40, 128)] {
            let hertz = (bin * SAMPLE_RATE) as f64 / WINDOW as f64;
            let turn = std::f64::consts::TAU * hertz / SAMPLE_RATE as f64;
            let tone: Vec<f32> = (0..SAMPLE_RATE).map(|at| (turn * at as f64).sin() as f32).collect();
            let mel = log_mel(&Tensor::from_slice(&tone), mels);
            let (column, weights) = (mel.select(1, 50), mel_filters(mels).select(1, bin as i64));
            assert_eq!(column.argmax(0, false), weights.argmax(0, false), "{hertz} Hz in {mels} bands");
            assert!(column.min().double_value(&[]) >= column.max().double_value(&[]) - 2.0, "no more than 8 / 4 below");
        }
    }
}
