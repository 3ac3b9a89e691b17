//! What the networks of an engine run on.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::libraries::Build;
use crate::libtorch;
use crate::onnxruntime;

/// A library that runs networks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Runtime {
    OnnxRuntime,
    Libtorch,
}

impl Runtime {
    /// What the crate in a folder runs networks on; it then has to lie beside its plugin.
    pub(crate) fn of(folder: &Path) -> Option<Self> {
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
        let lines = manifest.lines().skip_while(|line| line.trim() != "[dependencies]").skip(1);
        lines.take_while(|line| !line.starts_with('[')).find_map(|line| {
            let uses = |name: &str| line.split(['.', ' ', '=']).next() == Some(name);
            match () {
                () if uses("engine-onnx") => Some(Self::OnnxRuntime),
                () if uses("engine-torch") => Some(Self::Libtorch),
                () => None,
            }
        })
    }

    /// For people, with where it comes from.
    pub(crate) fn described(self, build: Build) -> String {
        match self {
            Self::OnnxRuntime => {
                format!("ONNX Runtime {} (Python's package {})", onnxruntime::VERSION, onnxruntime::package(build))
            }
            Self::Libtorch => {
                let size = match build {
                    Build::Cpu => "0.55 GB",
                    Build::Gpu => "3 GB",
                };
                format!("libtorch {} (Python's package torch, {size})", libtorch::VERSION)
            }
        }
    }

    /// What the environment calls it.
    pub(crate) fn variable(self) -> &'static str {
        match self {
            Self::OnnxRuntime => onnxruntime::VARIABLE,
            Self::Libtorch => libtorch::VARIABLE,
        }
    }

    /// What tests and benchmarks use: the one that the environment names, or one for the processor, fetched once.
    pub(crate) fn for_tests(self) -> Result<PathBuf> {
        match env::var_os(onnxruntime::VARIABLE).filter(|_| self == Self::OnnxRuntime) {
            Some(named) => Ok(named.into()),
            None => self.for_build(Build::Cpu),
        }
    }

    /// Whether plugins are linked to it, so that the environment has to name it to their build.
    pub(crate) fn is_linked(self) -> bool {
        self == Self::Libtorch
    }

    /// The library itself, with what the build of an engine needs beside it; fetched once.
    pub(crate) fn for_build(self, build: Build) -> Result<PathBuf> {
        match self {
            Self::OnnxRuntime => onnxruntime::library(build),
            Self::Libtorch => libtorch::for_build(build),
        }
    }

    /// Puts it beside the plugins of a folder, in the place of any other.
    pub(crate) fn install(self, build: Build, engines: &Path) -> Result<PathBuf> {
        match self {
            Self::OnnxRuntime => onnxruntime::install(build, engines),
            Self::Libtorch => libtorch::install(build, engines),
        }
    }

    /// Whether one lies beside the plugins of a folder.
    pub(crate) fn is_installed(self, engines: &Path) -> bool {
        match self {
            Self::OnnxRuntime => onnxruntime::is_installed(engines),
            Self::Libtorch => libtorch::is_installed(engines),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Runtime;
    use crate::tree;

    #[test]
    fn an_engine_is_known_by_what_it_depends_on() {
        let of = |engine: &str| Runtime::of(&tree::engines().join(engine));
        assert_eq!(of("ditto"), Some(Runtime::OnnxRuntime));
        assert_eq!(of("echomimic"), Some(Runtime::Libtorch));
        assert_eq!(of("dice-talk"), Some(Runtime::Libtorch));
        assert_eq!(of("puppet"), None);
        assert_eq!(of("no-such-engine"), None);
    }
}
