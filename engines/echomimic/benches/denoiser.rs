//! How fast the denoising network is beside PyTorch: `cargo xtask bench echomimic` prints the seconds of a call at full size,
//! 12 frames of 256 by 256 pixels on the processor, and those of the same network in eager mode (`eager.py`).
//!
//! Both run on libtorch of the same version, with as many threads, from the same made-up weights, in turn. Before that, a
//! small network is run in both; at both sizes their velocities have to agree. Together they take 12 GB of memory.

#![allow(clippy::print_stdout)] // the figures are what it is for

use std::env;
use std::error::Error;
use std::fs;
use std::io::{BufRead, BufReader, Lines, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Instant;

use engine_diffusion::unet::Probe;
use engine_echomimic::denoising_unet::{Call, DenoisingUNet};
use engine_echomimic::unet_config::UNetConfig;
use engine_golden::{fnv1a64, uniform};
use engine_torch::testing::made;
use serde_json::json;
use tch::Tensor;

/// Names the Python with PyTorch.
const PYTHON: &str = "ECHOMIMIC_BENCH_PYTHON";
/// Numbers that all weights and inputs are cut from; a prime, so that rows of weights differ.
const POOL: usize = 1_048_583;
/// Where inputs end, on both sides of zero; as wide as those of the weights' rule, which have a variance of 1.
const WIDTH: f32 = 1.7;
/// Calls of each that are timed, after one that is not.
const CALLS: usize = 5;
/// Frames of a window.
const FRAMES: i64 = 12;
/// Tokens of a frame's speech.
const TOKENS: i64 = 50;
/// A step of the diffusion.
const TIMESTEP: i64 = 499;
/// How far velocities may lie apart, as a share of the largest.
const TOLERANCE: f64 = 1e-3;

fn main() -> Result<(), Box<dyn Error>> {
    let python = env::var_os(PYTHON)
        .ok_or_else(|| format!("{PYTHON} names no Python with PyTorch; `cargo xtask bench echomimic` makes one"))?;
    let folder = tempfile::tempdir()?;
    let pool = uniform::f32s("bench", POOL, 1.0);
    let mut eager = Eager::start(python.as_ref(), folder.path(), &pool)?;
    let small = UNetConfig { block_out_channels: vec![32, 64, 64, 64], ..UNetConfig::default() };
    measured(&small, 16, &pool, &mut eager)?;
    measured(&UNetConfig::default(), 32, &pool, &mut eager)
}

/// Calls a network and its twin in turn, for latents of `side` by `side`.
fn measured(config: &UNetConfig, side: i64, pool: &[f32], eager: &mut Eager) -> Result<(), Box<dyn Error>> {
    let network = made(|key, shape| weights(pool, key, shape), |vs| DenoisingUNet::new(vs, config));
    let inputs = Inputs::new(&network, config, side, pool);
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
    let native = || tch::no_grad(|| network.forward(call, &mut Probe::default()));
    eager.build(config, side)?;
    let (ours, _) = (native(), eager.call()?);
    let theirs = eager.velocities()?.view_as(&ours);
    let apart = f64::try_from((&ours - &theirs).abs().max())? / f64::try_from(theirs.abs().max())?;
    println!("{:?}, {FRAMES} frames of {side}x{side} latents", config.block_out_channels);
    println!("  furthest apart: {apart:.1e} of the largest velocity");
    if apart.is_nan() || apart > TOLERANCE {
        return Err("the two do not compute the same".into());
    }
    let mut seconds = [vec![], vec![]];
    for _ in 0..CALLS {
        let begin = Instant::now();
        let _ = native();
        seconds[0].push(begin.elapsed().as_secs_f64());
        seconds[1].push(eager.call()?);
    }
    for (name, seconds) in ["native", "eager"].iter().zip(&seconds) {
        let all: Vec<String> = seconds.iter().map(|second| format!("{second:.3}")).collect();
        println!("  {name:<6}  {:>8.3} s  of {}", median(seconds), all.join(", "));
    }
    println!("  native / eager: {:.3}\n", median(&seconds[0]) / median(&seconds[1]));
    Ok(())
}

fn median(seconds: &[f64]) -> f64 {
    let mut sorted = seconds.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

/// The weights of a key: matrices keep the variance of what goes through them.
fn weights(pool: &[f32], key: &str, shape: &[usize]) -> Vec<f32> {
    let len: usize = shape.iter().product();
    let (scale, offset) = match shape {
        [outputs, _, ..] => ((3 * outputs) as f64 / len as f64, 0.0),
        _ if key.ends_with("weight") => (0.01, 1.0),
        _ => (0.0025, 0.0),
    };
    let scale = scale.sqrt() as f32;
    numbers(pool, key, len).map(|number| number * scale + offset).collect()
}

/// Numbers from -1 to 1 of a name.
fn numbers<'p>(pool: &'p [f32], name: &str, len: usize) -> impl Iterator<Item = f32> + use<'p> {
    pool.iter().copied().cycle().skip((fnv1a64(name) % pool.len() as u64) as usize).take(len)
}

/// What the network is given.
struct Inputs {
    latents: Tensor,
    audio: Tensor,
    face: Tensor,
    banks: Vec<Tensor>,
}

impl Inputs {
    fn new(network: &DenoisingUNet, config: &UNetConfig, side: i64, pool: &[f32]) -> Self {
        let given = |name: &str, shape: &[i64]| {
            let values: Vec<f32> = numbers(pool, name, shape.iter().product::<i64>() as usize).collect();
            Tensor::from_slice(&values).reshape(shape) * f64::from(WIDTH)
        };
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

/// A Python that runs `eager.py`.
struct Eager {
    process: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    velocities: PathBuf,
}

impl Eager {
    fn start(python: &Path, folder: &Path, pool: &[f32]) -> Result<Self, Box<dyn Error>> {
        let file = folder.join("pool");
        fs::write(&file, pool.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<_>>())?;
        let threads = tch::get_num_threads();
        println!("{threads} threads\n");
        let mut process = Command::new(python)
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/benches/eager.py"))
            .arg(threads.to_string())
            .arg(file)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let input = process.stdin.take().ok_or("no input")?;
        let output = BufReader::new(process.stdout.take().ok_or("no output")?).lines();
        Ok(Self { process, input, output, velocities: folder.join("velocities") })
    }

    fn answer(&mut self, line: &str) -> Result<String, Box<dyn Error>> {
        writeln!(self.input, "{line}")?;
        Ok(self.output.next().ok_or("eager.py ended; its own words stand above")??)
    }

    /// Puts a network in the place of the one before.
    fn build(&mut self, config: &UNetConfig, side: i64) -> Result<(), Box<dyn Error>> {
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
            "velocities": self.velocities,
        });
        self.answer(&shape.to_string()).map(drop)
    }

    /// Seconds of a call.
    fn call(&mut self) -> Result<f64, Box<dyn Error>> {
        Ok(self.answer("call")?.parse()?)
    }

    /// What the network's first call gave.
    fn velocities(&self) -> Result<Tensor, Box<dyn Error>> {
        let bytes = fs::read(&self.velocities)?;
        let numbers = bytes.chunks_exact(4).map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]));
        Ok(Tensor::from_slice(&numbers.collect::<Vec<_>>()))
    }
}

impl Drop for Eager {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
