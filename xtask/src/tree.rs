//! Paths in the checkout.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The root of the checkout.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the checkout")
}

/// Where a gateway that is started in the checkout looks for plugins.
pub(crate) fn engines() -> PathBuf {
    root().join("engines")
}

/// Cargo's target folder, whatever it is set to: this program lies in `<target>/<profile>`.
pub(crate) fn target() -> Result<PathBuf> {
    let program = env::current_exe().context("cannot tell where this program lies")?;
    let target = program.ancestors().nth(2).context("this program does not lie in a target folder")?;
    Ok(target.to_owned())
}

/// The path as people would write it from the root.
pub(crate) fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}
