//! Provides ONNX Runtime, from the Python package index, for tests and benchmarks and beside installed engines.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::command;
use crate::python;
use crate::tree;

/// The version that the reference numbers of the engines were made with; both packages have it.
pub(crate) const VERSION: &str = "1.31.1";
/// Names the library to everything that runs networks.
pub(crate) const VARIABLE: &str = "ORT_DYLIB_PATH";
/// The folder beside the plugins. They must not lie together: a plugin is every library in the engines' folder.
const FOLDER: &str = "onnxruntime";

/// What a build of the library can compute on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Build {
    Cpu,
    /// NVIDIA GPUs, with CUDA and TensorRT in libraries of their own; ten times the size.
    Gpu,
}

impl Build {
    /// The name of the Python package that carries it.
    pub(crate) fn package(self) -> &'static str {
        match self {
            Self::Cpu => "onnxruntime",
            Self::Gpu => "onnxruntime-gpu",
        }
    }
}

/// The library in the target folder, fetched unless it is there.
pub(crate) fn library(build: Build) -> Result<PathBuf> {
    let target = tree::target()?;
    let folder = target.join(format!("{}-{VERSION}", build.package()));
    if !folder.is_dir() {
        // Two at once, such as two test programs, must not write one folder: it gets its name when it is whole.
        let work = target.join(format!("{}-{}.part", build.package(), std::process::id()));
        let fetched = fetch(build, &work, &folder);
        if work.exists() {
            fs::remove_dir_all(&work).with_context(|| format!("cannot remove {}", work.display()))?;
        }
        fetched?;
    }
    library_in(&folder)
}

/// Puts the library and what belongs to it into the folder `onnxruntime` of a plugin folder, in the place of any other.
pub(crate) fn install(build: Build, engines: &Path) -> Result<PathBuf> {
    let library = library(build)?;
    let source = library.parent().context("the library lies in no folder")?;
    place(source, &engines.join(FOLDER))?;
    library_in(&engines.join(FOLDER))
}

/// Whether a plugin folder has a library.
pub(crate) fn is_installed(engines: &Path) -> bool {
    library_in(&engines.join(FOLDER)).is_ok()
}

fn fetch(build: Build, work: &Path, folder: &Path) -> Result<()> {
    let (environment, wheels, unpacked) = (work.join("venv"), work.join("wheels"), work.join("unpacked"));
    fs::create_dir_all(work).with_context(|| format!("cannot make {}", work.display()))?;
    python::environment(&environment)?;
    let python = || Command::new(environment.join("bin/python"));
    let package = format!("{}=={VERSION}", build.package());
    let flags = ["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", &package, "--dest"];
    if let Err(error) = command::output(python().args(flags).arg(&wheels)) {
        bail!("{}\n\n{error:#}", unfetched(build));
    }
    let wheel = fs::read_dir(&wheels)?.flatten().next().context("pip fetched nothing")?.path();
    command::output(python().args(["-m", "zipfile", "-e"]).arg(&wheel).arg(&unpacked))?;
    let whole = work.join("whole");
    place(&unpacked.join("onnxruntime/capi"), &whole).with_context(|| format!("in {}", wheel.display()))?;
    match fs::rename(&whole, folder) {
        Err(_) if folder.is_dir() => Ok(()), // another one was faster
        renamed => renamed.with_context(|| format!("cannot write {}", folder.display())),
    }
}

/// Why pip may have failed, and what helps; its own words follow.
fn unfetched(build: Build) -> String {
    let remedy = match build {
        Build::Cpu => "",
        Build::Gpu => "; on Linux there is one for x86-64 alone, elsewhere leave --gpu away",
    };
    format!(
        "pip cannot get {} {VERSION}: there is no network, or no package for this machine and its Python{remedy}.\n\
         Any ONNX Runtime from 1.24 on will do instead: put its libonnxruntime into engines/{FOLDER}/, or name it in \
         {VARIABLE}.",
        build.package()
    )
}

/// Copies the libraries of a folder into another, each by a rename, and removes those of other versions from there. A
/// running host keeps the files that it has loaded.
fn place(source: &Path, folder: &Path) -> Result<()> {
    library_in(source)?;
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let placed = libraries(source)?;
    for name in &placed {
        let (from, part) = (source.join(name), folder.join(format!("{name}.part")));
        fs::copy(&from, &part).with_context(|| format!("cannot copy {}", from.display()))?;
        fs::rename(&part, folder.join(name)).with_context(|| format!("cannot write {}", part.display()))?;
    }
    for name in libraries(folder)?.iter().filter(|name| !placed.contains(name)) {
        fs::remove_file(folder.join(name)).with_context(|| format!("cannot remove an old {name}"))?;
    }
    Ok(())
}

/// The library itself: `libonnxruntime.so.1.31.1` on Linux, `libonnxruntime.1.31.1.dylib` on macOS.
fn library_in(folder: &Path) -> Result<PathBuf> {
    let names = libraries(folder)?;
    let name = names.iter().find(|name| name.starts_with("libonnxruntime."));
    let name = name.with_context(|| format!("{} holds no libonnxruntime", folder.display()))?;
    Ok(folder.join(name))
}

/// The library and those of its providers, but not the modules for Python.
fn libraries(folder: &Path) -> Result<Vec<String>> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut names: Vec<String> = entries
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| name.starts_with("libonnxruntime"))
        .collect();
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::{Build, is_installed, libraries, library_in, place, unfetched};

    /// A folder as pip's packages have it.
    fn wheel(folder: &Path, names: &[&str]) {
        fs::create_dir(folder).unwrap();
        for name in names.iter().chain(&["onnxruntime_pybind11_state.so", "build_and_package_info.py"]) {
            fs::write(folder.join(name), folder.to_string_lossy().as_bytes()).unwrap();
        }
    }

    #[test]
    fn one_build_takes_the_place_of_another() {
        let folder = tempfile::tempdir().unwrap();
        let (gpu, cpu) = (folder.path().join("gpu"), folder.path().join("cpu"));
        let engines = folder.path().join("engines");
        let place_of = engines.join("onnxruntime");
        wheel(&gpu, &["libonnxruntime.so.1.31.1", "libonnxruntime_providers_cuda.so"]);
        wheel(&cpu, &["libonnxruntime.so.1.32.0"]);
        assert!(!is_installed(&engines));

        place(&gpu, &place_of).unwrap();
        assert_eq!(libraries(&place_of).unwrap(), ["libonnxruntime.so.1.31.1", "libonnxruntime_providers_cuda.so"]);
        fs::write(place_of.join("notes.txt"), "the operator's own").unwrap();
        place(&cpu, &place_of).unwrap();
        assert_eq!(libraries(&place_of).unwrap(), ["libonnxruntime.so.1.32.0"]);
        assert_eq!(fs::read_to_string(library_in(&place_of).unwrap()).unwrap(), cpu.to_string_lossy());
        assert!(place_of.join("notes.txt").is_file() && is_installed(&engines));
    }

    #[test]
    fn the_library_is_found_by_what_it_is_on_any_system() {
        let folder = tempfile::tempdir().unwrap();
        let (mac, empty) = (folder.path().join("mac"), folder.path().join("empty"));
        wheel(&mac, &["libonnxruntime_providers_shared.dylib", "libonnxruntime.1.31.1.dylib"]);
        wheel(&empty, &[]);
        assert_eq!(library_in(&mac).unwrap(), mac.join("libonnxruntime.1.31.1.dylib"));
        let error = place(&empty, &folder.path().join("place")).unwrap_err().to_string();
        assert!(error.ends_with("empty holds no libonnxruntime"), "{error}");
        assert!(!folder.path().join("place").exists());
    }

    #[test]
    fn what_cannot_be_fetched_comes_with_a_way_out() {
        assert!(unfetched(Build::Cpu).starts_with("pip cannot get onnxruntime 1.31.1: there is no network, or"));
        assert!(unfetched(Build::Gpu).contains("leave --gpu away"));
        assert!(unfetched(Build::Cpu).ends_with("into engines/onnxruntime/, or name it in ORT_DYLIB_PATH."));
    }
}
