//! The parent's side of a child that does one piece of work and dies.

use std::env;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;

use crate::domain::code::Code;
use crate::intake::error::UploadError;
use crate::intake::probe::answer::{Answer, refusal};
use crate::intake::probe::fence::Bounds;
use crate::process::capacity;

/// The longest answer, and the most of its complaints that is kept, in bytes.
const ANSWER: u64 = 1 << 20;
const COMPLAINTS: u64 = 16 << 10;

/// All that a child is given of this process's environment: where FFmpeg, libheif and its decoders lie, if not where the
/// system has them.
const ENVIRONMENT: [&str; 2] = ["LD_LIBRARY_PATH", "LIBHEIF_PLUGIN_PATH"];

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
    /// What it may take.
    pub(super) bounds: Bounds,
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
            Self::Gateway => UploadError::Io(io::Error::other("the video could not be written in time")),
        }
    }

    fn died(self, status: ExitStatus) -> UploadError {
        match self {
            // No limit of its own ends it like this: somebody has, most likely the system because memory ran out.
            _ if status.signal() == Some(SIGKILL) => UploadError::Io(io::ErrorKind::OutOfMemory.into()),
            Self::File(code) => refusal(Some(code), None, death(status).into()),
            Self::Gateway => UploadError::Io(io::Error::other("the process that should write the video died")),
        }
    }
}

const SIGKILL: i32 = 9;

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

/// Starts a child for one piece of work and reads its answer. Where this process lacks something as well, no file is to blame
/// for a child that could not do its work: it tells in words alone, or not at all, that it got no thread.
///
/// # Errors
/// The file cannot be used, or the gateway could not do its part.
pub(super) async fn ask<T: DeserializeOwned>(program: &Path, work: &Work<'_>) -> Result<T, UploadError> {
    match attempt(program, work).await {
        Err(UploadError::Fault { code, message, remedy }) => Err(match capacity::lack() {
            Some(error) => UploadError::Io(error),
            None => UploadError::Fault { code, message, remedy },
        }),
        done => done,
    }
}

async fn attempt<T: DeserializeOwned>(program: &Path, work: &Work<'_>) -> Result<T, UploadError> {
    let folder = work.writes.map(own_folder).transpose()?;
    let made = folder.as_ref().map(|folder| folder.path().join("made"));
    let said = converse(program, work, made.as_deref());
    let Ok(said) = tokio::time::timeout(work.patience, said).await else {
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

/// What a child has said, and how it ended.
struct Said {
    status: ExitStatus,
    answer: Vec<u8>,
    complaints: Vec<u8>,
}

async fn converse(program: &Path, work: &Work<'_>, made: Option<&Path>) -> io::Result<Said> {
    let mut command = Command::new(program);
    command.args(["probe", work.name]).args(work.reads);
    if let Some(made) = made {
        command.args([OsStr::new("--output"), made.as_ref()]);
    }
    command.args(work.bounds.arguments()).args(work.options.iter().flat_map(|(name, value)| [name.as_ref(), &**value]));
    command.env_clear().envs(ENVIRONMENT.iter().filter_map(|name| Some((name, env::var_os(name)?))));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn()?;
    // Nothing is ever said to it: it ends when the other end of this pipe is gone, and so with this process.
    let _alive = child.stdin.take();
    let (answer, complaints) = tokio::join!(read(child.stdout.take(), ANSWER), read(child.stderr.take(), COMPLAINTS));
    Ok(Said { status: child.wait().await?, answer: answer?, complaints: complaints? })
}

/// Reads what comes through a pipe, up to a limit. Who says more is not listened to any longer.
async fn read(pipe: Option<impl AsyncRead + Unpin>, most: u64) -> io::Result<Vec<u8>> {
    let mut said = Vec::new();
    if let Some(pipe) = pipe {
        pipe.take(most).read_to_end(&mut said).await?;
    }
    Ok(said)
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
