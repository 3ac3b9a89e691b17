//! `cargo xtask engine NAME`: builds an engine and puts its plugin where the gateway looks.

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::command;
use crate::libraries::Build;
use crate::runtime::Runtime;
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
    /// Install what its networks run on, ONNX Runtime or libtorch, for NVIDIA GPUs
    #[arg(long)]
    gpu: bool,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let name = &options.name;
    let package = package(tree::root(), name)?;
    let profile = if options.debug { Profile::Debug } else { Profile::Release };
    let runtime = Runtime::of(&tree::engines().join(name));
    let processor = if options.gpu { Build::Gpu } else { Build::Cpu };
    if options.gpu && runtime.is_none() {
        bail!("--gpu chooses what the networks of an engine run on, and {name} has none");
    }

    let mut steps = Steps::new();
    let mut build = command::cargo(["build", "--package", &package]);
    if profile == Profile::Release {
        build.arg("--release");
    }
    if let Some(runtime) = runtime.filter(|runtime| runtime.is_linked()) {
        let library = steps.step(&format!("Get {}", runtime.described(processor)), || runtime.for_build(processor))?;
        build.env(runtime.variable(), library);
    }
    steps.step(&command::shown(&build), || command::run(&mut build))?;
    let plugin = install(name, profile, &tree::engines())?;
    if let Some(runtime) = runtime {
        let title = format!("Put {} beside the plugin", runtime.described(processor));
        steps.step(&title, || {
            let library = runtime
                .install(processor, &tree::engines())
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

/// Whether a folder's crate becomes a plugin.
fn is_plugin(folder: &Path) -> bool {
    fs::read_to_string(folder.join("Cargo.toml")).is_ok_and(|manifest| manifest.contains("\"cdylib\""))
}

#[cfg(test)]
mod tests {
    use super::{Options, file_name, package, run};
    use crate::tree;

    #[test]
    fn engines_are_known_by_their_folder() {
        assert_eq!(package(tree::root(), "puppet").unwrap(), "engine-puppet");
        let error = package(tree::root(), "pupet").unwrap_err().to_string();
        assert!(error.contains("puppet") && error.contains("testcard"), "{error}");
        assert!(package(tree::root(), "shared").is_err());
    }

    #[test]
    fn an_engine_without_networks_has_nothing_for_a_gpu() {
        let options = Options { name: "puppet".to_owned(), release: false, debug: false, gpu: true };
        let error = run(&options).unwrap_err().to_string();
        assert!(error.ends_with("puppet has none"), "{error}");
    }

    #[test]
    fn plugins_are_named_after_their_crate() {
        assert!(file_name("dice-talk").contains("engine_dice_talk."));
    }
}
