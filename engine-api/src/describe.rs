//! How an engine describes itself: plain data that crosses the boundary as JSON.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What an engine is, as its author writes it down.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Descriptor {
    /// Name in configuration and requests: lower-case letters, digits and hyphens.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// Version of the engine itself.
    pub version: String,
    /// One sentence on what it makes out of what.
    pub summary: String,
    /// The accepted combinations of inputs, best first: a job must give exactly the members of one of them.
    pub inputs: Vec<Vec<Input>>,
    /// The files that must lie in the weights folder.
    #[serde(default)]
    pub weights: Vec<Weight>,
    /// Terms of code and weights.
    pub licence: Licence,
    /// Kinds of device that it can run on, preferred first.
    pub devices: Vec<DeviceKind>,
}

/// A [`Descriptor`] with the schema of its parameters, as the gateway publishes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Description {
    /// What the author wrote.
    #[serde(flatten)]
    pub descriptor: Descriptor,
    /// JSON Schema (draft 2020-12) of the parameters, with defaults and ranges.
    pub params: serde_json::Value,
}

/// A file that a job brings along.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Input {
    /// A picture with a face.
    Portrait,
    /// Speech.
    Speech,
    /// A video with a face.
    SourceVideo,
}

/// A kind of device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeviceKind {
    /// The processor.
    Cpu,
    /// An NVIDIA GPU.
    Cuda,
    /// Another service does the work.
    Remote,
}

/// A file of weights that an engine needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Weight {
    /// Path inside the engine's weights folder, with `/`.
    pub file: String,
    /// Where it comes from: `owner/repository/path/in/it` on a model hub, or `owner/repository@revision/path/in/it` with
    /// a branch, tag or commit that has no `/` in its name; without one, it is the branch `main`. Or
    /// `github:owner/repository@revision/path/in/it` in a repository on GitHub, with a tag or commit.
    pub source: String,
    /// Size in bytes, where known.
    #[serde(default)]
    pub bytes: Option<u64>,
    /// SHA-256 in lower-case hexadecimal, where known.
    #[serde(default)]
    pub sha256: Option<String>,
}

/// The terms under which an engine may be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Licence {
    /// SPDX expression of the engine's code.
    pub code: String,
    /// Terms of the weights, where there are any.
    #[serde(default)]
    pub weights: Option<String>,
    /// Whether code and weights together allow commercial use.
    pub commercial_use: bool,
}

impl Licence {
    /// Terms of an engine without weights whose code allows commercial use.
    pub fn permissive(code: &str) -> Self {
        Self { code: code.into(), weights: None, commercial_use: true }
    }
}

/// Whether an engine could render a job now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Readiness {
    /// A job can run.
    Ready,
    /// Files are missing or of the wrong size.
    MissingWeights {
        /// The files, as in [`Weight::file`].
        files: Vec<String>,
        /// What to do about it: usually the command that fetches them.
        remedy: String,
    },
    /// Something else is in the way: a device, a backend, an option.
    Failed {
        /// What is wrong.
        reason: String,
        /// What to do about it.
        remedy: String,
    },
}
