//! Provides libtorch, from the Python package index: for the build of engines that use it, for their tests, and beside
//! their plugins.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::libraries::{self, Build, Files};
use crate::once;
use crate::setup;
use crate::tree;
use crate::wheels::Wheels;

/// The version that the bindings are written for; they refuse any other.
pub(crate) const VERSION: &str = "2.13.0";
/// Names the folder with `lib` and `include` to the build of the bindings.
pub(crate) const VARIABLE: &str = "LIBTORCH";
/// The folder beside the plugins, which look there first.
const FOLDER: &str = "libtorch";
/// The folder in there, and in Python's package. Its libraries look for NVIDIA's beside it: `nvidia/*/lib`.
const TORCH: &str = "torch";

/// What is fetched for the processor. The package is the one for GPUs, as the index has no other: its part for the
/// processor needs two small libraries of NVIDIA's, and CUDA itself stays where it is.
const CPU: Wheels<'_> = Wheels {
    packages: &["torch==2.13.0", "nvidia-cuda-cupti==13.0.*", "nvidia-cuda-runtime==13.0.*"],
    with_dependencies: false,
    wanted: &[
        "torch/lib/libc10.so",
        "torch/lib/libgomp.so.1",
        "torch/lib/libtorch.so",
        "torch/lib/libtorch_cpu.so",
        "torch/lib/libtorch_global_deps.so",
        "torch/include/*",
        "nvidia/*/lib/*.so*",
    ],
};
const GPU: Wheels<'_> = Wheels {
    packages: &["torch==2.13.0"],
    with_dependencies: true,
    wanted: &["torch/lib/*.so*", "torch/include/*", "nvidia/*/lib/*.so*"],
};

/// The folder with `lib` and `include`: the one that the environment names, or one in the target folder, fetched unless it
/// is there.
pub(crate) fn library(build: Build) -> Result<PathBuf> {
    if let Some(named) = named(env::var_os(VARIABLE).map(PathBuf::from)) {
        let lacking = lacking(&named, build);
        if !lacking.is_empty() {
            bail!(
                "{VARIABLE} names {}, which lacks {}; name the folder torch of a Python with torch {VERSION}, or unset it",
                named.display(),
                lacking.join(" and ")
            );
        }
        return Ok(named);
    }
    let (name, wheels) = match build {
        Build::Cpu => ("libtorch", CPU),
        Build::Gpu => ("libtorch-gpu", GPU),
    };
    let folder = once::folder(&format!("{name}-{VERSION}"), |work| {
        if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
            bail!("libtorch can be fetched for Linux on x86-64 alone; {}", remedy());
        }
        let unpacked = wheels.unpacked(work, &unfetched(build))?;
        let lacking = lacking(&unpacked.join(TORCH), build);
        if !lacking.is_empty() {
            bail!("Python's package torch {VERSION} has no {}; {}", lacking.join(" and "), remedy());
        }
        Ok(unpacked)
    })?;
    Ok(folder.join(TORCH))
}

/// What the build of an engine needs: libtorch, and a compiler for the bindings.
pub(crate) fn for_build(build: Build) -> Result<PathBuf> {
    setup::compiler_of_cpp()?;
    library(build)
}

/// Puts the libraries into the folder `libtorch` of a plugin folder, in the place of any other's.
pub(crate) fn install(build: Build, engines: &Path) -> Result<PathBuf> {
    place(&library(build)?, &engines.join(FOLDER))
}

/// Whether a plugin folder has libtorch.
pub(crate) fn is_installed(engines: &Path) -> bool {
    is_there(&engines.join(FOLDER).join(TORCH), "libtorch_cpu")
}

/// The folder that the operator names. Cargo sets the variable as well, to the folder that is fetched.
fn named(value: Option<PathBuf>) -> Option<PathBuf> {
    let default = tree::root().join(format!("target/libtorch-{VERSION}/{TORCH}"));
    value.filter(|folder| *folder != default && !folder.as_os_str().is_empty())
}

/// What a folder has to have for a build, and has not.
fn lacking(torch: &Path, build: Build) -> Vec<&'static str> {
    let mut lacking = Vec::new();
    if !is_there(torch, "libtorch_cpu") {
        lacking.push("lib/libtorch_cpu");
    }
    if build == Build::Gpu && !is_there(torch, "libtorch_cuda") {
        lacking.push("lib/libtorch_cuda");
    }
    if !torch.join("include/torch").is_dir() {
        lacking.push("include/torch");
    }
    lacking
}

fn is_there(torch: &Path, library: &str) -> bool {
    ["so", "dylib"].iter().any(|kind| torch.join("lib").join(library).with_extension(kind).is_file())
}

/// Why pip may have failed, and what helps; its own words follow.
fn unfetched(build: Build) -> String {
    let room = match build {
        Build::Cpu => "1.1 GB",
        Build::Gpu => "7 GB",
    };
    format!(
        "pip cannot get torch {VERSION}: there is no network, less than {room} of room, or no package for this machine's \
         Python.\nInstead, {}.",
        remedy()
    )
}

fn remedy() -> String {
    format!("let {VARIABLE} name a folder with lib and include of libtorch {VERSION}")
}

/// Puts the libraries of a folder with `lib` into another, and those of NVIDIA's that lie beside it.
fn place(torch: &Path, folder: &Path) -> Result<PathBuf> {
    libraries::place(&files(torch)?, folder, |folder| files(&folder.join(TORCH)))?;
    Ok(folder.join(TORCH))
}

/// The libraries, and those of NVIDIA's where they lie as in Python's packages.
fn files(torch: &Path) -> Result<Files> {
    let mut files = Files::new();
    let mut add = |source: PathBuf, name: &Path| -> Result<()> {
        for file in libraries::names(&source)?.iter().filter(|file| is_library(file)) {
            files.insert(name.join(file), source.join(file));
        }
        Ok(())
    };
    add(torch.join("lib"), &Path::new(TORCH).join("lib"))?;
    let nvidia = torch.with_file_name("nvidia");
    if torch.ends_with(TORCH) && nvidia.is_dir() {
        for part in libraries::names(&nvidia)? {
            let source = nvidia.join(&part).join("lib");
            if source.is_dir() {
                add(source, &Path::new("nvidia").join(&part).join("lib"))?;
            }
        }
    }
    Ok(files)
}

/// Whether a file is a library: `libc10.so`, `libgomp.so.1`, `libc10.dylib`.
fn is_library(name: &str) -> bool {
    let is_so = name.ends_with(".so") || name.contains(".so.");
    name.starts_with("lib") && (is_so || name.ends_with(".dylib"))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::{is_installed, lacking, named, place, unfetched};
    use crate::libraries::Build;
    use crate::tree;

    /// Small files laid out as Python's packages are; returns the folder `torch`.
    fn packages(folder: &Path, files: &[&str]) -> PathBuf {
        for file in files {
            let path = folder.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, folder.to_string_lossy().as_bytes()).unwrap();
        }
        folder.join("torch")
    }

    /// All files below a folder.
    fn all(folder: &Path) -> Vec<String> {
        let mut found = Vec::new();
        let mut folders = vec![folder.to_owned()];
        while let Some(next) = folders.pop() {
            for path in fs::read_dir(next).unwrap().map(|entry| entry.unwrap().path()) {
                match path.is_dir() {
                    true => folders.push(path),
                    false => found.push(path.strip_prefix(folder).unwrap().display().to_string()),
                }
            }
        }
        found.sort();
        found
    }

    const HEADER: &str = "torch/include/torch/all.h";

    #[test]
    fn one_build_takes_the_place_of_another_in_the_layout_of_the_packages() {
        let folder = tempfile::tempdir().unwrap();
        let gpu = packages(
            &folder.path().join("gpu"),
            &[
                "torch/lib/libtorch_cpu.so",
                "torch/lib/libtorch_cuda.so",
                "torch/lib/notes.txt",
                "nvidia/cudnn/lib/libcudnn.so.9",
                "nvidia/cudnn/include/cudnn.h",
                "nvidia/cu13/lib/libcudart.so.13",
                HEADER,
            ],
        );
        let cpu = packages(
            &folder.path().join("cpu"),
            &["torch/lib/libtorch_cpu.so", "torch/lib/libgomp.so.1", "nvidia/cu13/lib/libcudart.so.13", HEADER],
        );
        assert!(lacking(&gpu, Build::Gpu).is_empty() && lacking(&cpu, Build::Cpu).is_empty());
        let engines = folder.path().join("engines");
        let place_of = engines.join("libtorch");
        assert!(!is_installed(&engines));

        place(&gpu, &place_of).unwrap();
        assert!(is_installed(&engines));
        let cuda = ["nvidia/cu13/lib/libcudart.so.13", "nvidia/cudnn/lib/libcudnn.so.9", "torch/lib/libtorch_cpu.so"];
        assert_eq!(all(&place_of), [&cuda[..], &["torch/lib/libtorch_cuda.so"]].concat());
        // Twice: the second time each file is there already, as another name of the same.
        for _ in 0..2 {
            place(&cpu, &place_of).unwrap();
            let left = ["nvidia/cu13/lib/libcudart.so.13", "torch/lib/libgomp.so.1", "torch/lib/libtorch_cpu.so"];
            assert_eq!(all(&place_of), left);
        }
        let library = fs::read_to_string(place_of.join("torch/lib/libtorch_cpu.so")).unwrap();
        assert_eq!(library, folder.path().join("cpu").to_string_lossy());
    }

    #[test]
    fn a_folder_of_another_layout_is_placed_as_the_plugins_look_for_it() {
        let folder = tempfile::tempdir().unwrap();
        packages(folder.path(), &["own/lib/libtorch_cpu.so", "nvidia/driver/lib/libother.so"]);
        let place_of = folder.path().join("engines/libtorch");
        place(&folder.path().join("own"), &place_of).unwrap();
        assert_eq!(all(&place_of), ["torch/lib/libtorch_cpu.so"]);
    }

    #[test]
    fn what_a_folder_lacks_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let torch = packages(folder.path(), &["torch/lib/libtorch_cpu.so", HEADER]);
        assert_eq!(lacking(&torch, Build::Gpu), ["lib/libtorch_cuda"]);
        assert_eq!(lacking(folder.path(), Build::Cpu), ["lib/libtorch_cpu", "include/torch"]);
    }

    #[test]
    fn what_cargo_names_is_not_what_the_operator_names() {
        let config = fs::read_to_string(tree::root().join(".cargo/config.toml")).unwrap();
        let default = "target/libtorch-2.13.0/torch";
        assert!(config.contains(&format!("LIBTORCH = {{ value = \"{default}\", relative = true }}")), "{config}");
        assert_eq!(named(Some(tree::root().join(default))), None);
        assert_eq!(named(Some(PathBuf::new())), None);
        assert_eq!(named(None), None);
        assert_eq!(named(Some("/opt/libtorch".into())), Some("/opt/libtorch".into()));
    }

    #[test]
    fn what_cannot_be_fetched_comes_with_a_way_out() {
        assert!(
            unfetched(Build::Cpu).starts_with("pip cannot get torch 2.13.0: there is no network, less than 1.1 GB")
        );
        assert!(unfetched(Build::Gpu).ends_with("let LIBTORCH name a folder with lib and include of libtorch 2.13.0."));
    }
}
