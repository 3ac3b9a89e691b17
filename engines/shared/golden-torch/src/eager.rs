//! For benches: a network beside the same in PyTorch's eager mode, which a script in Python computes (`python/eager.py` tells
//! what scripts share and how they are spoken to).
//!
//! Both run on libtorch of the same version, with as many threads, from the same made-up weights and inputs, in turn.

#![allow(clippy::print_stdout)] // the figures are what it is for

use std::env;
use std::error::Error;
use std::fs;
use std::io::{BufRead, BufReader, Lines, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Instant;

use engine_golden::{fnv1a64, uniform};
use serde_json::{Value, json};
use tch::Tensor;
use tempfile::TempDir;

/// How many numbers all weights and inputs are cut from; a prime, so that rows of weights differ.
const POOL: usize = 1_048_583;
/// How far results may lie apart, as a share of the largest number.
const TOLERANCE: f64 = 1e-3;

/// Numbers from −1 to 1, which both sides cut weights and inputs from.
#[derive(Debug)]
pub struct Pool(Vec<f32>);

impl Pool {
    /// The weights of a key: matrices keep the variance of what goes through them.
    #[must_use]
    pub fn weights(&self, key: &str, shape: &[usize]) -> Vec<f32> {
        let len: usize = shape.iter().product();
        let (scale, offset) = match shape {
            [outputs, _, ..] => ((3 * outputs) as f64 / len as f64, 0.0),
            _ if key.ends_with("weight") => (0.01, 1.0),
            _ => (0.0025, 0.0),
        };
        let scale = scale.sqrt() as f32;
        self.numbers(key, len).map(|number| number * scale + offset).collect()
    }

    /// An input of a name, from −`width` to `width`.
    pub fn input(&self, name: &str, shape: &[i64], width: f64) -> Tensor {
        let values: Vec<f32> = self.numbers(name, shape.iter().product::<i64>() as usize).collect();
        Tensor::from_slice(&values).reshape(shape) * width
    }

    fn numbers(&self, name: &str, len: usize) -> impl Iterator<Item = f32> + '_ {
        self.0.iter().copied().cycle().skip((fnv1a64(name) % self.0.len() as u64) as usize).take(len)
    }
}

/// A Python that runs a script.
#[derive(Debug)]
pub struct Eager {
    /// What weights and inputs are cut from.
    pub pool: Pool,
    process: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    folder: TempDir,
}

impl Eager {
    /// Runs `script` in the Python with PyTorch that the variable of the environment names.
    ///
    /// # Errors
    /// It names none, or that cannot be run.
    pub fn start(variable: &str, script: &str) -> Result<Self, Box<dyn Error>> {
        let python = env::var_os(variable)
            .ok_or_else(|| format!("{variable} names no Python with PyTorch; `cargo xtask bench` makes one"))?;
        let folder = tempfile::tempdir()?;
        let pool = Pool(uniform::f32s("bench", POOL, 1.0));
        let file = folder.path().join("pool");
        fs::write(&file, pool.0.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<_>>())?;
        let threads = tch::get_num_threads();
        println!("{threads} threads\n");
        let mut process = Command::new(python)
            .env("PYTHONPATH", concat!(env!("CARGO_MANIFEST_DIR"), "/python"))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .arg(script)
            .arg(threads.to_string())
            .arg(file)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let input = process.stdin.take().ok_or("no input")?;
        let output = BufReader::new(process.stdout.take().ok_or("no output")?).lines();
        Ok(Self { pool, process, input, output, folder })
    }

    /// Calls a network and the same in eager mode in turn, so many times and once before, and prints the seconds of both.
    ///
    /// `shape` is the JSON object that the script builds its network from; what the first call of either gives is compared.
    ///
    /// # Errors
    /// The two do not give the same, or the script fails.
    pub fn compare(
        &mut self,
        title: &str,
        calls: usize,
        mut shape: Value,
        native: impl Fn() -> Tensor,
    ) -> Result<(), Box<dyn Error>> {
        let file = self.folder.path().join("result");
        shape["result"] = json!(file);
        self.answer(&shape.to_string())?;
        let native = || tch::no_grad(&native);
        let (ours, _) = (native(), self.call()?);
        let bytes = fs::read(&file)?;
        let numbers = bytes.chunks_exact(4).map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]));
        let theirs = Tensor::from_slice(&numbers.collect::<Vec<_>>()).view_as(&ours);
        let apart = f64::try_from((&ours - &theirs).abs().max())? / f64::try_from(theirs.abs().max())?;
        println!("{title}\n  furthest apart: {apart:.1e} of the largest number");
        if apart.is_nan() || apart > TOLERANCE {
            return Err("the two do not compute the same".into());
        }
        let mut seconds = [vec![], vec![]];
        for _ in 0..calls {
            let begin = Instant::now();
            let _ = native();
            seconds[0].push(begin.elapsed().as_secs_f64());
            seconds[1].push(self.call()?);
        }
        for (name, seconds) in ["native", "eager"].iter().zip(&seconds) {
            let all: Vec<String> = seconds.iter().map(|second| format!("{second:.3}")).collect();
            println!("  {name:<6}  {:>8.3} s  of {}", median(seconds), all.join(", "));
        }
        println!("  native / eager: {:.3}\n", median(&seconds[0]) / median(&seconds[1]));
        Ok(())
    }

    /// Seconds of a call.
    fn call(&mut self) -> Result<f64, Box<dyn Error>> {
        Ok(self.answer("call")?.parse()?)
    }

    fn answer(&mut self, line: &str) -> Result<String, Box<dyn Error>> {
        writeln!(self.input, "{line}")?;
        Ok(self.output.next().ok_or("the script ended; its own words stand above")??)
    }
}

impl Drop for Eager {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn median(seconds: &[f64]) -> f64 {
    let mut sorted = seconds.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}
