//! Stage `video.interleave`: frames to the bytes of a video.

use std::convert::Infallible;

use engine_dice_talk::interleave::Interleaving;
use engine_torch::pixels::to_u8;
use tch::{Tensor, no_grad};

use crate::interpolation::rife;
use crate::reference::{SET, check, input};

/// The bytes of all pictures, one after the other.
fn shown(mut video: Interleaving<'_>, frames: &Tensor) -> Vec<u8> {
    let mut bytes = Vec::new();
    for frame in 0..frames.size()[1] {
        let mut append = |picture: &[u8]| {
            bytes.extend_from_slice(picture);
            Ok::<(), Infallible>(())
        };
        no_grad(|| video.push(&frames.select(1, frame), &mut append)).expect("nobody ends it");
    }
    bytes
}

#[test]
fn middles_stand_between_the_frames() {
    let rife = rife();
    for stage in SET.stages("video.interleave") {
        let frames = input(stage, "frames");
        let [_, _, rows, columns] = frames.size4().expect("channels, frames, rows and columns").into();
        let bytes = shown(Interleaving::new(Some(&rife)), &frames);
        check(stage, "rgb", &Tensor::from_slice(&bytes).view([-1, rows, columns, 3]));
    }
}

#[test]
fn without_interpolation_the_frames_stand_alone() {
    for stage in SET.stages("video.interleave") {
        let frames = input(stage, "frames");
        let bytes = shown(Interleaving::new(None), &frames);
        assert_eq!(Tensor::from_slice(&bytes), to_u8(&frames).permute([1, 2, 3, 0]).contiguous().view(-1));
    }
}
