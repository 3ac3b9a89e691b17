//! `cargo xtask test`: every check that a change must pass, the quick ones first.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use clap::Args;

use crate::clients;
use crate::command::{cargo, run as run_command, shown};
use crate::conformance;
use crate::dependencies;
use crate::onnxruntime;
use crate::setup;
use crate::skipped::{self, Skipped};
use crate::steps::{Steps, bold};
use crate::tree;

/// What the chore is told.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Goes to `cargo test`, such as a part of the names of the tests to run
    #[arg(last = true)]
    filter: Vec<String>,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let filter = &options.filter;
    let mut steps = Steps::new();
    let skipped = Skipped::new()?;
    setup::step(&mut steps)?;
    steps.step("Get what runs the clients in the tests", || clients::provide(&skipped))?;
    let runtime = steps.step("Get ONNX Runtime for the tests", || onnx_runtime(&skipped))?;
    if filter.is_empty() {
        dependencies::step(&mut steps, &skipped)?;
    }
    for mut command in checks(filter) {
        let line = shown(&command);
        // Left out of what is shown: the tests find both by themselves as well.
        command.env(skipped::VARIABLE, skipped.log());
        command.envs(runtime.iter().map(|library| (onnxruntime::VARIABLE, library)));
        steps
            .step(&line, || run_command(&mut command))
            .with_context(|| format!("step {} did not pass; try it again alone with\n\n  {line}\n", steps.number()))?;
    }
    if filter.is_empty() {
        conformance::step(&mut steps, &skipped)?;
    }
    println!("{}", bold(&format!("All {} steps passed in {}.", steps.number(), steps.elapsed())));
    print!("{}", skipped.summary()?);
    Ok(())
}

/// The library that the tests run networks on; none if it cannot be had.
fn onnx_runtime(skipped: &Skipped) -> Result<Option<PathBuf>> {
    if let Some(named) = env::var_os(onnxruntime::VARIABLE) {
        return Ok(Some(named.into()));
    }
    match onnxruntime::library(onnxruntime::Build::Cpu) {
        Ok(library) => {
            println!("   {}", tree::shown(&library));
            Ok(Some(library))
        }
        Err(error) => {
            skipped.missing("tests that run networks", &format!("{error:#}"))?;
            Ok(None)
        }
    }
}

fn checks(filter: &[String]) -> Vec<Command> {
    let mut documents = cargo(["doc", "--workspace", "--no-deps"]);
    documents.env("RUSTDOCFLAGS", "-D warnings");
    let mut tests = cargo(["test", "--workspace"]);
    tests.args(filter);
    vec![
        cargo(["fmt", "--all", "--check"]),
        cargo(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]),
        documents,
        // What the end-to-end tests start; they would build it themselves, but silently.
        cargo([
            "build",
            "--package=avatar-gateway",
            "--package=engine-api",
            "--package=engine-testcard",
            "--package=engine-puppet",
            "--package=engine-duix",
            "--package=engine-ditto",
            "--lib",
            "--bins",
            "--examples",
        ]),
        tests,
    ]
}

#[cfg(test)]
mod checks_test {
    use super::{checks, shown};

    #[test]
    fn the_checks_are_the_ones_that_are_promised() {
        let lines: Vec<String> = checks(&["--lib".to_owned()]).iter().map(shown).collect();
        assert_eq!(lines[0], "cargo fmt --all --check");
        assert_eq!(lines[2], "RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps");
        assert_eq!(lines[4], "cargo test --workspace --lib");
    }
}
