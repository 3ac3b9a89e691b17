//! The windows of frames that are denoised together, shifted with each step (Ji et al. 2024, arXiv 2411.16331). The timeline
//! goes round: behind the video's frames it goes on for as long as one window without speech, so that what is said last does
//! not lead into what is said first.

use engine_diffusion::window::{self, Window};
use tch::{Device, Kind, Tensor};

/// How the timeline of a video is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Windows {
    /// Frames of the video, at least 1.
    pub frames: i64,
    /// Frames of a window, at least 1.
    pub length: i64,
    /// Frames that two neighbouring windows share, less than a window has.
    pub overlap: i64,
    /// Frames by which windows begin earlier with each step, so that no seam stays where it is; after a window's length they
    /// are back where they were.
    pub shift: i64,
}

impl Windows {
    /// A video of so many frames (at least 1), divided as the reference does it.
    #[must_use]
    pub fn over(frames: i64) -> Self {
        Self { frames, length: 25, overlap: 0, shift: 7 }
    }

    /// Frames of the timeline: those of the video, and those without speech behind them.
    #[must_use]
    pub fn timeline(&self) -> i64 {
        self.frames + self.length
    }

    /// The windows of a step, counted from 0, in the order in which the reference denoises them.
    pub fn of_step(&self, step: usize) -> impl Iterator<Item = Window> + use<> {
        let Self { length, overlap, shift, .. } = *self;
        let (timeline, shift) = (self.timeline(), step as i64 * shift % length);
        let stride = (length - overlap) as usize;
        (0..timeline).step_by(stride).map(move |start| Window::new(start - shift, length, timeline))
    }

    /// In how many windows of a step each frame of the timeline lies, in a place of the device and numbers there.
    pub fn counts(&self, step: usize, place: (Kind, Device)) -> Tensor {
        window::counts(self.of_step(step), self.timeline(), place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_frame_lies_in_a_window_and_in_each_only_once() {
        for (frames, length, overlap, shift) in [(1, 25, 0, 7), (7500, 25, 0, 7), (12, 5, 4, 2), (3, 1, 0, 9)] {
            let windows = Windows { frames, length, overlap, shift };
            for step in [0, 1, 24] {
                let all: Vec<Window> = windows.of_step(step).collect();
                assert!(all.iter().all(|window| window.length() == length));
                let counts = windows.counts(step, (Kind::Float, Device::Cpu));
                assert!(counts.min().double_value(&[]) >= 1.0, "{windows:?} at {step}");
                assert_eq!(counts.sum(Kind::Float).double_value(&[]), (all.len() as i64 * length) as f64);
            }
        }
    }

    #[test]
    fn the_shift_returns_to_the_beginning_after_a_window() {
        let windows = Windows::over(30);
        let first = |step| windows.of_step(step).next().and_then(|window| window.indices().next());
        assert_eq!([0, 1, 3, 4, 25].map(first), [0, 48, 34, 52, 0].map(Some));
    }
}
