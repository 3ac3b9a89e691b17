//! `cargo xtask onnxruntime`: the library that engines with networks are tested with, from the Python package index.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::command;
use crate::setup;
use crate::tree;

/// The version that the reference numbers of the engines were made with.
const VERSION: &str = "1.31.1";

/// The library in the target folder, fetched unless it is there.
pub(crate) fn library() -> Result<PathBuf> {
    let folder = tree::target()?.join("onnxruntime");
    let library = folder.join(format!("libonnxruntime.so.{VERSION}"));
    if library.is_file() {
        return Ok(library);
    }
    // Two at once, such as two test programs, must not write one file.
    let work = folder.join(format!("fetching-{}", std::process::id()));
    let fetched = fetch(&work, &library);
    if work.exists() {
        fs::remove_dir_all(&work).with_context(|| format!("cannot remove {}", work.display()))?;
    }
    fetched.map(|()| library)
}

fn fetch(work: &Path, library: &Path) -> Result<()> {
    if !setup::has_venv() {
        bail!("Python with its module venv is missing; cargo xtask setup installs it");
    }
    let (environment, wheels, unpacked) = (work.join("venv"), work.join("wheels"), work.join("unpacked"));
    fs::create_dir_all(work).with_context(|| format!("cannot make {}", work.display()))?;
    command::output(Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
    let python = || Command::new(environment.join("bin/python"));
    let package = format!("onnxruntime=={VERSION}");
    let flags = ["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", &package, "--dest"];
    command::output(python().args(flags).arg(&wheels))?;
    let wheel = fs::read_dir(&wheels)?.flatten().next().context("pip fetched nothing")?.path();
    command::output(python().args(["-m", "zipfile", "-e"]).arg(&wheel).arg(&unpacked))?;
    let name = library.file_name().context("the library has no name")?;
    let inside = unpacked.join("onnxruntime/capi").join(name);
    fs::rename(&inside, library).with_context(|| format!("{} holds no {}", wheel.display(), inside.display()))
}
