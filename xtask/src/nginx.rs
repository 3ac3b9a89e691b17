//! Provides nginx for the test of a gateway behind a proxy: the one that is installed, or that of Debian's package, unpacked in
//! the target folder. It is not installed, because it would begin to serve.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::command;
use crate::once;
use crate::setup;

/// Where the package has it, which is on no user's PATH.
const PROGRAM: &str = "usr/sbin/nginx";

/// The program, fetched unless it is there.
pub(crate) fn program() -> Result<PathBuf> {
    let installed = ["nginx", "/usr/sbin/nginx", "/usr/local/sbin/nginx"];
    if let Some(program) = installed.into_iter().find(|program| command::exists(program)) {
        return Ok(program.into());
    }
    let folder = once::folder("nginx", |work| {
        let whole = work.join("whole");
        let package = package(work)?;
        command::output(Command::new("dpkg-deb").arg("-x").arg(package).arg(&whole))?;
        command::output(Command::new(whole.join(PROGRAM)).arg("-v"))
            .context("the package's nginx does not run here")?;
        Ok(whole)
    })?;
    Ok(folder.join(PROGRAM))
}

/// Debian's package as a file.
fn package(work: &Path) -> Result<PathBuf> {
    let download = || command::output(Command::new("apt-get").args(["download", "--quiet", "nginx"]).current_dir(work));
    if download().is_err() {
        // Lists that are missing or old name no package, or one that is there no more.
        setup::refresh()?;
        download().context("nginx is not installed, and apt-get cannot get its package")?;
    }
    let mut files = fs::read_dir(work)?.filter_map(|entry| Some(entry.ok()?.path()));
    files.find(|file| file.extension().is_some_and(|kind| kind == "deb")).context("apt-get has brought no package")
}
