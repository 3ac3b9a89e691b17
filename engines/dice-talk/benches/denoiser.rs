//! How fast the denoising network is beside PyTorch: `cargo xtask bench dice-talk` prints the seconds of a call at full size,
//! 25 frames of 256 by 256 pixels on the processor, and those of the same network in eager mode (`denoiser_eager.py`).
//!
//! Before that, a small network is run in both; at both sizes their predictions have to agree. Together they take 16 GB of
//! memory.

use std::error::Error;

use engine_dice_talk::unet::{Call, Contexts, DenoisingUNet, Masks, UNetConfig};
use engine_diffusion::unet::Probe;
use engine_golden_torch::eager::Eager;
use engine_torch::Place;
use engine_torch::testing::made;
use serde_json::json;

/// Names the Python with PyTorch.
const PYTHON: &str = "DICE_TALK_BENCH_PYTHON";
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/denoiser_eager.py");
/// Where inputs end, on both sides of zero; as wide as those of the weights' rule, which have a variance of 1.
const WIDTH: f64 = 1.7;
/// Calls of each that are timed.
const CALLS: usize = 3;
/// Frames of a window.
const FRAMES: i64 = 25;
/// Tokens of a frame's speech, and of its emotion.
const TOKENS: i64 = 32;
/// A step of the diffusion.
const TIMESTEP: f64 = 1.6;
/// Frames per second, how much moves, and how much a second time.
const IDS: [f64; 3] = [12.5, 8.0, 16.0];

fn main() -> Result<(), Box<dyn Error>> {
    let mut eager = Eager::start(PYTHON, SCRIPT)?;
    let small = UNetConfig {
        block_out_channels: vec![32, 64, 64, 64],
        num_attention_heads: vec![1, 2, 2, 2],
        ..UNetConfig::default()
    };
    measured(&small, 16, &mut eager)?;
    measured(&UNetConfig::default(), 32, &mut eager)
}

/// Calls a network and its twin in turn, for latents of `side` by `side`.
fn measured(config: &UNetConfig, side: i64, eager: &mut Eager) -> Result<(), Box<dyn Error>> {
    let network = made(|key, shape| eager.pool.weights(key, shape), |vs| DenoisingUNet::new(vs, config));
    let given = |name: &str, shape: &[i64]| eager.pool.input(name, shape, WIDTH);
    let tokens = |name: &str, tokens: i64| given(name, &[FRAMES, tokens, config.cross_attention_dim]);
    let contexts = Contexts {
        clip: tokens("clip", 1),
        audio: tokens("audio", TOKENS),
        emotion: tokens("emotion", TOKENS),
        scales: [1.0, 1.0],
    };
    let (latents, pose) = (
        given("latents", &[FRAMES, config.in_channels, side, side]),
        given("pose", &[1, config.block_out_channels[0], side, side]),
    );
    let masks = Masks::new(&eager.pool.input("mask", &[8 * side, 8 * side], 1.0), Place::CPU);
    let call = Call {
        timestep: TIMESTEP,
        ids: IDS,
        latents: &latents,
        frames: FRAMES,
        contexts: &contexts,
        pose: &pose,
        masks: &masks,
    };
    let shape = json!({
        "channels": config.block_out_channels,
        "layers": config.layers_per_block,
        "heads": config.num_attention_heads,
        "groups": UNetConfig::GROUPS,
        "context": config.cross_attention_dim,
        "waves": config.addition_time_embed_dim,
        "tokens": TOKENS,
        "frames": FRAMES,
        "rows": side,
        "columns": side,
        "timestep": TIMESTEP,
        "ids": IDS,
    });
    let title = format!("{:?}, {FRAMES} frames of {side}x{side} latents", config.block_out_channels);
    eager.compare(&title, CALLS, shape, || network.forward(call, &mut Probe::default()))
}
