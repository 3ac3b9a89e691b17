//! What a window takes is given back before the next: the memory of the process does not grow with the windows. A process
//! of its own, so that no other test's memory is taken for a window's.

#![cfg(target_os = "linux")]

use std::convert::Infallible;

use engine_diffusion::schedulers::ddim::Ddim;
use engine_diffusion::unet::Probe;
use engine_diffusion::window::Window;
use engine_echomimic::denoise::Denoising;
use engine_echomimic::denoising_unet::DenoisingUNet;
use engine_echomimic::reference_unet::ReferenceUNet;
use engine_echomimic::schedule::SCHEDULE;
use engine_echomimic::unet_config::UNetConfig;
use engine_echomimic::windows::Windows;
use engine_golden::uniform;
use engine_golden::weights::weights;
use engine_golden_torch::memory::{resident, stays_flat};
use engine_torch::{VarPath, testing};
use tch::{Tensor, no_grad};

/// Steps of the diffusion.
const STEPS: usize = 2;
/// Latent frames of the video, in windows of 12, of which 3 lie in two.
const FRAMES: i64 = 135;
/// Rows and columns of a latent.
const SIDE: i64 = 16;
/// Bytes that each window may add. Its features at the first level are 384 KiB.
const GROWTH: u64 = 256 << 10;

#[test]
fn memory_does_not_grow_with_the_windows() {
    let config = UNetConfig { block_out_channels: vec![32, 64, 64, 64], ..UNetConfig::default() };
    let (denoiser, reference) =
        (network(|vs| DenoisingUNet::new(vs, &config)), network(|vs| ReferenceUNet::new(vs, &config)));
    let latent = numbers("latent", &[1, config.in_channels, SIDE, SIDE]);
    let portrait = no_grad(|| denoiser.portrait(&reference.banks(&latent, &mut Probe::default())));
    let face = numbers("face", &[1, config.block_out_channels[0], SIDE, SIDE]);
    let speech = numbers("speech", &[FRAMES, 50, config.audio_channels]);
    let denoising = Denoising {
        network: &denoiser,
        portrait: &portrait,
        face: &face,
        speech: &|window: &Window| window.of(&speech, 0),
        windows: Windows::new(FRAMES, 12, 3).unwrap(),
        cfg: 1.0,
        at_once: 1,
    };
    let mut memory = Vec::new();
    let noise = numbers("noise", &[FRAMES, config.in_channels, SIDE, SIDE]);
    let run = no_grad(|| {
        denoising.run(&Ddim::new(&SCHEDULE, STEPS), noise, &mut || {
            memory.push(resident());
            Ok::<(), Infallible>(())
        })
    });
    assert_eq!(run.unwrap().size(), [FRAMES, config.in_channels, SIDE, SIDE]);
    stays_flat(&memory, GROWTH);
}

fn network<N>(build: impl FnOnce(&VarPath<'_>) -> N) -> N {
    testing::made(|key, shape| weights("", "flat_memory", key, shape), build)
}

fn numbers(name: &str, shape: &[i64]) -> Tensor {
    let values = uniform::f32s(name, shape.iter().product::<i64>() as usize, 1.0);
    Tensor::from_slice(&values).reshape(shape)
}
