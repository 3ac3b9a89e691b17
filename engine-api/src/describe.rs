//! How an engine describes itself: plain data that crosses the boundary as JSON.

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::device::DeviceChoice;
use crate::job::Setup;

/// What an engine is, as its author writes it down.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Descriptor {
    /// Name in configuration and requests: lower-case letters, digits and single hyphens, the first of them a letter.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// Version of the engine itself.
    pub version: String,
    /// One sentence on what it makes out of what.
    pub summary: String,
    /// The accepted combinations of inputs, best first: a job must give exactly the members of one of them.
    pub inputs: Vec<Vec<Input>>,
    /// The files that must lie in the weights folder, or may.
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
    /// It takes speech while it is spoken: [`Engine::STREAMS`](crate::Engine::STREAMS). No engine from before this field does.
    #[serde(default, skip_serializing_if = "is_false")]
    pub streams: bool,
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

/// A file of weights that an engine needs, or can do without.
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
    /// The engine runs without it, and better with it. A gateway from before this field asks for the file as for any other
    /// in `models verify`, and for jobs goes by the engine's own word.
    #[serde(default, skip_serializing_if = "is_false")]
    pub optional: bool,
}

fn is_false(it: &bool) -> bool {
    !it
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
    Ready {
        /// What the engine works with, where that may differ: in a sentence that begins small and ends without a full
        /// stop, as reasons do. A gateway from before this field passes it over.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
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

impl Readiness {
    /// Ready, with nothing more to say.
    pub const READY: Self = Self::Ready { note: None };

    /// Whether a job can run.
    pub fn is_ready(&self) -> bool {
        matches!(self, Self::Ready { .. })
    }

    /// What the engine works with, if it is ready and says so.
    pub fn note(&self) -> Option<&str> {
        match self {
            Self::Ready { note } => note.as_deref(),
            _ => None,
        }
    }

    /// Ready, if the device of a setup is a word that operators may write: `auto`, `cpu`, `cuda`, or `cuda:0` and so on.
    /// Whether the machine has it is not asked.
    pub fn of_device(setup: &Setup) -> Self {
        match setup.device.parse::<DeviceChoice>() {
            Ok(_) => Self::READY,
            Err(unknown) => {
                Self::Failed { reason: unknown.to_string(), remedy: "correct `device` in the configuration".into() }
            }
        }
    }

    /// Ready, if every file of weights that an engine cannot do without lies in the folder of its setup and has the size
    /// that is described. Nothing is read: SHA-256 is for `avatar-gateway models verify`.
    pub fn of_weights(engine: &Descriptor, setup: &Setup) -> Self {
        let is_there = |weight: &Weight| setup.weights.as_deref().is_some_and(|folder| weight.is_in(folder));
        let is_missing = |weight: &&Weight| !weight.optional && !is_there(weight);
        let files: Vec<String> = engine.weights.iter().filter(is_missing).map(|weight| weight.file.clone()).collect();
        if files.is_empty() {
            return Self::READY;
        }
        let remedy = match &setup.weights {
            Some(_) => format!("`avatar-gateway models pull {}` fetches them", engine.id),
            None => format!(
                "`avatar-gateway models pull {0}` fetches them; `weights` in [engines.{0}] names their folder",
                engine.id
            ),
        };
        Self::MissingWeights { files, remedy }
    }
}

impl Weight {
    /// Whether it lies in a folder and has the size that is described, where one is. Nothing is read.
    pub fn is_in(&self, folder: &Path) -> bool {
        let found = folder.join(&self.file).metadata();
        found.is_ok_and(|found| found.is_file() && self.bytes.is_none_or(|bytes| bytes == found.len()))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use serde_json::json;

    use super::*;

    fn engine(weights: &[(&str, Option<u64>)]) -> Descriptor {
        let weight = |(file, bytes): &(&str, Option<u64>)| Weight {
            file: (*file).into(),
            source: format!("ann/net/{file}"),
            bytes: *bytes,
            sha256: None,
            optional: false,
        };
        Descriptor {
            id: "net".into(),
            name: "Net".into(),
            version: "1".into(),
            summary: "Sums up.".into(),
            inputs: vec![vec![Input::Portrait]],
            weights: weights.iter().map(weight).collect(),
            licence: Licence::permissive("MIT"),
            devices: vec![DeviceKind::Cpu],
        }
    }

    fn missing(engine: &Descriptor, folder: Option<&Path>) -> (Vec<String>, String) {
        match Readiness::of_weights(engine, &Setup { weights: folder.map(Path::to_owned), ..Setup::default() }) {
            Readiness::Ready { .. } => (vec![], String::new()),
            Readiness::MissingWeights { files, remedy } => (files, remedy),
            failed => panic!("{failed:?}"),
        }
    }

    #[test]
    fn a_device_is_a_word_that_is_known() {
        let of = |device: &str| Readiness::of_device(&Setup { device: device.into(), ..Setup::default() });
        for device in ["auto", "cpu", "cuda", "cuda:0", "cuda:12"] {
            assert_eq!(of(device), Readiness::READY, "{device}");
        }
        for device in ["", "gpu", "cuda:", "cuda:x", "CPU"] {
            let Readiness::Failed { reason, .. } = of(device) else { panic!("{device:?} is no device") };
            assert!(reason.contains(&format!("{device:?}")), "{reason}");
        }
    }

    #[test]
    fn an_engine_without_weights_is_ready() {
        assert_eq!(Readiness::of_weights(&engine(&[]), &Setup::default()), Readiness::READY);
    }

    #[test]
    fn weights_are_there_by_existence_and_size() {
        let folder = std::env::temp_dir().join(format!("engine-api-weights-{}", std::process::id()));
        fs::create_dir_all(folder.join("deep")).unwrap();
        let net = engine(&[("a.bin", Some(3)), ("deep/b.bin", None)]);
        assert_eq!(missing(&net, Some(&folder)).0, ["a.bin", "deep/b.bin"]);
        fs::write(folder.join("deep/b.bin"), "").unwrap();
        fs::write(folder.join("a.bin"), "12345").unwrap();
        let (files, remedy) = missing(&net, Some(&folder));
        assert_eq!(
            (files.as_slice(), remedy.as_str()),
            (&["a.bin".to_owned()][..], "`avatar-gateway models pull net` fetches them")
        );
        fs::write(folder.join("a.bin"), "123").unwrap();
        assert_eq!(missing(&net, Some(&folder)).0, [""; 0]);
        let (files, remedy) = missing(&net, None);
        assert!(files.len() == 2 && remedy.contains("[engines.net]"), "{files:?} {remedy}");
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn an_engine_is_ready_without_its_optional_weights() {
        let mut net = engine(&[("a.bin", None), ("better.bin", Some(3))]);
        net.weights[1].optional = true;
        assert_eq!(missing(&net, None).0, ["a.bin"]);
        net.weights.remove(0);
        assert_eq!(Readiness::of_weights(&net, &Setup::default()), Readiness::READY);
    }

    #[test]
    fn what_is_not_optional_does_not_say_so() {
        let mut net = engine(&[("a.bin", None)]);
        let written = |net: &Descriptor| serde_json::to_value(&net.weights[0]).unwrap();
        let plain = json!({"file": "a.bin", "source": "ann/net/a.bin", "bytes": null, "sha256": null});
        assert_eq!(written(&net), plain, "as before there were optional weights");
        assert_eq!(serde_json::from_value::<Weight>(plain).unwrap(), net.weights[0]);
        net.weights[0].optional = true;
        assert_eq!(written(&net)["optional"], true);
        assert_eq!(serde_json::from_value::<Weight>(written(&net)).unwrap(), net.weights[0]);
    }

    #[test]
    fn readiness_without_a_note_is_written_as_before_there_were_notes() {
        let bare = json!({"state": "ready"});
        assert_eq!(serde_json::to_value(Readiness::READY).unwrap(), bare);
        assert_eq!(serde_json::from_value::<Readiness>(bare).unwrap(), Readiness::READY);
        let noted = Readiness::Ready { note: Some("it works without its mesh".into()) };
        let line = serde_json::to_string(&noted).unwrap();
        assert_eq!(line, r#"{"state":"ready","note":"it works without its mesh"}"#);
        assert_eq!(serde_json::from_str::<Readiness>(&line).unwrap(), noted);
        assert!(noted.is_ready() && noted != Readiness::READY);
    }

    #[test]
    fn a_reader_that_knows_no_note_passes_it_over() {
        #[derive(Debug, PartialEq, Deserialize)]
        #[serde(tag = "state", rename_all = "snake_case")]
        enum Before {
            Ready,
        }
        let noted = Readiness::Ready { note: Some("it works without its mesh".into()) };
        let line = serde_json::to_string(&noted).unwrap();
        assert_eq!(serde_json::from_str::<Before>(&line).unwrap(), Before::Ready);
    }
}
