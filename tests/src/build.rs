//! Builds the gateway's binary and the plugins, once for all tests of a process.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

/// What the tests start, and `cargo xtask test` builds before them.
const PACKAGES: [&str; 6] =
    ["avatar-gateway", "engine-api", "engine-testcard", "engine-puppet", "engine-duix", "engine-ditto"];

/// The binary `avatar-gateway`.
pub(crate) fn gateway() -> PathBuf {
    PROFILE.join(format!("avatar-gateway{}", env::consts::EXE_SUFFIX))
}

/// The plugin of an engine of this repository.
pub(crate) fn plugin(engine: &str) -> PathBuf {
    PROFILE.join(library(&format!("engine_{}", engine.replace('-', "_"))))
}

/// One of the plugins with which `engine-api` tests the boundary.
pub(crate) fn odd_plugin(name: &str) -> PathBuf {
    PROFILE.join("examples").join(library(name))
}

fn library(name: &str) -> String {
    format!("{}{name}{}", env::consts::DLL_PREFIX, env::consts::DLL_SUFFIX)
}

/// The repository.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("this crate lies in the repository")
}

fn profile() -> PathBuf {
    let exe = env::current_exe().expect("a test knows its own path");
    exe.ancestors().nth(2).expect("a test lies in <target>/<profile>/deps").into()
}

/// The folder of what is built with the profile of this process.
static PROFILE: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = profile();
    let profile = match folder.file_name().and_then(|name| name.to_str()) {
        Some("debug") => "dev",
        Some(name) => name,
        None => panic!("{} has no name", folder.display()),
    };
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--profile", profile])
        .args(PACKAGES.map(|name| format!("--package={name}")))
        .args(["--lib", "--bins", "--examples"])
        .arg("--target-dir")
        .arg(avatar_prerequisites::target())
        .current_dir(root())
        .status()
        .expect("cargo runs");
    assert!(built.success(), "the gateway and its engines do not build");
    folder
});
