//! The parent's side of a child that does one piece of work and dies.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::ExitStatus;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tempfile::TempDir;

use crate::domain::code::Code;
use crate::intake::error::UploadError;
use crate::intake::probe::answer::{Answer, refusal};
use crate::intake::probe::decoders::{Decoders, SIGKILL, Said};
use crate::intake::probe::fence::Bounds;
use crate::process::capacity;

/// One piece of work.
pub(super) struct Work<'a> {
    /// The subcommand of `probe`.
    pub(super) name: &'static str,
    /// The files that it reads, in this order.
    pub(super) reads: &'a [&'a Path],
    /// The file that it writes, if it writes one.
    pub(super) writes: Option<&'a Path>,
    /// What else it is told.
    pub(super) options: &'a [(&'static str, OsString)],
    /// What it may take; none where it opens no file.
    pub(super) bounds: Option<Bounds>,
    /// How long it may take.
    pub(super) patience: Duration,
    /// Whose fault it is if it dies.
    pub(super) blame: Blame,
}

/// Who is told when a child dies or takes too long.
#[derive(Debug, Clone, Copy)]
pub(super) enum Blame {
    /// The sender of the file, with this code.
    File(Code),
    /// The gateway: the files are its own.
    Gateway,
}

impl Blame {
    fn late(self) -> UploadError {
        match self {
            Self::File(code) => refusal(Some(code), None, "the file could not be decoded in time".into()),
            Self::Gateway => UploadError::Io(io::Error::other("a process of the gateway took too long")),
        }
    }

    fn died(self, status: ExitStatus) -> UploadError {
        match self {
            // No limit of its own ends it like this: somebody has, most likely the system because memory ran out.
            _ if status.signal() == Some(SIGKILL) => UploadError::Io(io::ErrorKind::OutOfMemory.into()),
            Self::File(code) => refusal(Some(code), None, death(status).into()),
            Self::Gateway => UploadError::Io(io::Error::other("a process of the gateway died over its work")),
        }
    }
}

/// What a file did to the process that decoded it.
fn death(status: ExitStatus) -> &'static str {
    const SIGABRT: i32 = 6;
    const SIGXCPU: i32 = 24;
    const SIGXFSZ: i32 = 25;
    match status.signal() {
        // Rust's answer to memory that it is not given is to abort.
        Some(SIGABRT) => "the decoder gave up on this file: it is damaged, or wants more memory than it may have",
        Some(SIGXCPU) => "the file could not be decoded in time",
        Some(SIGXFSZ) => "the file turns into more bytes than it may",
        _ => "the decoder crashed over this file",
    }
}

/// A value on a command line.
pub(super) fn text(value: &impl Serialize) -> OsString {
    serde_json::to_string(value).expect("options are plain data").into()
}

/// Has a child do one piece of work and reads its answer. Where this process lacks something as well, no file is to blame
/// for a child that could not do its work: it tells in words alone, or not at all, that it got no thread.
///
/// # Errors
/// The file cannot be used, or the gateway could not do its part.
pub(super) async fn ask<T: DeserializeOwned>(decoders: &Decoders, work: &Work<'_>) -> Result<T, UploadError> {
    match attempt(decoders, work).await {
        Err(UploadError::Fault { code, message, remedy }) => Err(match capacity::lack() {
            Some(error) => UploadError::Io(error),
            None => UploadError::Fault { code, message, remedy },
        }),
        done => done,
    }
}

async fn attempt<T: DeserializeOwned>(decoders: &Decoders, work: &Work<'_>) -> Result<T, UploadError> {
    let folder = work.writes.map(own_folder).transpose()?;
    let made = folder.as_ref().map(|folder| folder.path().join("made"));
    let words = words(work, made.as_deref());
    let Ok(said) = tokio::time::timeout(work.patience, decoders.converse(&words)).await else {
        return Err(work.blame.late());
    };
    let Said { status, answer, complaints } = said?;
    match serde_json::from_slice(&answer) {
        Ok(Answer::Found(report)) if status.success() => {
            if let (Some(made), Some(target)) = (&made, work.writes)
                && made.exists()
            {
                tokio::fs::rename(made, target).await?;
            }
            Ok(report)
        }
        Ok(Answer::Refused { code, errno, message }) => match (errno, work.blame) {
            // What it was not given, it was not meant to have.
            (Some(errno), Blame::File(_)) if errno == rustix::io::Errno::NOMEM.raw_os_error() => {
                Err(work.blame.died(ExitStatus::from_raw(6)))
            }
            _ => Err(refusal(code, errno, message)),
        },
        Ok(Answer::Found(_)) | Err(_) => {
            let words = String::from_utf8_lossy(&complaints);
            tracing::warn!(%status, stderr = words.trim(), work = work.name, "a child died over a file");
            Err(work.blame.died(status))
        }
    }
}

/// A folder in which a child may make files: beside the file that is wanted, so that a name is all that changes, and with
/// a name by which a sweep knows whose it is.
fn own_folder(target: &Path) -> io::Result<TempDir> {
    let (parent, name) = (target.parent().unwrap_or(Path::new(".")), target.file_name().unwrap_or_default());
    tempfile::Builder::new().prefix(name).suffix(".part").rand_bytes(0).tempdir_in(parent)
}

/// What a child is told.
fn words(work: &Work<'_>, made: Option<&Path>) -> Vec<OsString> {
    let mut words = vec![OsString::from(work.name)];
    words.extend(work.reads.iter().map(OsString::from));
    words.extend(made.into_iter().flat_map(|made| [OsStr::new("--output"), made.as_ref()]).map(OsString::from));
    words.extend(work.bounds.iter().flat_map(Bounds::arguments));
    words.extend(work.options.iter().flat_map(|(name, value)| [OsString::from(name), value.clone()]));
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::shortage::Shortage;

    #[test]
    fn the_sender_hears_what_the_file_did() {
        for (signal, words) in [(6, "memory"), (24, "in time"), (25, "more bytes"), (11, "crashed")] {
            let UploadError::Fault { code, message, .. } =
                Blame::File(Code::AudioUndecodable).died(ExitStatus::from_raw(signal))
            else {
                panic!("it is the file's fault");
            };
            assert!(code == Code::AudioUndecodable && message.contains(words), "{message}");
        }
        assert!(matches!(Blame::Gateway.died(ExitStatus::from_raw(6)), UploadError::Io(_)));
        let killed = Blame::File(Code::AudioUndecodable).died(ExitStatus::from_raw(9));
        assert!(matches!(killed, UploadError::Io(error) if Shortage::of_io(&error) == Some(Shortage::Memory)));
    }

    #[test]
    fn what_the_system_lacks_is_told_by_its_own_error() {
        let full = Answer::<()>::failed(&io::Error::from(io::ErrorKind::StorageFull));
        assert!(full.line().contains("\"errno\":null"));
        let full = io::Error::from_raw_os_error(rustix::io::Errno::NOSPC.raw_os_error());
        let Ok(Answer::Refused { code, errno, message }) =
            serde_json::from_str::<Answer<()>>(&Answer::<()>::failed(&full).line())
        else {
            panic!("an answer reads back");
        };
        let UploadError::Io(told) = refusal(code, errno, message) else { panic!("the file is not at fault") };
        assert_eq!(told.kind(), io::ErrorKind::StorageFull);
    }
}
