//! Makes virtual environments of Python, with packages from its index.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::command;
use crate::once;
use crate::setup;

/// Makes an environment in the place of any other, and Python's module for it first if need be.
pub(crate) fn environment(folder: &Path) -> Result<()> {
    if !command::succeeds(Command::new("python3").args(["-c", "import venv, ensurepip"])) {
        setup::install(&["python3-venv"]).context("Python with its module venv is missing")?;
    }
    command::output(Command::new("python3").args(["-m", "venv", "--clear"]).arg(folder)).map(drop)
}

/// Makes an environment with one package, such as `requests==2.34.2`.
pub(crate) fn environment_with(folder: &Path, package: &str) -> Result<()> {
    environment(folder)?;
    let mut pip = Command::new(folder.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", package]);
    command::output(&mut pip).map(drop).with_context(|| format!("pip cannot get {package}"))
}

/// The interpreter of an environment with one package in the target folder, made unless it is there. The folder is called
/// after its purpose and the package's version.
pub(crate) fn with_package(purpose: &str, package: &str) -> Result<PathBuf> {
    let version = package.rsplit('=').next().unwrap_or_default();
    // The interpreter may be moved with its folder; the scripts beside it may not.
    let folder = once::folder(&format!("{purpose}-{version}"), |work| {
        environment_with(work, package).map(|()| work.to_owned())
    })?;
    Ok(folder.join("bin/python"))
}
