//! `avatar-gateway engines new`: writes the crate of a new engine, which builds by itself.
//!
//! The crate `engine-api` is in no registry, so its sources go along: what was written builds anywhere, as long as cargo has
//! the crates of the registry that it needs, in the versions that this gateway was built with.

mod lock;
mod manifest;
mod names;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::cli::engines::new::names::Names;

/// The template's files, by their places in the crate.
const TEMPLATE: [(&str, &str); 6] = [
    ("Cargo.toml", include_str!("../../../templates/engine/Cargo.toml.template")),
    ("README.md", include_str!("../../../templates/engine/README.md.template")),
    (".gitignore", include_str!("../../../templates/engine/gitignore.template")),
    ("src/lib.rs", include_str!("../../../templates/engine/src/lib.rs.template")),
    ("src/inputs.rs", include_str!("../../../templates/engine/src/inputs.rs.template")),
    ("src/tests.rs", include_str!("../../../templates/engine/src/tests.rs.template")),
];

/// Where `engine-api` lies in the crate, and what of it is not its sources.
const VENDORED: &str = "vendor/engine-api";
const CONTRACT_MANIFEST: &str = include_str!("../../../../engine-api/Cargo.toml");
const LICENCES: [(&str, &str); 2] = [
    ("LICENSE-APACHE", include_str!("../../../../LICENSE-APACHE")),
    ("LICENSE-MIT", include_str!("../../../../LICENSE-MIT")),
];
const CONTRACT_SOURCES: &[(&str, &str)] = &include!(concat!(env!("OUT_DIR"), "/engine_api_sources.rs"));

/// Which engine.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The engine's id: lower-case letters, digits and hyphens; its folder is called so, too
    name: String,
    /// Folder to make the crate's folder in [default: the current one]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

/// Writes the crate and tells what to do with it.
///
/// # Errors
/// The name is no id of an engine, its folder is there already, or cannot be written.
pub(super) fn run(arguments: Arguments) -> anyhow::Result<()> {
    let Arguments { name, dir } = arguments;
    let names = Names::of(&name)?;
    let parent = dir.unwrap_or_default();
    let folder = parent.join(&names.id);
    fs::create_dir_all(if parent.as_os_str().is_empty() { Path::new(".") } else { &parent })
        .with_context(|| format!("{} cannot be made; name another folder by --dir", parent.display()))?;
    match fs::create_dir(&folder) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            bail!("{} is there already; choose another name, or another folder by --dir", folder.display())
        }
        Err(error) => return Err(error).with_context(|| format!("{} cannot be made", folder.display())),
    }
    if let Err(error) = write(&folder, &files(&names)?) {
        // What is not whole would only be in the way of the next try.
        let _ = fs::remove_dir_all(&folder);
        return Err(error)
            .with_context(|| format!("{} cannot be written; make room or choose another folder", folder.display()));
    }
    println!("{} is a whole engine; next:", folder.display());
    println!("  cd {}", folder.display());
    println!("  cargo test && cargo build --release");
    println!("  cp target/release/{} ENGINES_DIR && avatar-gateway engines check", names.library());
    Ok(())
}

/// The files of the crate, by their places in it.
fn files(names: &Names) -> anyhow::Result<Vec<(PathBuf, String)>> {
    let mut files = Vec::new();
    for (place, text) in TEMPLATE {
        let text = if place == "Cargo.toml" { manifest::alone(text, &[])? } else { text.to_owned() };
        files.push((PathBuf::from(place), names.put_into(&text)));
    }
    let vendored = Path::new(VENDORED);
    let manifest = manifest::alone(CONTRACT_MANIFEST, &["package", "dependencies"])?;
    files.push((vendored.join("Cargo.toml"), manifest));
    let others = LICENCES.iter().chain(CONTRACT_SOURCES);
    files.extend(others.map(|(place, text)| (vendored.join(place), (*text).to_owned())));
    let manifest = &files[0].1;
    files.push(("Cargo.lock".into(), lock::of(manifest)?));
    Ok(files)
}

fn write(folder: &Path, files: &[(PathBuf, String)]) -> io::Result<()> {
    for (place, text) in files {
        let path = folder.join(place);
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::write(path, text)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_placeholder_is_filled_and_every_path_stays_inside() {
        let files = files(&Names::of("talking-head").unwrap()).unwrap();
        for (place, text) in &files {
            assert!(!text.contains("{{") || place.starts_with(VENDORED), "{}: {text}", place.display());
            assert!(place.is_relative() && !place.to_string_lossy().contains(".."), "{}", place.display());
        }
        let text = |place: &str| &files.iter().find(|(other, _)| other == Path::new(place)).expect(place).1;
        assert!(text("src/lib.rs").contains("pub struct TalkingHeadEngine;"));
        assert!(text("Cargo.toml").contains("name = \"engine-talking-head\""));
        assert!(text("README.md").contains("engine_talking_head"));
        assert!(text("vendor/engine-api/src/abi/load.rs").starts_with("//! "));
        assert!(text("vendor/engine-api/LICENSE-MIT").contains("MIT"));
    }

    #[test]
    fn a_folder_that_is_there_is_left_alone() {
        let parent = tempfile::tempdir().unwrap();
        let arguments = |name: &str| Arguments { name: name.into(), dir: Some(parent.path().join("deep")) };
        run(arguments("net")).unwrap();
        let mine = parent.path().join("deep/net/src/lib.rs");
        fs::write(&mine, "mine").unwrap();
        let refused = run(arguments("net")).unwrap_err().to_string();
        assert!(refused.contains("is there already"), "{refused}");
        assert_eq!(fs::read(mine).unwrap(), b"mine");
        run(arguments("Net")).unwrap_err();
        assert_eq!(fs::read_dir(parent.path().join("deep")).unwrap().count(), 1);
    }
}
