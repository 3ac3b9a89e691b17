//! Builds the plugins of the tests, and tells where they lie.

use std::env;
use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;

/// Where the library of an example lies, once all of them are built.
pub(crate) fn library(name: &str) -> PathBuf {
    static FOLDER: LazyLock<PathBuf> = LazyLock::new(build_plugins);
    FOLDER.join(format!("{}{name}{}", env::consts::DLL_PREFIX, env::consts::DLL_SUFFIX))
}

/// Builds the plugins with the profile of this test, because `cargo test --test abi` alone does not.
fn build_plugins() -> PathBuf {
    let exe = env::current_exe().expect("a test knows its own path");
    let profile_dir = exe.ancestors().nth(2).expect("a test lies in <target>/<profile>/deps");
    let profile = match profile_dir.file_name().and_then(|name| name.to_str()) {
        Some("debug") => "dev",
        Some(name) => name,
        None => panic!("{} has no name", profile_dir.display()),
    };
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--package", env!("CARGO_PKG_NAME"), "--examples", "--profile", profile])
        .arg("--target-dir")
        .arg(profile_dir.parent().expect("a profile lies in the target folder"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status()
        .expect("cargo runs");
    assert!(built.success(), "the plugins do not build");
    profile_dir.join("examples")
}
