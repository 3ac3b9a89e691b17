//! How long a video becomes.

use avatar_media::speech::SPEECH_RATE;

use crate::params::Params;
use crate::speech::SpeechError;
use crate::speech::length::spoken;

/// Pictures in a second with interpolation, and in two seconds without.
const RATE: u64 = 25;

/// How long a video becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Length {
    /// Frames that are denoised, 12.5 a second.
    pub frames: u64,
    /// Pictures that are shown. The last one stays where the reference's video would end before the speech, for 0.12 seconds
    /// at most.
    pub pictures: u64,
    /// Whether all of the speech is rendered.
    pub is_whole: bool,
}

impl Length {
    /// Of a video for so many samples of speech, at 16 kHz.
    ///
    /// # Errors
    /// They are too few.
    pub fn new(samples: u64, params: &Params) -> Result<Self, SpeechError> {
        let rate = u64::from(SPEECH_RATE);
        let most = params.duration.map_or(u64::MAX, |seconds| (seconds * rate as f64).round() as u64);
        let heard = samples.min(most);
        let frames = spoken(heard)?;
        let (made, seconds) = if params.interpolate { (2 * frames - 1, 1) } else { (frames, 2) };
        let pictures = made.max((heard * RATE).div_ceil(rate * seconds));
        Ok(Self { frames, pictures, is_whole: heard == samples })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn length(samples: u64, duration: Option<f64>, interpolate: bool) -> Length {
        Length::new(samples, &Params { duration, interpolate, ..Params::default() }).unwrap()
    }

    #[test]
    fn a_video_lasts_as_long_as_its_speech() {
        for samples in [1280, 1281, 2559, 2560, 16_000, 160_000, 159_999, 9_600_000, 9_601_279] {
            let [fast, slow] = [true, false].map(|interpolate| length(samples, None, interpolate));
            assert_eq!(fast.frames, slow.frames);
            let at = |pictures: u64, seconds: f64| pictures as f64 * seconds - samples as f64 / 16_000.0;
            assert!((0.0..0.04).contains(&at(fast.pictures, 0.04)), "{samples}: {fast:?}");
            assert!((0.0..0.08).contains(&at(slow.pictures, 0.08)), "{samples}: {slow:?}");
            assert!((1..=3).contains(&(fast.pictures + 1 - 2 * fast.frames)) && slow.pictures - slow.frames <= 1);
        }
    }

    #[test]
    fn ten_seconds_become_125_frames_and_no_more_than_is_wanted() {
        let whole = Length { frames: 125, pictures: 250, is_whole: true };
        assert_eq!(length(160_000, None, true), whole);
        assert_eq!(length(160_000, Some(300.0), true), whole);
        assert_eq!(length(160_000, Some(1.0), true), Length { frames: 12, pictures: 25, is_whole: false });
        assert_eq!(length(160_000, Some(0.1), false), Length { frames: 1, pictures: 2, is_whole: false });
    }

    #[test]
    fn speech_that_has_no_frame_is_refused() {
        let told = Length::new(640, &Params::default()).unwrap_err().to_string();
        assert!(told.contains("0.08"), "{told}");
    }
}
