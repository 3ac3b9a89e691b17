//! The windows of frames that are denoised together. They overlap, go around the end of the video to its beginning, and are
//! shifted by two frames with each step, so that no seam stays where it is.

use engine_api::EngineError;
use engine_diffusion::window::{Window, counts};
use tch::{Device, Kind, Tensor};

/// Frames by which windows are shifted with each step.
const SHIFT: i64 = 2;

/// The most frames of a window: places that the motion modules know.
pub const MAX_CONTEXT_FRAMES: i64 = 32;

/// How a video is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Windows {
    frames: i64,
    context_frames: i64,
    stride: i64,
}

/// Windows that are impossible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WindowError {
    /// A window is empty, or longer than the motion modules know.
    #[error("context_frames must be 1 to {MAX_CONTEXT_FRAMES}, not {0}; 12 is usual")]
    ContextFrames(i64),
    /// The next window would not begin later.
    #[error("context_overlap must be at least 0 and below context_frames, {frames}, not {overlap}; 3 of 12 is usual")]
    ContextOverlap {
        /// Frames of a window.
        frames: i64,
        /// Frames that it shares with the next one.
        overlap: i64,
    },
}

impl From<WindowError> for EngineError {
    fn from(error: WindowError) -> Self {
        Self::input(error)
    }
}

impl Windows {
    /// Windows over a video of `frames` (1 or more): of `context_frames` each, with `context_overlap` in two of them. A video
    /// that is not longer than a window is one window.
    ///
    /// # Errors
    /// A window is impossible.
    pub fn new(frames: i64, context_frames: i64, context_overlap: i64) -> Result<Self, WindowError> {
        if !(1..=MAX_CONTEXT_FRAMES).contains(&context_frames) {
            return Err(WindowError::ContextFrames(context_frames));
        }
        if !(0..context_frames).contains(&context_overlap) {
            return Err(WindowError::ContextOverlap { frames: context_frames, overlap: context_overlap });
        }
        Ok(Self { frames, context_frames, stride: context_frames - context_overlap })
    }

    /// The windows of a step, counted from 0, in the order in which the reference denoises them.
    pub fn of_step(&self, step: usize) -> impl Iterator<Item = Window> + use<> {
        let Self { frames, context_frames, stride } = *self;
        let shift = step as i64 * SHIFT;
        let windows = if frames <= context_frames { 1 } else { (frames + stride - 1) / stride };
        (0..windows).map(move |number| Window::new(number * stride + shift, context_frames, frames))
    }

    /// In how many windows of a step each frame lies (`frames`), in a place of the device and numbers there.
    pub fn counts(&self, step: usize, place: (Kind, Device)) -> Tensor {
        counts(self.of_step(step), self.frames, place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_frame_lies_in_a_window_and_in_each_only_once() {
        for (frames, context_frames, overlap) in
            [(1, 12, 3), (12, 12, 3), (13, 12, 3), (40, 32, 31), (9, 1, 0), (30, 16, 5)]
        {
            let windows = Windows::new(frames, context_frames, overlap).unwrap();
            for step in [0, 1, 29] {
                for window in windows.of_step(step) {
                    let mut seen: Vec<i64> = window.indices().collect();
                    assert_eq!(seen.len() as i64, window.length());
                    seen.sort_unstable();
                    seen.dedup();
                    assert_eq!(seen.len() as i64, window.length());
                }
                let counts = Vec::<f32>::try_from(windows.counts(step, (Kind::Float, Device::Cpu))).unwrap();
                assert!(counts.iter().all(|count| *count >= 1.0), "{frames} in {context_frames}: {counts:?}");
                let all: i64 = windows.of_step(step).map(|window| window.length()).sum();
                assert_eq!(counts.iter().sum::<f32>(), all as f32);
            }
        }
    }

    #[test]
    fn impossible_windows_are_refused_with_what_is_possible() {
        let told = |frames, overlap| Windows::new(20, frames, overlap).unwrap_err().to_string();
        assert_eq!(told(33, 3), "context_frames must be 1 to 32, not 33; 12 is usual");
        assert_eq!(told(0, 0), "context_frames must be 1 to 32, not 0; 12 is usual");
        assert_eq!(
            told(8, 9),
            "context_overlap must be at least 0 and below context_frames, 8, not 9; 3 of 12 is usual"
        );
        assert!(Windows::new(20, 8, 7).is_ok());
    }
}
