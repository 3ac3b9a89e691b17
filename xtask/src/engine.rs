//! `cargo xtask engine NAME`: builds an engine and puts its plugin where the gateway looks.

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::command;
use crate::onnxruntime::{self, Build};
use crate::steps::Steps;
use crate::tree;

/// How an engine is compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    Release,
    Debug,
}

/// What the chore is told.
#[derive(Args, Debug)]
pub(crate) struct Options {
    #[arg(help = format!("The engine: {}", names(tree::root()).join(", ")))]
    name: String,
    /// Build for speed, which takes longer [the default]
    #[arg(long, conflicts_with = "debug")]
    release: bool,
    /// Build quickly, for an engine that runs slowly
    #[arg(long)]
    debug: bool,
    /// Install ONNX Runtime for NVIDIA GPUs
    #[arg(long)]
    gpu: bool,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let (name, gpu) = (&options.name, options.gpu);
    let package = package(tree::root(), name)?;
    let profile = if options.debug { Profile::Debug } else { Profile::Release };
    let runtime = uses_onnxruntime(&tree::engines().join(name)).then_some(if gpu { Build::Gpu } else { Build::Cpu });
    if gpu && runtime.is_none() {
        bail!("--gpu chooses the ONNX Runtime of an engine, and {name} uses none");
    }

    let mut steps = Steps::new();
    let mut build = command::cargo(["build", "--package", &package]);
    if profile == Profile::Release {
        build.arg("--release");
    }
    steps.step(&command::shown(&build), || command::run(&mut build))?;
    let plugin = install(name, profile, &tree::engines())?;
    if let Some(build) = runtime {
        let title = format!("Get ONNX Runtime {} (Python's package {})", onnxruntime::VERSION, build.package());
        steps.step(&title, || {
            let library = onnxruntime::install(build, &tree::engines())
                .with_context(|| format!("{} is installed, but not what it runs on", tree::shown(&plugin)))?;
            println!("   installed {}", tree::shown(&library));
            Ok(())
        })?;
    }
    println!("{} is ready; `avatar-gateway engines check` shows what it still needs.", tree::shown(&plugin));
    if runtime.is_some() {
        println!("`avatar-gateway models pull {name}` fetches its weights.");
    }
    Ok(())
}

/// The package that an engine is built from; the error lists the engines there are.
pub(crate) fn package(root: &Path, name: &str) -> Result<String> {
    let names = names(root);
    if !names.iter().any(|known| known == name) {
        bail!("there is no engine {name:?} in this checkout; there are {}", names.join(", "));
    }
    Ok(format!("engine-{name}"))
}

/// Copies a plugin that has been built into a plugin folder.
///
/// A running host keeps the file it has loaded: the new one takes its place by a rename.
pub(crate) fn install(name: &str, profile: Profile, folder: &Path) -> Result<PathBuf> {
    let file = file_name(name);
    let built = match profile {
        Profile::Release => "release",
        Profile::Debug => "debug",
    };
    let built = tree::target()?.join(built).join(&file);
    let place = folder.join(&file);
    let beside = place.with_extension("part");
    fs::copy(&built, &beside).with_context(|| format!("cannot copy {}", built.display()))?;
    fs::rename(&beside, &place).with_context(|| format!("cannot write {}", place.display()))?;
    Ok(place)
}

fn file_name(name: &str) -> String {
    format!("{DLL_PREFIX}engine_{}{DLL_SUFFIX}", name.replace('-', "_"))
}

/// All engines of the checkout, in order.
fn names(root: &Path) -> Vec<String> {
    let folders = fs::read_dir(root.join("engines")).into_iter().flatten().flatten();
    let mut names: Vec<String> = folders
        .filter(|folder| is_plugin(&folder.path()))
        .filter_map(|folder| folder.file_name().into_string().ok())
        .collect();
    names.sort();
    names
}

/// Whether the crate in a folder runs networks on ONNX Runtime, which then has to lie beside its plugin.
pub(crate) fn uses_onnxruntime(folder: &Path) -> bool {
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
    let lines = manifest.lines().skip_while(|line| line.trim() != "[dependencies]").skip(1);
    lines.take_while(|line| !line.starts_with('[')).any(|line| line.starts_with("engine-onnx"))
}

/// Whether a folder's crate becomes a plugin.
fn is_plugin(folder: &Path) -> bool {
    fs::read_to_string(folder.join("Cargo.toml")).is_ok_and(|manifest| manifest.contains("\"cdylib\""))
}

#[cfg(test)]
mod tests {
    use super::{Options, file_name, package, run, uses_onnxruntime};
    use crate::tree;

    #[test]
    fn engines_are_known_by_their_folder() {
        assert_eq!(package(tree::root(), "puppet").unwrap(), "engine-puppet");
        let error = package(tree::root(), "pupet").unwrap_err().to_string();
        assert!(error.contains("puppet") && error.contains("testcard"), "{error}");
        assert!(package(tree::root(), "shared").is_err());
    }

    #[test]
    fn an_engine_with_networks_gets_their_runtime() {
        assert!(uses_onnxruntime(&tree::engines().join("ditto")));
        assert!(!uses_onnxruntime(&tree::engines().join("puppet")));
        let options = Options { name: "puppet".to_owned(), release: false, debug: false, gpu: true };
        let error = run(&options).unwrap_err().to_string();
        assert!(error.ends_with("puppet uses none"), "{error}");
    }

    #[test]
    fn plugins_are_named_after_their_crate() {
        assert!(file_name("dice-talk").contains("engine_dice_talk."));
    }
}
