//! `cargo xtask`: the project's chores. It is built before anything else, so it needs no library of the system.

#![allow(clippy::print_stdout, reason = "this is a program that talks to people")]

use std::process::ExitCode;

use anyhow::{Result, bail};

mod arguments;
mod bench;
mod command;
mod conformance;
mod demo;
mod engine;
mod gateway;
mod onnxruntime;
mod setup;
mod steps;
mod tests;
mod tree;
mod video;

const USAGE: &str = "\
cargo xtask <chore>

  setup                  check the machine and install the Debian packages that are missing
  demo                   build the gateway and let it make a talking video
      --photo FILE         your portrait      [default: one painted by code]
      --speech FILE        your speech        [default: one spoken by espeak-ng]
      --engine NAME        who makes the video [default: puppet]
      --params JSON        the engine's parameters
      --out FILE           where the video goes [default: demo/talking.mp4]
  test [-- FILTER …]     everything a change must pass; what follows -- goes to cargo test
  conformance            the last step of test alone: does a gateway answer as its document says?
  bench [NAME]           run one benchmark, or all
  onnxruntime            fetch the ONNX Runtime that the tests use, once, and print where it lies
  engine NAME            build an engine and install it in engines/, with ONNX Runtime if it needs that
      --debug              quickly built, slow to run
      --gpu                ONNX Runtime for NVIDIA GPUs
";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[String]) -> Result<()> {
    let Some((chore, rest)) = words.split_first() else {
        bail!("say which chore\n\n{USAGE}");
    };
    match chore.as_str() {
        "setup" => setup::run(rest),
        "demo" => demo::run(rest),
        "test" => tests::run(rest),
        "conformance" => {
            arguments::Arguments::new(rest).finish()?;
            conformance::step(&mut steps::Steps::new())
        }
        "bench" => bench::run(rest),
        "onnxruntime" => {
            arguments::Arguments::new(rest).finish()?;
            println!("{}", onnxruntime::library(onnxruntime::Build::Cpu)?.display());
            Ok(())
        }
        "engine" => engine::run(rest),
        "help" | "--help" | "-h" => {
            print!("{USAGE}");
            Ok(())
        }
        other => bail!("there is no chore {other:?}\n\n{USAGE}"),
    }
}
