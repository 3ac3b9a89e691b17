//! What keeps networks from an NVIDIA GPU, found out without loading anything: the driver's devices, the libraries of the
//! runtime's providers, and what those need in turn.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use thiserror::Error;

use crate::provider::Provider;

/// The driver's device under WSL, where it does not show single GPUs.
const WSL: &str = "dxg";
/// The libraries of NVIDIA's products, by how their names begin; the first that fits counts.
const PRODUCTS: [(&str, &str); 5] = [
    ("libcudnn", "cuDNN"),
    ("libnvinfer", "TensorRT"),
    ("libnvonnxparser", "TensorRT"),
    ("libnv", "CUDA"),
    ("libcu", "CUDA"),
];

/// The machine's devices.
#[derive(Debug, Clone)]
pub struct Machine {
    dev: PathBuf,
}

/// Why a provider cannot compute.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Obstacle {
    /// There is no GPU, or no driver for it.
    #[error("this machine shows no NVIDIA GPU")]
    NoGpu,
    /// There are others.
    #[error("there is no GPU {number}: this machine shows {count}, counted from 0")]
    NoSuchGpu {
        /// The one that is asked for.
        number: usize,
        /// How many there are.
        count: usize,
    },
    /// The runtime was built for the processor.
    #[error("the ONNX Runtime in {} was built without {provider}: {library} is missing", folder.display())]
    NoProvider {
        /// Where the runtime lies.
        folder: PathBuf,
        /// The provider's name.
        provider: &'static str,
        /// Its library.
        library: String,
    },
    /// NVIDIA's own libraries are not installed, or are where the system's loader does not look.
    #[error("{library} needs {}, which the system's loader does not find", missing.join(", "))]
    MissingLibraries {
        /// The provider's library.
        library: String,
        /// Those that are missing.
        missing: Vec<String>,
    },
}

impl Obstacle {
    /// What an operator does about it. `fetch` is the command that fetches a runtime for GPUs.
    #[must_use]
    pub fn remedy(&self, fetch: &str) -> String {
        match self {
            Self::NoGpu => {
                "install NVIDIA's driver, give the container its devices, or set `device = \"cpu\"`".to_owned()
            }
            Self::NoSuchGpu { .. } => "correct `device` in the configuration".to_owned(),
            Self::NoProvider { .. } => format!("`{fetch}` fetches one with it"),
            Self::MissingLibraries { missing, .. } => {
                let products: BTreeSet<String> = missing.iter().map(|library| product(library)).collect();
                let products: Vec<String> = products.into_iter().collect();
                format!("install {}, and name the folder of the libraries in LD_LIBRARY_PATH", products.join(" and "))
            }
        }
    }
}

impl Machine {
    /// The one that this process runs on.
    #[must_use]
    pub fn this() -> Self {
        Self::with_devices("/dev")
    }

    /// One with the devices of a folder.
    pub fn with_devices(dev: impl Into<PathBuf>) -> Self {
        Self { dev: dev.into() }
    }

    /// Whether the driver shows an NVIDIA GPU.
    #[must_use]
    pub fn has_gpu(&self) -> bool {
        self.gpus() != Some(0)
    }

    /// How many there are; none where that cannot be told.
    fn gpus(&self) -> Option<usize> {
        if self.dev.join(WSL).exists() {
            return None;
        }
        let number = |name: &str| name.strip_prefix("nvidia")?.parse::<u32>().ok();
        let entries = fs::read_dir(&self.dev).into_iter().flatten().flatten();
        Some(entries.filter(|entry| entry.file_name().to_str().and_then(number).is_some()).count())
    }

    /// What keeps a provider of the runtime at `library` from computing; none where nothing is known to. What is found only
    /// by trying, such as a driver that is too old, is found when a network is loaded.
    #[must_use]
    pub fn obstacle(&self, provider: Provider, library: &Path) -> Option<Obstacle> {
        let (number, needed) = match provider {
            Provider::Cpu => return None,
            Provider::Cuda(number) => (number, "cuda"),
            Provider::TensorRt(number) => (number, "tensorrt"),
        };
        let number = usize::try_from(number).unwrap_or(0);
        match self.gpus() {
            Some(0) => return Some(Obstacle::NoGpu),
            Some(count) if number >= count => return Some(Obstacle::NoSuchGpu { number, count }),
            _ => {}
        }
        let folder = library.parent().unwrap_or(Path::new("."));
        let library = format!("libonnxruntime_providers_{needed}.so");
        let path = folder.join(&library);
        if !path.is_file() {
            return Some(Obstacle::NoProvider { folder: folder.to_owned(), provider: provider.name(), library });
        }
        let missing = missing_libraries(&path);
        (!missing.is_empty()).then_some(Obstacle::MissingLibraries { library, missing })
    }
}

/// The libraries that the system's loader does not find for another one; none where it cannot be asked.
fn missing_libraries(library: &Path) -> Vec<String> {
    let asked = Command::new("ldd").arg(library).stdin(Stdio::null()).stderr(Stdio::null()).output();
    let lines = asked.map(|answer| String::from_utf8_lossy(&answer.stdout).into_owned()).unwrap_or_default();
    not_found(&lines)
}

/// The names that `ldd` tells as in `libcudnn.so.9 => not found`.
fn not_found(lines: &str) -> Vec<String> {
    lines.lines().filter_map(|line| Some(line.trim().strip_suffix("=> not found")?.trim().to_owned())).collect()
}

/// The product that a library belongs to, with its version: `libcublasLt.so.13` is of CUDA 13.
fn product(library: &str) -> String {
    let product = PRODUCTS.iter().find(|(begins, _)| library.starts_with(begins));
    let version = library.split_once(".so.").map(|(_, version)| version.split('.').next().unwrap_or(version));
    match (product, version) {
        (Some((_, product)), Some(version)) => format!("{product} {version}"),
        (Some((_, product)), None) => (*product).to_owned(),
        (None, _) => library.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    const FETCH: &str = "fetch --gpu";

    /// A folder with these devices, and a runtime with these libraries of providers beside it that need libraries which
    /// nobody has.
    struct Stage(tempfile::TempDir);

    impl Stage {
        fn new(devices: &[&str], providers: &[(&str, &[&str])]) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let dev = folder.path().join("dev");
            fs::create_dir(&dev).unwrap();
            devices.iter().for_each(|device| fs::write(dev.join(device), "").unwrap());
            for (provider, needs) in providers {
                let library = folder.path().join(format!("libonnxruntime_providers_{provider}.so"));
                link(folder.path(), &library, needs);
            }
            Self(folder)
        }

        fn obstacle(&self, provider: Provider) -> Option<Obstacle> {
            let machine = Machine::with_devices(self.0.path().join("dev"));
            machine.obstacle(provider, &self.0.path().join("libonnxruntime.so.1.31.1"))
        }
    }

    /// Links a library that needs others, which are then taken away.
    fn link(folder: &Path, library: &Path, needs: &[&str]) {
        let stubs: Vec<PathBuf> = needs.iter().map(|name| folder.join(name)).collect();
        for (stub, name) in stubs.iter().zip(needs) {
            compile(&["-Wl,-soname", &format!("-Wl,{name}")], stub, &[]);
        }
        compile(&["-Wl,--no-as-needed"], library, &stubs);
        stubs.iter().for_each(|stub| fs::remove_file(stub).unwrap());
    }

    fn compile(flags: &[&str], library: &Path, with: &[PathBuf]) {
        let mut linker = Command::new("cc");
        linker.args(["-shared", "-nostdlib", "-x", "c", "/dev/null", "-x", "none"]).args(flags);
        let done = linker.args(with).arg("-o").arg(library).status();
        assert!(done.expect("a linker, as Rust needs one").success(), "{}", library.display());
    }

    #[test]
    fn the_processor_is_always_there() {
        assert_eq!(Stage::new(&[], &[]).obstacle(Provider::Cpu), None);
    }

    #[test]
    fn gpus_are_those_that_the_driver_shows() {
        let none = Stage::new(&["nvidiactl", "nvidia-uvm", "null"], &[]);
        assert_eq!(none.obstacle(Provider::Cuda(0)), Some(Obstacle::NoGpu));
        let two = Stage::new(&["nvidiactl", "nvidia0", "nvidia3"], &[]);
        assert_eq!(two.obstacle(Provider::Cuda(2)), Some(Obstacle::NoSuchGpu { number: 2, count: 2 }));
        assert!(matches!(two.obstacle(Provider::Cuda(1)), Some(Obstacle::NoProvider { .. })));
        let wsl = Stage::new(&["dxg"], &[]);
        assert!(matches!(wsl.obstacle(Provider::Cuda(7)), Some(Obstacle::NoProvider { .. })), "it tells no number");
    }

    #[test]
    fn a_runtime_for_the_processor_has_no_provider() {
        let stage = Stage::new(&["nvidia0"], &[("cuda", &[])]);
        assert_eq!(stage.obstacle(Provider::Cuda(0)), None);
        let obstacle = stage.obstacle(Provider::TensorRt(0)).expect("it has CUDA alone");
        assert!(
            obstacle.to_string().ends_with("built without TensorRT: libonnxruntime_providers_tensorrt.so is missing")
        );
        assert_eq!(obstacle.remedy(FETCH), "`fetch --gpu` fetches one with it");
    }

    #[test]
    fn missing_libraries_are_told_by_name_with_the_product_that_has_them() {
        let needs: &[&str] = &["libcublasLt.so.13", "libcudnn.so.9", "libcudart.so.13"];
        let stage = Stage::new(&["nvidia0"], &[("cuda", needs), ("tensorrt", &["libnvinfer.so.10"])]);
        let cuda = stage.obstacle(Provider::Cuda(0)).expect("nobody has these");
        let Obstacle::MissingLibraries { missing, .. } = &cuda else { panic!("{cuda:?}") };
        assert_eq!(missing.iter().map(String::as_str).collect::<BTreeSet<_>>(), needs.iter().copied().collect());
        assert!(cuda.remedy(FETCH).starts_with("install CUDA 13 and cuDNN 9, and name"), "{}", cuda.remedy(FETCH));
        let tensorrt = stage.obstacle(Provider::TensorRt(0)).expect("nobody has this");
        assert!(tensorrt.to_string().starts_with("libonnxruntime_providers_tensorrt.so needs libnvinfer.so.10, which"));
        assert!(tensorrt.remedy(FETCH).starts_with("install TensorRT 10, and"));
    }
}
