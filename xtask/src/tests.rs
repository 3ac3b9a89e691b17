//! `cargo xtask test`: every check that a change must pass, the quick ones first.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use clap::Args;

use crate::clients;
use crate::command::{cargo, run as run_command, shown};
use crate::conformance;
use crate::dependencies;
use crate::libraries::Build;
use crate::runtime::Runtime;
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
    let onnx_runtime = provided(&mut steps, Runtime::OnnxRuntime, "tests that run networks", &skipped)?;
    let libtorch = provided(&mut steps, Runtime::Libtorch, "the engines that are linked to libtorch", &skipped)?;
    if filter.is_empty() {
        dependencies::step(&mut steps, &skipped)?;
    }
    for mut command in checks(filter, libtorch.is_some()) {
        let line = shown(&command);
        // Left out of what is shown: the tests find all by themselves as well.
        command.env(skipped::VARIABLE, skipped.log());
        command.envs(onnx_runtime.iter().chain(&libtorch).map(|(variable, library)| (variable, library)));
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

/// What the environment is to say of a library that networks run on; none if it cannot be had, which leaves `what` out.
fn provided(
    steps: &mut Steps,
    runtime: Runtime,
    what: &str,
    skipped: &Skipped,
) -> Result<Option<(&'static str, PathBuf)>> {
    steps.step(&format!("Get {}", runtime.described(Build::Cpu)), || match runtime.for_tests() {
        Ok(library) => {
            println!("   {}", tree::shown(&library));
            Ok(Some((runtime.variable(), library)))
        }
        Err(error) => {
            skipped.missing(what, &format!("{error:#}"))?;
            Ok(None)
        }
    })
}

/// Without libtorch, cargo takes the workspace's default members: all that can be built then.
fn checks(filter: &[String], has_libtorch: bool) -> Vec<Command> {
    let of_members = |chore: &str| {
        let mut command = cargo([chore]);
        command.args(has_libtorch.then_some("--workspace"));
        command
    };
    let mut clippy = of_members("clippy");
    clippy.args(["--all-targets", "--", "-D", "warnings"]);
    let mut documents = of_members("doc");
    documents.arg("--no-deps").env("RUSTDOCFLAGS", "-D warnings");
    let mut tests = of_members("test");
    tests.args(filter);
    // What the end-to-end tests start; they would build it themselves, but silently.
    let mut programs = of_members("build");
    programs.args(["--lib", "--bins", "--examples"]);
    vec![cargo(["fmt", "--all", "--check"]), clippy, documents, programs, tests]
}

#[cfg(test)]
mod checks_test {
    use super::{checks, shown};

    #[test]
    fn the_checks_are_the_ones_that_are_promised() {
        let lines: Vec<String> = checks(&["--lib".to_owned()], true).iter().map(shown).collect();
        assert_eq!(lines[0], "cargo fmt --all --check");
        assert_eq!(lines[1], "cargo clippy --workspace --all-targets -- -D warnings");
        assert_eq!(lines[2], "RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps");
        assert_eq!(lines[3], "cargo build --workspace --lib --bins --examples");
        assert_eq!(lines[4..], ["cargo test --workspace --lib"]);
    }

    #[test]
    fn without_libtorch_the_rest_is_checked() {
        let lines: Vec<String> = checks(&[], false).iter().map(shown).collect();
        assert_eq!(lines[1], "cargo clippy --all-targets -- -D warnings");
        assert_eq!(lines[2], "RUSTDOCFLAGS='-D warnings' cargo doc --no-deps");
        assert_eq!(lines[3], "cargo build --lib --bins --examples");
        let needs_libtorch =
            |line: &String| ["--workspace", "echomimic", "dice-talk"].iter().any(|word| line.contains(word));
        assert!(!lines.iter().any(needs_libtorch), "{lines:?}");
        assert_eq!(lines.last().unwrap(), "cargo test");
    }
}
