//! What a window takes is given back before the next: the memory of the process does not grow with the windows. A process
//! of its own, so that no other test's memory is taken for a window's.

#![cfg(target_os = "linux")]

use std::convert::Infallible;

use engine_dice_talk::denoise::{Conditions, Denoising, IDS, SCALES};
use engine_dice_talk::guidance::Guidance;
use engine_dice_talk::schedule::SCHEDULE;
use engine_dice_talk::unet::{DenoisingUNet, Masks, UNetConfig};
use engine_dice_talk::windows::Windows;
use engine_diffusion::schedulers::euler::Euler;
use engine_diffusion::window::Window;
use engine_golden::uniform;
use engine_golden::weights::weights;
use engine_golden_torch::memory::{resident, stays_flat};
use engine_torch::{Place, testing};
use tch::{Tensor, no_grad};

/// Frames of the video, in windows of 5.
const FRAMES: i64 = 70;
/// Rows and columns of a latent.
const SIDE: i64 = 16;
/// Channels of tokens.
const TOKENS: i64 = 64;
/// Bytes that each call may add. A window's speech has 40 KiB, and its features at the first level 160 KiB.
const GROWTH: u64 = 32 << 10;

#[test]
fn memory_does_not_grow_with_the_windows() {
    let config = UNetConfig {
        block_out_channels: vec![32, 64, 64, 64],
        num_attention_heads: vec![1, 2, 2, 2],
        cross_attention_dim: TOKENS,
        ..UNetConfig::default()
    };
    let network =
        testing::made(|key, shape| weights("", "flat_memory", key, shape), |vs| DenoisingUNet::new(vs, &config));
    let portrait = numbers("portrait", &[1, 4, SIDE, SIDE]);
    let [token, silence, emotion, no_emotion] = [("token", 1), ("silence", 32), ("emotion", 32), ("no_emotion", 32)]
        .map(|(name, tokens)| numbers(name, &[1, tokens, TOKENS]));
    let windows = Windows { frames: FRAMES, length: 5, overlap: 0, shift: 2 };
    let speech = numbers("speech", &[windows.timeline(), 32, TOKENS]);
    let denoising = Denoising {
        network: &network,
        ids: IDS,
        conditions: Conditions {
            frames: FRAMES,
            portrait: &portrait,
            token: &token,
            pose: &numbers("pose", &[1, config.block_out_channels[0], SIDE, SIDE]),
            masks: &Masks::new(&numbers("mask", &[8 * SIDE, 8 * SIDE]), Place::CPU),
            speech: &|window: &Window| window.of(&speech, 0),
            silence: &silence,
            emotion: &emotion,
            no_emotion: &no_emotion,
            scales: SCALES,
        },
        windows,
        guidance: Guidance { portrait: 3.0, emotion: 6.0 },
        branches_at_once: false,
    };
    let mut memory = Vec::new();
    let noise = numbers("noise", &[windows.timeline(), 4, SIDE, SIDE]);
    let run = no_grad(|| {
        denoising.run(&Euler::new(&SCHEDULE, 2), noise, &mut || {
            memory.push(resident());
            Ok::<(), Infallible>(())
        })
    });
    assert_eq!(run.unwrap().size(), [windows.timeline(), 4, SIDE, SIDE]);
    assert_eq!(memory.len() as u64, denoising.calls(2));
    stays_flat(&memory, GROWTH);
}

fn numbers(name: &str, shape: &[i64]) -> Tensor {
    let values = uniform::f32s(name, shape.iter().product::<i64>() as usize, 1.0);
    Tensor::from_slice(&values).reshape(shape)
}
