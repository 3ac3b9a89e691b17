//! A step of `cargo xtask test`: cargo-deny checks licences, versions, sources and advisories of all dependencies.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::command;
use crate::skipped::Skipped;
use crate::steps::Steps;
use crate::tree;

/// Raise it knowingly: another version may ask for other settings in deny.toml.
const VERSION: &str = "0.20.2";
/// How long the database of advisories may take to come, in seconds.
const PATIENCE: &str = "120";

/// Holds the dependencies to what deny.toml says.
pub(crate) fn step(steps: &mut Steps, skipped: &Skipped) -> Result<()> {
    steps.step("Look at the dependencies", || check(skipped)).context(
        "a dependency is not as deny.toml wants it: choose another, or say there what makes it fit; try it again alone \
         with\n\n  cargo xtask dependencies\n",
    )
}

fn check(skipped: &Skipped) -> Result<()> {
    let program = match program() {
        Ok(program) => program,
        Err(error) => return skipped.missing("the dependencies' licences and sources", &format!("{error:#}")),
    };
    let deny = |arguments: &[&str]| {
        let mut command = Command::new(&program);
        command.args(["--locked"]).args(arguments).current_dir(tree::root());
        command
    };
    command::run(&mut deny(&["check", "--hide-inclusion-graph", "licenses", "bans", "sources"]))?;

    let mut fetch = Command::new("timeout");
    fetch.arg(PATIENCE).arg(&program).args(["fetch", "db"]).current_dir(tree::root());
    // Git would ask whoever sits here for a password, should the database have moved.
    match command::output(fetch.env("GIT_TERMINAL_PROMPT", "0")) {
        Ok(_) => command::run(&mut deny(&["check", "--disable-fetch", "advisories"])),
        Err(error) => {
            let words = format!("{error:#}");
            let why = format!("their database cannot be fetched: {}", words.lines().last().unwrap_or_default());
            skipped.unavailable("the dependencies' security advisories", &why)
        }
    }
}

/// cargo-deny of this version: the installed one, or one in the target folder that is built if need be.
fn program() -> Result<PathBuf> {
    let installed = PathBuf::from("cargo-deny");
    if is_this_version(&installed) {
        return Ok(installed);
    }
    let folder = tree::target()?.join(format!("cargo-deny-{VERSION}"));
    let program = folder.join("bin/cargo-deny");
    if !is_this_version(&program) {
        println!("   building cargo-deny {VERSION}, which takes a minute or two, once");
        // Unoptimised: it is built in half the time, and takes three seconds instead of one.
        let mut install = command::cargo(["install", "cargo-deny", "--locked", "--debug", "--version", VERSION]);
        command::run(install.arg("--root").arg(&folder)).context("cargo-deny cannot be had")?;
    }
    Ok(program)
}

fn is_this_version(program: &Path) -> bool {
    let version = command::output(Command::new(program).arg("--version"));
    version.is_ok_and(|line| line.split_whitespace().nth(1) == Some(VERSION))
}
