//! Finds the SeetaFace model and its licence, which travel inside the `rustface` crate, and copies both to
//! `OUT_DIR`, where `faces.rs` embeds them.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

const MODEL: &str = "model/seeta_fd_frontal_v1.0.bin";

fn main() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let lock = workspace_lock()?;
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", lock.display());

    let rustface = rustface_folder(&out.join("locate"), &lock)?;
    fs::copy(rustface.join(MODEL), out.join("seetaface.bin"))?;
    fs::copy(rustface.join("LICENSE"), out.join("seetaface-license.txt"))?;
    Ok(())
}

/// Asks cargo where it unpacked `rustface`.
///
/// The question is put about a package of one dependency, not about this workspace: offline, cargo answers only when
/// every package it would list has been downloaded, and a plain build never downloads other members' test tools.
fn rustface_folder(locate: &Path, lock: &Path) -> Result<PathBuf, Box<dyn Error>> {
    fs::create_dir_all(locate.join("src"))?;
    fs::write(locate.join("src/lib.rs"), "")?;
    fs::copy(lock, locate.join("Cargo.lock"))?;
    fs::write(
        locate.join("Cargo.toml"),
        "[workspace]\n\
         [package]\nname = \"locate\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\
         [dependencies]\nrustface = { version = \"0.1\", default-features = false }\n",
    )?;
    let asked = Command::new(env::var("CARGO")?)
        .args(["metadata", "--offline", "--format-version", "1", "--manifest-path"])
        .arg(locate.join("Cargo.toml"))
        .args(["--filter-platform", &env::var("TARGET")?])
        .output()?;
    if !asked.status.success() {
        return Err(format!("cargo metadata: {}", String::from_utf8_lossy(&asked.stderr)).into());
    }
    let metadata: serde_json::Value = serde_json::from_slice(&asked.stdout)?;
    let manifest = metadata["packages"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|package| package["name"] == "rustface")
        .and_then(|package| package["manifest_path"].as_str())
        .ok_or("cargo metadata lists no package `rustface`")?;
    Ok(Path::new(manifest).parent().ok_or("a manifest lies in a folder")?.to_path_buf())
}

/// The lock file of the workspace, so that the model comes from the very version that is linked.
fn workspace_lock() -> Result<PathBuf, Box<dyn Error>> {
    let package = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let lock = package.ancestors().map(|folder| folder.join("Cargo.lock")).find(|lock| lock.is_file());
    Ok(lock.ok_or("no Cargo.lock above the package")?)
}
