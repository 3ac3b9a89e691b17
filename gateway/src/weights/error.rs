//! What can go wrong with weights, each with what the operator can do about it.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use indicatif::BinaryBytes;
use reqwest::StatusCode;

use crate::weights::site::Site;

/// Why a file of weights could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The engine's description leads out of the folder.
    #[error(
        "the engine describes a file {file:?}, which is no path inside a folder of weights; ask for another build of it"
    )]
    Place {
        /// As described.
        file: String,
    },
    /// The engine describes two files with one name.
    #[error("the engine describes the file {file:?} twice; ask for another build of it")]
    Twice {
        /// As described.
        file: String,
    },
    /// The engine describes a SHA-256 that is none.
    #[error("{file}: {sha256:?} is no SHA-256, which has 64 hexadecimal digits; ask for another build of the engine")]
    Hash {
        /// As described.
        file: String,
        /// As described.
        sha256: String,
    },
    /// The engine's description names no source.
    #[error(
        "{file}: {source_text:?} is of neither form, owner/repository/path or github:owner/repository@revision/path; ask \
         for another build of the engine"
    )]
    Source {
        /// As described.
        file: String,
        /// As described.
        source_text: String,
    },
    /// The address of a site is none.
    #[error("{}: {address:?} is no address; set it to one like {}, or unset it", .site.variable(), .site.usual())]
    Endpoint {
        /// Whose address.
        site: Site,
        /// As it was named.
        address: String,
    },
    /// The token cannot be sent.
    #[error("the hub's token has characters that no token has; correct HF_TOKEN, or the file that holds it")]
    Token,
    /// No client can be made.
    #[error("no client can be made: {0}")]
    Client(String),
    /// The hub does not let the caller in.
    #[error(
        "{source_text}: the hub answered {status}; {}",
        if *had_token { format!("the token that was sent is not let in: accept the terms on {page} with its account") }
        else { format!("it is gated, private or not there: accept the terms on {page}, and set HF_TOKEN") }
    )]
    Closed {
        /// Where the file comes from.
        source_text: String,
        /// 401 or 403.
        status: StatusCode,
        /// Whether a token was sent.
        had_token: bool,
        /// The repository's page.
        page: String,
    },
    /// The site has no such file.
    #[error("{source_text}: there is no such file at {address}; look for a newer build of the engine")]
    NotFound {
        /// Where the file should come from.
        source_text: String,
        /// The address that was asked.
        address: String,
    },
    /// The site answers with something else.
    #[error("{source_text}: {reason}; try again later, or set {} to a mirror", .site.variable())]
    Answer {
        /// Who answers.
        site: Site,
        /// Where the file comes from.
        source_text: String,
        /// What it answered.
        reason: String,
    },
    /// Nobody answers, or not to the end.
    #[error(
        "{file}: given up after {attempts} attempts in a row that brought nothing: {reason}; look at the connection, \
         then pull again: what has arrived is kept"
    )]
    Broken {
        /// The file.
        file: String,
        /// How many attempts were made.
        attempts: u32,
        /// What became of the last one.
        reason: String,
    },
    /// The file has another size than it should.
    #[error(
        "{file}: it should have {expected} bytes and has {found}; the source may have changed: look for a newer build of the engine"
    )]
    WrongSize {
        /// The file.
        file: String,
        /// Bytes it should have.
        expected: u64,
        /// Bytes it has; those that came until it was clear, if it is too long.
        found: u64,
    },
    /// The file has another content than it should.
    #[error("{file}: its SHA-256 should be {expected} and is {found}; what came is removed: pull again")]
    WrongContent {
        /// The file.
        file: String,
        /// SHA-256 it should have.
        expected: String,
        /// SHA-256 it has.
        found: String,
    },
    /// The source has another content than the engine wants.
    #[error(
        "{file}: its SHA-256 should be {expected}, and the source now has {found}; look for a newer build of the engine"
    )]
    OtherContent {
        /// The file.
        file: String,
        /// SHA-256 that the engine describes.
        expected: String,
        /// SHA-256 that the source announces.
        found: String,
    },
    /// There is not enough disk.
    #[error(
        "{} needs {} and has {} free: {} are missing; make room, or configure another folder",
        .folder.display(), BinaryBytes(*.needed), BinaryBytes(*.free), BinaryBytes(.needed.saturating_sub(*.free))
    )]
    NoRoom {
        /// Where the files should go.
        folder: PathBuf,
        /// Bytes still to come.
        needed: u64,
        /// Bytes free.
        free: u64,
    },
    /// The disk became full on the way.
    #[error("{}: the disk is full; make room and pull again: what has arrived is kept", .0.display())]
    Full(PathBuf),
    /// Someone else fetches into the folder.
    #[error("another pull into {} is running; wait for its end", .0.display())]
    Busy(PathBuf),
    /// A file cannot be used.
    #[error("{}: {error}; look at the permissions of that place", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
}

impl ModelError {
    /// For errors of the system at a path.
    pub(crate) fn at(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |error| match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full(path.into()),
            _ => Self::Io { path: path.into(), error },
        }
    }
}

/// Everything that went wrong at once; never empty.
#[derive(Debug)]
pub struct Failures(Vec<ModelError>);

impl Failures {
    /// `None` where nothing went wrong.
    pub(crate) fn of(failures: Vec<ModelError>) -> Option<Self> {
        (!failures.is_empty()).then_some(Self(failures))
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &ModelError> {
        self.0.iter()
    }
}

impl From<ModelError> for Failures {
    fn from(failure: ModelError) -> Self {
        Self(vec![failure])
    }
}

impl fmt::Display for Failures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let [only] = self.0.as_slice() {
            return only.fmt(f);
        }
        write!(f, "{} files are in trouble", self.0.len())?;
        self.0.iter().try_for_each(|failure| write!(f, "\n  {failure}"))
    }
}

impl std::error::Error for Failures {}
