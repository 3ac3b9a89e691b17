//! A set of numbers that a reference implementation gave: where it lies, its manifest, its records.

use std::path::{Path, PathBuf};
use std::{env, fs};

use serde_json::Value;

use crate::compare::compare;
use crate::expected::Expected;
use crate::json::{list, text};
use crate::records::{dice_talk, ditto, echomimic, real_weights};
use crate::tensor::Tensor;
use crate::tensors::Tensors;

/// The form of a set's manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Limits by class, whole runs beside the stages.
    Ditto,
    /// Limits by output, weights in closed form.
    EchoMimic,
    /// As EchoMimic's, with parts of results.
    DiceTalk,
    /// Limits by output, published weights; inputs are files.
    RealWeights,
}

impl Format {
    /// Every form.
    pub const ALL: [Self; 4] = [Self::Ditto, Self::EchoMimic, Self::DiceTalk, Self::RealWeights];

    /// What the manifest's field `format` says.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ditto => "ditto-golden/1",
            Self::EchoMimic => "echomimic-golden/1",
            Self::DiceTalk => "dice-talk-golden/1",
            Self::RealWeights => "real-weights-golden/1",
        }
    }
}

/// A set, read.
pub struct Set {
    folder: PathBuf,
    format: Format,
    manifest: Value,
    prefix: String,
    tensors: Tensors,
}

impl Set {
    /// The set that this run tests against: in the folder that `GOLDEN_DIR` names, or else in the test's own.
    ///
    /// # Panics
    /// If the folder holds no set of this form.
    #[must_use]
    pub fn open(own: impl AsRef<Path>, format: Format) -> Self {
        let named = env::var_os("GOLDEN_DIR").map(PathBuf::from);
        Self::read(named.as_deref().unwrap_or(own.as_ref()), format)
    }

    /// The set in a folder.
    ///
    /// # Panics
    /// If the folder holds no set of this form.
    #[must_use]
    pub fn read(folder: &Path, format: Format) -> Self {
        let path = folder.join("manifest.json");
        let bytes = fs::read(&path).unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()));
        let manifest: Value = serde_json::from_slice(&bytes).expect("manifest.json is JSON");
        assert_eq!(manifest["format"], format.name(), "the harness reads another format");
        let prefix = match format {
            Format::Ditto | Format::RealWeights => String::new(),
            Format::EchoMimic => match text(&manifest["salt"]) {
                "" => String::new(),
                salt => format!("{salt}/"),
            },
            Format::DiceTalk => text(&manifest["key_prefix"]).to_owned(),
        };
        let tensors = Tensors::read(&folder.join("golden.safetensors"));
        Self { folder: folder.to_owned(), format, manifest, prefix, tensors }
    }

    /// The cases of a stage of Ditto's sets; a set without them is an error.
    ///
    /// # Panics
    /// If there are none.
    #[must_use]
    pub fn cases(&self, stage: &str) -> &[Value] {
        let cases = self.manifest["stages"][stage].as_array();
        cases.filter(|cases| !cases.is_empty()).unwrap_or_else(|| panic!("the set has no cases of stage {stage:?}"))
    }

    /// The whole runs of Ditto's sets; a set without them is an error.
    ///
    /// # Panics
    /// If there are none.
    #[must_use]
    pub fn runs(&self) -> &[Value] {
        let runs = list(self.part("runs"));
        assert!(!runs.is_empty(), "the set has no runs");
        runs
    }

    /// The stages of a kind, of sets that list their stages; a set without them is an error.
    ///
    /// # Panics
    /// If there are none.
    #[must_use]
    pub fn stages(&self, kind: &str) -> Vec<&Value> {
        let stages: Vec<&Value> = list(self.part("stages")).iter().filter(|stage| stage["kind"] == kind).collect();
        assert!(!stages.is_empty(), "the set has no stages of kind {kind:?}");
        stages
    }

    /// A top-level part of the manifest, such as `rule` or `tolerances`.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn part(&self, name: &str) -> &Value {
        self.manifest.get(name).unwrap_or_else(|| panic!("the manifest has no part {name:?}"))
    }

    /// A file of the set.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// What the set puts before the name of each closed-form tensor.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// A stored tensor.
    ///
    /// # Panics
    /// If there is none of this name.
    #[must_use]
    pub fn tensor(&self, name: &str) -> &Tensor {
        self.tensors.get(name)
    }

    /// The input that a record describes.
    ///
    /// # Panics
    /// If it describes none. Those of sets with published weights are files (see [`Self::path`]) and samples, and no tensors.
    #[must_use]
    pub fn input(&self, record: &Value) -> Tensor {
        match self.format {
            Format::Ditto => ditto::input(&self.tensors, record),
            Format::EchoMimic => echomimic::input(&self.tensors, &self.prefix, record),
            Format::DiceTalk => dice_talk::input(&self.tensors, record),
            Format::RealWeights => panic!("{record} is a file, which the test reads"),
        }
    }

    /// What a record expects.
    ///
    /// # Panics
    /// If it is no record of an expected tensor.
    #[must_use]
    pub fn expected(&self, record: &Value) -> Expected<'_> {
        match self.format {
            Format::Ditto => ditto::expected(&self.tensors, self.part("tolerances"), record),
            Format::EchoMimic => echomimic::expected(&self.tensors, record),
            Format::DiceTalk => dice_talk::expected(&self.tensors, record),
            Format::RealWeights => real_weights::expected(&self.tensors, record),
        }
    }

    /// Compares a result with a record; `what` names stage, case and tensor in the message of a failure. The largest
    /// deviation is told in any case, for those who run the tests with `--nocapture`.
    ///
    /// # Panics
    /// If the result differs by more than the record permits.
    pub fn check(&self, what: &str, record: &Value, got: &Tensor) {
        let expected = self.expected(record);
        match compare(&expected, got) {
            Ok(worst) => eprintln!("{what}: {} values, class {:?}: {worst}", got.len(), expected.limits.name),
            Err(reason) => panic!("{what}: {reason}"),
        }
    }
}
