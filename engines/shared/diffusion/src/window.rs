//! Frames of a video that are denoised together, where the video goes round: after its last frame comes its first.

use std::iter;

use tch::{Device, Kind, Tensor};

/// Frames that are denoised together: so many from the start on, and after the video's last its first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    start: i64,
    length: i64,
    frames: i64,
}

impl Window {
    /// `length` frames (1 or more) of a video of `frames`, and all of a shorter one. The first lies at `start`, counted on
    /// round the video: after its end, or, if negative, back from its beginning.
    ///
    /// # Panics
    /// The video has no frames.
    #[must_use]
    pub fn new(start: i64, length: i64, frames: i64) -> Self {
        Self { start: start.rem_euclid(frames), length: length.min(frames), frames }
    }

    /// How many frames.
    #[must_use]
    pub fn length(&self) -> i64 {
        self.length
    }

    /// Their places in the video, in order.
    pub fn indices(&self) -> impl Iterator<Item = i64> + use<> {
        let Self { start, length, frames } = *self;
        (start..start + length).map(move |at| at % frames)
    }

    /// These frames of a tensor whose axis `axis` goes over the whole video.
    pub fn of(&self, video: &Tensor, axis: i64) -> Tensor {
        let parts: Vec<Tensor> = self.parts().map(|(at, _, length)| video.narrow(axis, at, length)).collect();
        if let [whole] = &parts[..] { whole.shallow_clone() } else { Tensor::cat(&parts, axis) }
    }

    /// Adds the values of these frames to their places in a tensor of the whole video.
    pub fn add_to(&self, video: &Tensor, values: &Tensor, axis: i64) {
        for (at, from, length) in self.parts() {
            let _ = video.narrow(axis, at, length).g_add_(&values.narrow(axis, from, length));
        }
    }

    /// The one or two stretches of the video that the window covers: where each begins in the video and in the window, and
    /// its length. Stretches need no indices on the device, which the host would have to send for each window.
    fn parts(&self) -> impl Iterator<Item = (i64, i64, i64)> + use<> {
        let Self { start, length, frames } = *self;
        let first = length.min(frames - start);
        iter::once((start, 0, first)).chain((first < length).then_some((0, first, length - first)))
    }
}

/// In how many of these windows each frame of a video of `frames` lies (`frames`), counted where they are denoised, so that
/// nothing has to be sent there.
pub fn counts(windows: impl IntoIterator<Item = Window>, frames: i64, place: (Kind, Device)) -> Tensor {
    let counts = Tensor::zeros([frames], place);
    let one = Tensor::ones([frames], place);
    windows.into_iter().for_each(|window| window.add_to(&counts, &one, 0));
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_window_takes_it_gives_back_to_its_places() {
        let place = (Kind::Float, Device::Cpu);
        let video = Tensor::arange(2 * 13, place).reshape([2, 13]);
        let windows = [(6, 12), (15, 13), (-3, 5), (0, 40)].map(|(start, length)| Window::new(start, length, 13));
        let sum = video.zeros_like();
        for window in windows {
            let frames = window.of(&video, 1);
            let places: Vec<f32> = window.indices().map(|at| at as f32).collect();
            assert_eq!(Vec::<f32>::try_from(frames.get(0)).unwrap(), places);
            window.add_to(&sum, &frames, 1);
        }
        assert_eq!(sum / counts(windows, 13, place), video);
    }

    #[test]
    fn a_window_goes_round_the_video() {
        let places = |window: Window| window.indices().collect::<Vec<_>>();
        assert_eq!(places(Window::new(-2, 5, 7)), [5, 6, 0, 1, 2]);
        assert_eq!(places(Window::new(9, 3, 7)), [2, 3, 4]);
        assert_eq!(places(Window::new(1, 9, 3)), [1, 2, 0], "a window has each frame once");
        let counted = counts([Window::new(-2, 5, 7), Window::new(5, 1, 7)], 7, (Kind::Float, Device::Cpu));
        assert_eq!(Vec::<f32>::try_from(counted).unwrap(), [1.0, 1.0, 1.0, 0.0, 0.0, 2.0, 1.0]);
    }
}
