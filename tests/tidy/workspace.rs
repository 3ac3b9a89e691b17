//! The repository as the rules see it: its crates, and every text in it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// What cargo knows of the workspace.
pub(crate) fn metadata() -> Value {
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version=1", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(metadata.status.success(), "{}", String::from_utf8_lossy(&metadata.stderr));
    serde_json::from_slice(&metadata.stdout).expect("cargo writes JSON")
}

/// What cargo knows of every crate of the workspace, by the folder that it lies in.
pub(crate) fn crates() -> BTreeMap<String, Value> {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().expect("a workspace has packages");
    packages.iter().map(|package| (folder(package), package.clone())).collect()
}

/// The folder that a crate lies in.
pub(crate) fn folder(package: &Value) -> String {
    let manifest = Path::new(package["manifest_path"].as_str().expect("a crate has a manifest"));
    manifest.parent().map(relative).expect("a manifest lies in a folder")
}

/// Every Rust file of the workspace with its text.
pub(crate) fn sources() -> BTreeMap<String, String> {
    texts().into_iter().filter(|(file, _)| file.ends_with(".rs")).collect()
}

/// Every text that people write, by its path from the root.
pub(crate) fn texts() -> BTreeMap<String, String> {
    let kinds = ["rs", "toml", "md", "sql", "sh", "yml", "yaml", "html", "css", "js", "json", "run", "snap"];
    let mut texts = BTreeMap::new();
    let mut folders: Vec<PathBuf> = vec![root().into()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the repository can be read") {
            let path = entry.expect("the repository can be read").path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let written = path.extension().and_then(|kind| kind.to_str()).unwrap_or(name);
            if path.is_dir() {
                let made = [".git", "target", "data", "demo", "weights", "vendor"].contains(&name);
                folders.extend((!made).then_some(path));
            } else if kinds.contains(&written) {
                texts.insert(relative(&path), text(&path));
            }
        }
    }
    texts
}

pub(crate) fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("this crate lies in the repository")
}

/// A path from the root.
pub(crate) fn relative(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).to_string_lossy().into_owned()
}
