//! Errors of finding ONNX Runtime, loading a network and running it.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why the runtime, a graph or a run of it failed.
#[derive(Debug, Error)]
pub enum OnnxError {
    /// No library was found.
    #[error("ONNX Runtime was not found; looked at: {}", looked_at.join(", "))]
    NoRuntime {
        /// Where it was looked for, in order.
        looked_at: Vec<String>,
    },
    /// The library was found, but it cannot be used.
    #[error("cannot use ONNX Runtime at {}: {reason}", path.display())]
    BadRuntime {
        /// The library.
        path: PathBuf,
        /// The runtime's own words.
        reason: String,
    },
    /// A process has one runtime, and it is another one.
    #[error("ONNX Runtime is asked for at {}, but this process already uses {}", asked.display(), loaded.display())]
    OtherRuntime {
        /// What the option names.
        asked: PathBuf,
        /// What is loaded.
        loaded: PathBuf,
    },
    /// The graph cannot be read.
    #[error("cannot read the network {}: {reason}", name(path))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The runtime refuses the graph or the provider.
    #[error("cannot make a session of {} on {provider}: {reason}", name(path))]
    Session {
        /// The file.
        path: PathBuf,
        /// The provider that was asked for.
        provider: &'static str,
        /// The runtime's own words.
        reason: String,
    },
    /// The graph takes or gives something else.
    #[error("{} is not the expected network: {}", name(path), differences.join("; "))]
    Signature {
        /// The file.
        path: PathBuf,
        /// Everything that differs.
        differences: Vec<String>,
    },
    /// A run failed.
    #[error("the network {network} failed: {reason}")]
    Run {
        /// The graph's file name.
        network: String,
        /// What happened.
        reason: String,
    },
}

/// A network's file, without its folder: what clients read names no path of the server.
fn name(path: &Path) -> Cow<'_, str> {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy()
}
