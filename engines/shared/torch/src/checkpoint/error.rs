//! What is wrong with a checkpoint, told in full.

use std::fmt;
use std::path::{Path, PathBuf};

use engine_api::{EngineError, ErrorKind};

use crate::var_path::{Fault, Found};

/// Names of a kind that are told one by one; of more, the number.
const TOLD: usize = 20;

/// A checkpoint that is not the network's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {reason}", .files.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(" and "))]
pub struct CheckpointError {
    /// The file, or all files of the network.
    pub files: Vec<PathBuf>,
    /// What is wrong.
    pub reason: String,
}

impl CheckpointError {
    pub(super) fn file(path: &Path, reason: impl fmt::Display) -> Self {
        Self { files: vec![path.to_owned()], reason: reason.to_string() }
    }
}

impl From<CheckpointError> for EngineError {
    fn from(error: CheckpointError) -> Self {
        Self::new(ErrorKind::Weights, error)
    }
}

/// In what the files and the network differ.
pub(super) struct Differences {
    missing: Vec<String>,
    shapes: Vec<String>,
    unreadable: Vec<String>,
    /// Tensors of the files that the network has no use for.
    pub(super) unknown: Vec<String>,
}

impl Differences {
    pub(super) fn of(found: Vec<Found>) -> Self {
        let mut differences = Self { missing: vec![], shapes: vec![], unreadable: vec![], unknown: vec![] };
        for Found { key, shape, fault } in found {
            match fault {
                Fault::Missing => differences.missing.push(format!("{key} {shape:?}")),
                Fault::Shape(stored) => differences.shapes.push(format!("{key} is {stored:?} and should be {shape:?}")),
                Fault::Unreadable(reason) => differences.unreadable.push(format!("{key} ({reason})")),
            }
        }
        differences
    }

    pub(super) fn is_empty(&self) -> bool {
        let Self { missing, shapes, unreadable, unknown } = self;
        [missing, shapes, unreadable, unknown].iter().all(|names| names.is_empty())
    }
}

impl fmt::Display for Differences {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { missing, shapes, unreadable, unknown } = self;
        let groups = [
            ("cannot be read", unreadable),
            ("missing", missing),
            ("of another shape", shapes),
            ("not of this network", unknown),
        ];
        f.write_str("its tensors are not the network's; ")?;
        for (place, (what, names)) in groups.iter().filter(|(_, names)| !names.is_empty()).enumerate() {
            let told = names[..names.len().min(TOLD)].join(", ");
            write!(f, "{}{} {what}: {told}", if place > 0 { "; " } else { "" }, names.len())?;
            if names.len() > TOLD {
                write!(f, " and {} more", names.len() - TOLD)?;
            }
        }
        Ok(())
    }
}
