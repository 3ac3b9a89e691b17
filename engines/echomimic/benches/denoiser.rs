//! How fast the denoising network is beside PyTorch: `cargo xtask bench echomimic` prints the seconds of a call at full size,
//! 12 frames of 256 by 256 pixels on the processor, and those of the same network in eager mode (`denoiser_eager.py`).
//!
//! Before that, a small network is run in both; at both sizes their velocities have to agree. Together they take 12 GB of
//! memory.

use std::error::Error;

use engine_diffusion::unet::Probe;
use engine_echomimic::denoising_unet::{Call, DenoisingUNet};
use engine_echomimic::unet_config::UNetConfig;
use engine_golden_torch::eager::{Eager, Pool};
use engine_torch::testing::made;
use serde_json::json;
use tch::Tensor;

/// Names the Python with PyTorch.
const PYTHON: &str = "ECHOMIMIC_BENCH_PYTHON";
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/denoiser_eager.py");
/// Where inputs end, on both sides of zero; as wide as those of the weights' rule, which have a variance of 1.
const WIDTH: f64 = 1.7;
/// Calls of each that are timed.
const CALLS: usize = 5;
/// Frames of a window.
const FRAMES: i64 = 12;
/// Tokens of a frame's speech.
const TOKENS: i64 = 50;
/// A step of the diffusion.
const TIMESTEP: i64 = 499;

fn main() -> Result<(), Box<dyn Error>> {
    let mut eager = Eager::start(PYTHON, SCRIPT)?;
    let small = UNetConfig { block_out_channels: vec![32, 64, 64, 64], ..UNetConfig::default() };
    measured(&small, 16, &mut eager)?;
    measured(&UNetConfig::default(), 32, &mut eager)
}

/// Calls a network and its twin in turn, for latents of `side` by `side`.
fn measured(config: &UNetConfig, side: i64, eager: &mut Eager) -> Result<(), Box<dyn Error>> {
    let network = made(|key, shape| eager.pool.weights(key, shape), |vs| DenoisingUNet::new(vs, config));
    let inputs = Inputs::new(&network, config, side, &eager.pool);
    let portrait = tch::no_grad(|| network.portrait(&inputs.banks));
    let call = Call {
        timestep: TIMESTEP,
        latents: &inputs.latents,
        audio: &inputs.audio,
        face: &inputs.face,
        portrait: &portrait,
        frames: FRAMES,
        is_guided: false,
    };
    let shape = json!({
        "channels": config.block_out_channels,
        "layers": config.layers_per_block,
        "heads": config.attention_head_dim,
        "groups": config.norm_num_groups,
        "audio": config.audio_channels,
        "tokens": TOKENS,
        "frames": FRAMES,
        "rows": side,
        "columns": side,
        "timestep": TIMESTEP,
    });
    let title = format!("{:?}, {FRAMES} frames of {side}x{side} latents", config.block_out_channels);
    eager.compare(&title, CALLS, shape, || network.forward(call, &mut Probe::default()))
}

/// What the network is given.
struct Inputs {
    latents: Tensor,
    audio: Tensor,
    face: Tensor,
    banks: Vec<Tensor>,
}

impl Inputs {
    fn new(network: &DenoisingUNet, config: &UNetConfig, side: i64, pool: &Pool) -> Self {
        let given = |name: &str, shape: &[i64]| pool.input(name, shape, WIDTH);
        let channels = &config.block_out_channels;
        let bank = |(place, path): (usize, &str)| {
            // Attentions of a level are told by the level's number, counted from below on the way up.
            let level = match path.split('.').collect::<Vec<_>>()[..] {
                ["down_blocks", level, ..] => level.parse().expect("a number"),
                ["up_blocks", level, ..] => channels.len() - 1 - level.parse::<usize>().expect("a number"),
                _ => channels.len() - 1,
            };
            let pixels = (side >> level).pow(2);
            given(&format!("bank.{place}"), &[1, pixels, channels[level]])
        };
        Self {
            latents: given("latents", &[FRAMES, config.in_channels, side, side]),
            audio: given("audio", &[FRAMES, TOKENS, config.audio_channels]),
            face: given("face", &[1, channels[0], side, side]),
            banks: network.attentions().enumerate().map(bank).collect(),
        }
    }
}
