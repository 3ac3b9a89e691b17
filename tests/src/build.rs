//! Builds the gateway's binary and the plugins, once for all tests of a process.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

/// Engines that are linked to libtorch: built where it is, and for the tests that name them alone.
const ON_LIBTORCH: [&str; 2] = ["echomimic", "dice-talk"];

/// The program `avatar-gateway`, built where that is needed.
pub fn gateway() -> PathBuf {
    PROFILE.join(format!("avatar-gateway{}", env::consts::EXE_SUFFIX))
}

/// The program of its children, which lies beside it.
pub fn worker() -> PathBuf {
    PROFILE.join(format!("avatar-worker{}", env::consts::EXE_SUFFIX))
}

/// The plugin of an engine of this repository.
pub(crate) fn plugin(engine: &str) -> PathBuf {
    let folder = if ON_LIBTORCH.contains(&engine) { &PROFILE_ON_LIBTORCH } else { &PROFILE };
    folder.join(library(&format!("engine_{}", engine.replace('-', "_"))))
}

/// The program that writes weights of an engine on libtorch that are made by a rule.
pub(crate) fn weights_writer(engine: &str) -> PathBuf {
    let name = format!("{}_weights{}", engine.replace('-', "_"), env::consts::EXE_SUFFIX);
    PROFILE_ON_LIBTORCH.join("examples").join(name)
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
    let exe = env::current_exe().expect("a program knows its own path");
    let folder = exe.parent().expect("a program lies in a folder");
    // Tests lie in <target>/<profile>/deps, programs one folder higher.
    if folder.ends_with("deps") { folder.parent().expect("deps lies in a profile's folder") } else { folder }.into()
}

/// The folder of what is built with the profile of this process.
static PROFILE: LazyLock<PathBuf> = LazyLock::new(|| {
    let libtorch = env::var_os("LIBTORCH").map(PathBuf::from).filter(|folder| folder.join("lib").is_dir());
    built(libtorch.as_deref())
});

/// The same, once it also holds what is linked to libtorch.
static PROFILE_ON_LIBTORCH: LazyLock<PathBuf> = LazyLock::new(|| {
    let libtorch = avatar_prerequisites::libtorch().expect("a test asks for libtorch before it names such an engine");
    built(Some(libtorch))
});

/// Builds the workspace with the profile of this process, and returns the folder in which it lies then. Without libtorch,
/// cargo takes what can be built. Single packages would have other features, and all that they use be built once more.
fn built(libtorch: Option<&Path>) -> PathBuf {
    let folder = profile();
    let profile = match folder.file_name().and_then(|name| name.to_str()) {
        Some("debug") => "dev",
        Some(name) => name,
        None => panic!("{} has no name", folder.display()),
    };
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--profile", profile, "--lib", "--bins", "--examples"])
        .args(libtorch.map(|_| "--workspace"))
        .arg("--target-dir")
        .arg(folder.parent().expect("a profile's folder lies in the target folder"))
        .envs(libtorch.map(|folder| ("LIBTORCH", folder)))
        .current_dir(root())
        .status()
        .expect("cargo runs");
    assert!(built.success(), "the workspace does not build");
    folder
}
