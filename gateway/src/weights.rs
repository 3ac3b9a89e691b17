//! The weights of engines: what their descriptions name, what of it lies on disk, and how the rest gets there.

mod download;
mod error;
pub mod hub;
pub mod hubs;
mod partial_file;
pub mod progress;
pub mod pull;
mod site;
mod source;

use std::collections::BTreeSet;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use engine_api::Weight;
use serde::Serialize;
use sha2::{Digest, Sha256};

pub use crate::weights::error::{Failures, ModelError};
pub use crate::weights::site::Site;
pub use crate::weights::source::Source;

use crate::config::Config;
use crate::digest::hex;

/// Bytes that are read and hashed at a time.
const PIECE: usize = 1 << 20;

/// Where the weights of an engine lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The folder; it need not exist.
    pub folder: PathBuf,
    /// Whether the configuration names it. If not, the engine does not look there yet.
    pub is_configured: bool,
}

impl Place {
    /// The folder that is configured for an engine or, without one, `weights/<engine>` in the folder `here`.
    pub fn of(config: &Config, engine: &str, here: &Path) -> Self {
        match config.engine(engine).weights {
            Some(folder) => Self { folder, is_configured: true },
            None => Self { folder: here.join("weights").join(engine), is_configured: false },
        }
    }

    /// The lines of configuration that have the engine look there.
    pub fn lines(&self, engine: &str) -> String {
        let folder = toml::Value::String(self.folder.to_string_lossy().into_owned());
        format!("[engines.{engine}]\nweights = {folder}")
    }
}

/// One file of weights with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What the engine says of it.
    pub weight: Weight,
    /// Where it comes from.
    pub source: Source,
    /// Where it belongs.
    pub path: PathBuf,
}

/// What is at the place of a file of weights.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// The file, as far as was looked.
    There,
    /// Nothing.
    Missing,
    /// A file of another size, in bytes.
    WrongSize {
        /// As the engine describes it.
        expected: u64,
        /// On disk.
        found: u64,
    },
    /// A file of the right size with another SHA-256.
    WrongContent {
        /// As the engine describes it.
        expected: String,
        /// On disk.
        found: String,
    },
    /// Something that cannot be read as a file.
    Unreadable {
        /// Why.
        reason: String,
    },
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::There => f.write_str("there"),
            Self::Missing => f.write_str("missing"),
            Self::WrongSize { expected, found } => write!(f, "wrong size: {found} bytes, not {expected}"),
            Self::WrongContent { expected, found } => write!(f, "wrong content: SHA-256 {found}, not {expected}"),
            Self::Unreadable { reason } => write!(f, "unreadable: {reason}"),
        }
    }
}

/// The files that an engine describes, with their places in `folder`.
///
/// # Errors
/// Every description that leads out of the folder, names no source or no SHA-256 where it names one, or gives two files one
/// place.
pub fn items(folder: &Path, weights: &[Weight]) -> Result<Vec<Item>, Failures> {
    let (mut items, mut failures, mut taken) = (Vec::new(), Vec::new(), BTreeSet::new());
    for weight in weights {
        let file = &weight.file;
        if !is_confined(file) {
            failures.push(ModelError::Place { file: file.clone() });
        } else if !taken.insert(file) {
            failures.push(ModelError::Twice { file: file.clone() });
        } else if let Some(sha256) = weight.sha256.as_ref().filter(|sum| !is_sha256(sum)) {
            failures.push(ModelError::Hash { file: file.clone(), sha256: sha256.clone() });
        } else {
            match weight.source.parse() {
                Ok(source) => items.push(Item { weight: weight.clone(), source, path: folder.join(file) }),
                Err(()) => {
                    failures.push(ModelError::Source { file: file.clone(), source_text: weight.source.clone() });
                }
            }
        }
    }
    Failures::of(failures).map_or(Ok(items), Err)
}

/// Whether a path stays below the folder that it starts at, and off the names of unfinished downloads.
fn is_confined(file: &str) -> bool {
    let stays = Path::new(file).components().all(|part| matches!(part, Component::Normal(_)));
    let is_plain = !file.is_empty() && !file.ends_with('/') && !file.chars().any(char::is_control);
    stays && is_plain && !file.ends_with(".part") && !file.ends_with(".part.json")
}

fn is_sha256(sum: &str) -> bool {
    sum.len() == 64 && sum.bytes().all(|digit| digit.is_ascii_hexdigit())
}

impl Item {
    /// What is at the file's place, by existence and size alone.
    pub fn state(&self) -> State {
        let found = match fs::metadata(&self.path) {
            Ok(found) if found.is_file() => found.len(),
            Ok(_) => return State::Unreadable { reason: "it is no file".into() },
            Err(error) if error.kind() == io::ErrorKind::NotFound => return State::Missing,
            Err(error) => return State::Unreadable { reason: error.to_string() },
        };
        match self.weight.bytes {
            Some(expected) if expected != found => State::WrongSize { expected, found },
            _ => State::There,
        }
    }

    /// What is at the file's place, by size and SHA-256. Reads the whole file and tells `read` of each piece in bytes:
    /// not for an async thread.
    pub fn verify(&self, read: &mut dyn FnMut(u64)) -> State {
        let state = self.state();
        let (State::There, Some(expected)) = (&state, self.sha256()) else { return state };
        let mut digest = Sha256::new();
        match File::open(&self.path).and_then(|mut file| hash(&mut file, &mut digest, read)) {
            Ok(_) => match hex(&digest.finalize()) {
                found if found == expected => State::There,
                found => State::WrongContent { expected, found },
            },
            Err(error) => State::Unreadable { reason: error.to_string() },
        }
    }

    /// The SHA-256 that the engine knows, in lower-case hexadecimal.
    pub fn sha256(&self) -> Option<String> {
        self.weight.sha256.as_ref().map(|sum| sum.to_ascii_lowercase())
    }
}

/// Hashes what is left of a file, tells `read` of each piece in bytes, and returns how many there were.
fn hash(file: &mut File, digest: &mut Sha256, read: &mut dyn FnMut(u64)) -> io::Result<u64> {
    let mut piece = vec![0; PIECE];
    let mut total = 0;
    loop {
        match file.read(&mut piece) {
            Ok(0) => return Ok(total),
            Ok(bytes) => {
                digest.update(&piece[..bytes]);
                total += bytes as u64;
                read(bytes as u64);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests;
