//! What the denoising network is given of portrait, speech and emotion, for each branch of the guidance.

use engine_diffusion::window::Window;
use tch::Tensor;

use crate::guidance::Branch;
use crate::unet::{Contexts, Masks};

/// What a video is of. All tensors lie where the network computes, in its numbers.
#[derive(Clone, Copy)]
pub struct Conditions<'c> {
    /// Frames of the video; those behind them on the timeline have neither speech nor emotion.
    pub frames: i64,
    /// The portrait's latent (1, 4, rows, columns), not at the denoiser's scale.
    pub portrait: &'c Tensor,
    /// What the portrait is of (1, 1, channels).
    pub token: &'c Tensor,
    /// The face's place (1, channels of the first level, rows, columns).
    pub pose: &'c Tensor,
    /// How much of speech and emotion each pixel takes up.
    pub masks: &'c Masks,
    /// The speech that the frames of a window hear (frames, tokens, channels).
    pub speech: &'c dyn Fn(&Window) -> Tensor,
    /// What a frame hears of silence (1, tokens, channels).
    pub silence: &'c Tensor,
    /// The emotion (1, tokens, channels).
    pub emotion: &'c Tensor,
    /// What stands for no emotion (1, tokens, channels).
    pub no_emotion: &'c Tensor,
    /// How strongly speech and emotion count; the network was trained with [`SCALES`].
    pub scales: [f64; 2],
}

/// What [`Conditions::scales`] are in the reference.
pub const SCALES: [f64; 2] = [1.0, 1.0];

impl Conditions<'_> {
    /// Latents of a window (frames, 4, rows, columns), scaled to the step, with the portrait's behind them, for one branch
    /// after the other (branches · frames, 8, rows, columns).
    pub fn latents(&self, window: &Tensor, branches: &[Branch]) -> Tensor {
        let portrait = self.portrait.expand_as(window);
        let of_branch = |branch: &Branch| match branch {
            Branch::Unconditional => portrait.zeros_like(),
            Branch::Portrait | Branch::Whole => portrait.shallow_clone(),
        };
        let portraits = joined(branches.iter().map(of_branch).collect());
        Tensor::cat(&[window.repeat([branches.len() as i64, 1, 1, 1]), portraits], 1)
    }

    /// What the attentions look at in a window, for one branch after the other.
    pub fn contexts(&self, window: &Window, branches: &[Branch]) -> Contexts {
        let by_branch = |of_branch: &dyn Fn(&Branch) -> Tensor| joined(branches.iter().map(of_branch).collect());
        Contexts {
            clip: by_branch(&|branch| match branch {
                Branch::Unconditional => self.token.zeros_like(),
                Branch::Portrait | Branch::Whole => self.token.shallow_clone(),
            }),
            audio: by_branch(&|branch| match branch {
                Branch::Unconditional | Branch::Portrait => self.silence.shallow_clone(),
                Branch::Whole => (self.speech)(window),
            }),
            emotion: by_branch(&|branch| match branch {
                Branch::Unconditional | Branch::Portrait => self.no_emotion.shallow_clone(),
                Branch::Whole => self.shown(window),
            }),
            scales: self.scales,
        }
    }

    /// The emotion that a window shows: one for all of its frames, or one for each.
    fn shown(&self, window: &Window) -> Tensor {
        let of_frame = |frame: i64| if frame < self.frames { self.emotion } else { self.no_emotion };
        match window.indices().filter(|frame| *frame < self.frames).count() as i64 {
            0 => self.no_emotion.shallow_clone(),
            all if all == window.length() => self.emotion.shallow_clone(),
            _ => Tensor::cat(&window.indices().map(of_frame).collect::<Vec<_>>(), 0),
        }
    }
}

/// Tensors one behind the other. Where one has a row for each frame, so have all.
fn joined(parts: Vec<Tensor>) -> Tensor {
    let rows = parts.iter().map(|part| part.size()[0]).max().unwrap_or(1);
    let in_full = |part: &Tensor| {
        let mut shape = part.size();
        shape[0] = rows;
        part.expand(shape, false)
    };
    Tensor::cat(&parts.iter().map(in_full).collect::<Vec<_>>(), 0)
}

#[cfg(test)]
mod tests {
    use engine_torch::Place;
    use tch::{Device, Kind};

    use super::*;

    fn full(shape: &[i64], value: f64) -> Tensor {
        Tensor::full(shape, value, (Kind::Float, Device::Cpu))
    }

    /// Looks at the conditions of a video of four frames, whose portrait is 1, token 2, silence 3, no emotion 4 and emotion 5,
    /// and of which frame n hears 10 + n.
    fn look<T>(at: impl FnOnce(&Conditions<'_>) -> T) -> T {
        let [portrait, token] = [(&[1, 4, 1, 1][..], 1.0), (&[1, 1, 2], 2.0)].map(|(shape, value)| full(shape, value));
        let [silence, no_emotion, emotion] = [3.0, 4.0, 5.0].map(|value| full(&[1, 1, 2], value));
        let heard = |window: &Window| {
            let frames: Vec<Tensor> = window.indices().map(|frame| full(&[1, 1, 2], 10.0 + frame as f64)).collect();
            Tensor::cat(&frames, 0)
        };
        at(&Conditions {
            frames: 4,
            portrait: &portrait,
            token: &token,
            pose: &full(&[1, 1, 1, 1], 0.0),
            masks: &Masks::new(&full(&[64, 64], 1.0), Place::CPU),
            speech: &heard,
            silence: &silence,
            emotion: &emotion,
            no_emotion: &no_emotion,
            scales: SCALES,
        })
    }

    /// The first number of each row.
    fn rows(tensor: &Tensor) -> Vec<f32> {
        Vec::try_from(tensor.flatten(1, -1).select(1, 0)).unwrap()
    }

    #[test]
    fn each_branch_has_one_condition_more() {
        look(|conditions| {
            let window = Window::new(1, 2, 6);
            let latents = conditions.latents(&full(&[2, 4, 1, 1], 9.0), &Branch::ALL);
            assert_eq!(latents.size(), [6, 8, 1, 1]);
            assert_eq!(rows(&latents.narrow(1, 0, 4)), [9.0; 6]);
            assert_eq!(rows(&latents.narrow(1, 4, 4)), [0.0, 0.0, 1.0, 1.0, 1.0, 1.0]);
            let Contexts { clip, audio, emotion, .. } = conditions.contexts(&window, &Branch::ALL);
            assert_eq!(rows(&clip), [0.0, 2.0, 2.0], "a row for all frames of a window");
            assert_eq!(rows(&audio), [3.0, 3.0, 3.0, 3.0, 11.0, 12.0]);
            assert_eq!(rows(&emotion), [4.0, 4.0, 5.0]);
            for (branch, of_frames) in [(Branch::Unconditional, [3.0].as_slice()), (Branch::Whole, &[11.0, 12.0])] {
                assert_eq!(rows(&conditions.contexts(&window, &[branch]).audio), of_frames);
            }
        });
    }

    #[test]
    fn frames_behind_the_video_show_no_emotion() {
        look(|conditions| {
            let shown = |start, length| rows(&conditions.shown(&Window::new(start, length, 6)));
            assert_eq!(shown(0, 4), [5.0]);
            assert_eq!(shown(4, 2), [4.0]);
            assert_eq!(shown(3, 4), [5.0, 4.0, 4.0, 5.0], "round the end of the timeline");
            let contexts = conditions.contexts(&Window::new(3, 2, 6), &Branch::ALL);
            assert_eq!(rows(&contexts.emotion), [4.0, 4.0, 4.0, 4.0, 5.0, 4.0]);
        });
    }
}
