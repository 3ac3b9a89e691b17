//! Provides ONNX Runtime, from the Python package index, for tests and benchmarks and beside installed engines.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::libraries::{self, Build, Files};
use crate::once;
use crate::wheels::Wheels;

/// The version that the reference numbers of the engines were made with; both packages have it.
pub(crate) const VERSION: &str = "1.31.1";
/// Names the library to everything that runs networks.
pub(crate) const VARIABLE: &str = "ORT_DYLIB_PATH";
/// The folder beside the plugins. They must not lie together: a plugin is every library in the engines' folder.
const FOLDER: &str = "onnxruntime";

/// The name of the Python package that carries a build; the one for GPUs has CUDA and TensorRT in libraries of their own,
/// and ten times the size.
pub(crate) fn package(build: Build) -> &'static str {
    match build {
        Build::Cpu => "onnxruntime",
        Build::Gpu => "onnxruntime-gpu",
    }
}

/// The library in the target folder, fetched unless it is there.
pub(crate) fn library(build: Build) -> Result<PathBuf> {
    let package = format!("{}=={VERSION}", package(build));
    let packages = [package.as_str()];
    // The library and those of its providers, but not the modules for Python.
    let wheels =
        Wheels { packages: &packages, with_dependencies: false, wanted: &["onnxruntime/capi/libonnxruntime*"] };
    let folder = once::folder(&package.replace("==", "-"), |work| {
        let whole = wheels.unpacked(work, &unfetched(build))?.join("onnxruntime/capi");
        library_in(&whole).map(|_| whole)
    })?;
    library_in(&folder)
}

/// Puts the library and what belongs to it into the folder `onnxruntime` of a plugin folder, in the place of any other.
pub(crate) fn install(build: Build, engines: &Path) -> Result<PathBuf> {
    let library = library(build)?;
    let source = library.parent().context("the library lies in no folder")?;
    place(source, &engines.join(FOLDER))
}

/// Whether a plugin folder has a library.
pub(crate) fn is_installed(engines: &Path) -> bool {
    library_in(&engines.join(FOLDER)).is_ok()
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
        package(build)
    )
}

/// Puts the library of a folder into another, in the place of those of other versions.
fn place(source: &Path, folder: &Path) -> Result<PathBuf> {
    library_in(source)?;
    libraries::place(&files(source)?, folder, files)?;
    library_in(folder)
}

/// The library itself: `libonnxruntime.so.1.31.1` on Linux, `libonnxruntime.1.31.1.dylib` on macOS.
fn library_in(folder: &Path) -> Result<PathBuf> {
    let library = files(folder)?.into_iter().find(|(name, _)| name.to_string_lossy().starts_with("libonnxruntime."));
    let (_, path) = library.with_context(|| format!("{} holds no libonnxruntime", folder.display()))?;
    Ok(path)
}

/// The library and those of its providers.
fn files(folder: &Path) -> Result<Files> {
    let names = libraries::names(folder)?.into_iter().filter(|name| name.starts_with("libonnxruntime"));
    Ok(names.map(|name| (PathBuf::from(&name), folder.join(name))).collect())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::{is_installed, library_in, place, unfetched};
    use crate::libraries::{Build, names};

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

        // Twice: the second time it is there already.
        for _ in 0..2 {
            place(&gpu, &place_of).unwrap();
            assert_eq!(names(&place_of).unwrap(), ["libonnxruntime.so.1.31.1", "libonnxruntime_providers_cuda.so"]);
        }
        fs::write(place_of.join("notes.txt"), "the operator's own").unwrap();
        let library = place(&cpu, &place_of).unwrap();
        assert_eq!(names(&place_of).unwrap(), ["libonnxruntime.so.1.32.0", "notes.txt"]);
        assert_eq!(fs::read_to_string(library).unwrap(), cpu.to_string_lossy());
        assert!(is_installed(&engines));
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
