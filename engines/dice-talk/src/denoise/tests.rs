//! A small network over a short video.

use engine_torch::{Place, testing};
use tch::{Device, Kind};

use super::*;
use crate::schedule::SCHEDULE;
use crate::unet::{Masks, UNetConfig};

/// A tensor whose values are all different.
fn numbers(shape: &[i64], seed: f64) -> Tensor {
    let count = shape.iter().product::<i64>();
    (Tensor::arange(count, (Kind::Float, Device::Cpu)) * 0.7 + seed).sin().reshape(shape)
}

/// Denoises a video of three frames in windows of two, and tells after how many calls of the network.
fn denoised(branches_at_once: bool, steps: usize, most_calls: u64) -> (Option<Tensor>, u64, u64) {
    let config = UNetConfig {
        block_out_channels: vec![32; 4],
        layers_per_block: 1,
        num_attention_heads: vec![1; 4],
        cross_attention_dim: 8,
        ..UNetConfig::default()
    };
    let values = |key: &str, shape: &[usize]| {
        let start = key.len() as f32;
        (0..shape.iter().product::<usize>()).map(|at| (start + at as f32).sin() * 0.1).collect()
    };
    let network = testing::made(values, |vs| DenoisingUNet::new(vs, &config));
    let [portrait, token] = [numbers(&[1, 4, 8, 8], 0.0), numbers(&[1, 1, 8], 1.0)];
    let [silence, emotion, no_emotion] = [2.0, 3.0, 4.0].map(|seed| numbers(&[1, 2, 8], seed));
    let windows = Windows { frames: 3, length: 2, overlap: 0, shift: 1 };
    let speech = numbers(&[windows.timeline(), 2, 8], 5.0);
    let denoising = Denoising {
        network: &network,
        ids: IDS,
        conditions: Conditions {
            frames: windows.frames,
            portrait: &portrait,
            token: &token,
            pose: &numbers(&[1, 32, 8, 8], 6.0),
            masks: &Masks::new(&numbers(&[64, 64], 7.0).abs(), Place::CPU),
            speech: &|window: &Window| window.of(&speech, 0),
            silence: &silence,
            emotion: &emotion,
            no_emotion: &no_emotion,
            scales: SCALES,
        },
        windows,
        guidance: Guidance { portrait: 3.0, emotion: 6.0 },
        branches_at_once,
    };
    let mut calls = 0;
    let noise = numbers(&[windows.timeline(), 4, 8, 8], 8.0) * 700.0;
    let latents = denoising.run(&Euler::new(&SCHEDULE, steps), noise, &mut || {
        calls += 1;
        if calls < most_calls { Ok(()) } else { Err(()) }
    });
    (latents.ok(), calls, denoising.calls(steps))
}

#[test]
fn branches_together_and_one_by_one_give_the_same() {
    let (together, calls, told) = denoised(true, 3, u64::MAX);
    assert_eq!((calls, told), (9, 9), "five frames in windows of two are three windows");
    let (one_by_one, calls, told) = denoised(false, 3, u64::MAX);
    assert_eq!((calls, told), (27, 27));
    let (together, one_by_one) = (together.unwrap(), one_by_one.unwrap());
    assert_eq!(together.size(), [5, 4, 8, 8]);
    assert!(together.allclose(&one_by_one, 1e-4, 1e-3, false), "{}", (&together - &one_by_one).abs().max());
    assert!((together.get(0) - together.get(2)).abs().max().double_value(&[]) > 0.01, "frames differ");
}

#[test]
fn the_work_can_be_ended_at_any_call() {
    for (branches_at_once, most) in [(true, 1), (true, 4), (false, 2), (false, 14)] {
        let (latents, calls, _) = denoised(branches_at_once, 3, most);
        assert_eq!((latents, calls), (None, most));
    }
}
