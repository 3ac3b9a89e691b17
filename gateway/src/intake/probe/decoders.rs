//! The gateway's side of the process that children are forked from: started for the first piece of work, and anew where it
//! is gone.

use std::env;
use std::ffi::OsString;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream as Blocking;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, Interest};
use tokio::net::UnixStream;
use tokio::process::{Child, Command};
use tokio::sync::Mutex;

use crate::intake::probe::arguments;
use crate::intake::probe::end::End;
use crate::intake::probe::handles;
use crate::worker::Worker;

/// The longest answer, the most of a process's complaints that is kept, and the longest word about its end, in bytes.
const ANSWER: u64 = 1 << 20;
const COMPLAINTS: u64 = 16 << 10;
const END: u64 = 256;

/// All that children are given of this process's environment: where FFmpeg, libheif and its decoders lie, if not where the
/// system has them.
const ENVIRONMENT: [&str; 2] = ["LD_LIBRARY_PATH", "LIBHEIF_PLUGIN_PATH"];

/// Has children do work, each of them one piece.
#[derive(Debug)]
pub struct Decoders {
    worker: Worker,
    /// The way to the process that they are forked from.
    forks: Mutex<Option<Arc<UnixStream>>>,
}

/// What a child has said, and how it ended.
pub(super) struct Said {
    pub(super) status: ExitStatus,
    pub(super) answer: Vec<u8>,
    pub(super) complaints: Vec<u8>,
}

impl Decoders {
    /// Starts nothing yet.
    pub fn new(worker: Worker) -> Self {
        Self { worker, forks: Mutex::default() }
    }

    /// What the children run.
    pub(in crate::intake) fn program(&self) -> &Path {
        self.worker.program()
    }

    /// Has a child do this, and hears it to its end. Dropped before that, it ends the child.
    ///
    /// # Errors
    /// There is no child, for want of something.
    pub(super) async fn converse(&self, work: &[OsString]) -> io::Result<Said> {
        let ((mut talk, talk_of_child), (complaints, its_complaints), (end, its_end)) = (pair()?, pair()?, pair()?);
        let of_child = [talk_of_child, its_complaints, its_end];
        self.hand_over(&of_child).await?;
        drop(of_child);
        // Where nobody reads this, its end is told below.
        let _ = talk.write_all(&arguments::written(work)).await;
        // Nothing else is ever said to it: it ends when the other end of its stdin is gone, and so with this process.
        let (answer, complaints, end) = tokio::join!(read(talk, ANSWER), read(complaints, COMPLAINTS), read(end, END));
        let status = match serde_json::from_slice(&end?) {
            Ok(End::Status(status)) => ExitStatus::from_raw(status),
            Ok(End::NotBegun(number)) => return Err(io::Error::from_raw_os_error(number)),
            // The process that tells it is gone, and has taken its children with it: somebody has killed it.
            Err(_) => ExitStatus::from_raw(SIGKILL),
        };
        Ok(Said { status, answer: answer?, complaints: complaints? })
    }

    /// Hands the ends of a new child to the process that forks it.
    async fn hand_over(&self, ends: &[OwnedFd; handles::TOGETHER]) -> io::Result<()> {
        let ends = ends.each_ref().map(AsFd::as_fd);
        let forks = self.forks().await?;
        let sent = forks.async_io(Interest::WRITABLE, || handles::send(&*forks, &ends)).await;
        match sent {
            Err(error) if matches!(error.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset) => {
                let forks = self.renewed(&forks).await?;
                forks.async_io(Interest::WRITABLE, || handles::send(&*forks, &ends)).await
            }
            sent => sent,
        }
    }

    /// The way to the process that forks.
    async fn forks(&self) -> io::Result<Arc<UnixStream>> {
        let mut forks = self.forks.lock().await;
        match &*forks {
            Some(forks) => Ok(Arc::clone(forks)),
            None => Ok(Arc::clone(forks.insert(Arc::new(self.start()?)))),
        }
    }

    /// The same, where the process at the end of `gone` is not there any more.
    async fn renewed(&self, gone: &Arc<UnixStream>) -> io::Result<Arc<UnixStream>> {
        {
            let mut forks = self.forks.lock().await;
            if forks.as_ref().is_some_and(|forks| Arc::ptr_eq(forks, gone)) {
                *forks = None;
            }
        }
        self.forks().await
    }

    /// Starts it, in a group of its own: what a terminal tells this process is not meant for what it has begun.
    fn start(&self) -> io::Result<UnixStream> {
        let (ours, theirs) = Blocking::pair()?;
        ours.set_nonblocking(true)?;
        let child = Command::new(self.worker.program())
            .arg0("avatar-worker")
            .arg("decoders")
            .env_clear()
            .envs(ENVIRONMENT.iter().filter_map(|name| Some((name, env::var_os(name)?))))
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()?;
        tokio::spawn(tell_end(child));
        UnixStream::from_std(ours)
    }
}

/// The signal that nobody can be deaf to.
pub(super) const SIGKILL: i32 = 9;

/// Waits for the end of the process that forks, and tells it unless it was meant to end.
async fn tell_end(mut child: Child) {
    let stderr = child.stderr.take();
    let complaints = match stderr {
        Some(stderr) => read(stderr, COMPLAINTS).await.unwrap_or_default(),
        None => Vec::new(),
    };
    match child.wait().await {
        Ok(status) if status.success() => {}
        Ok(status) => {
            let words = String::from_utf8_lossy(&complaints);
            tracing::warn!(%status, stderr = words.trim(), "the process that decoders are forked from has ended");
        }
        Err(error) => tracing::warn!(%error, "the process that decoders are forked from is lost"),
    }
}

/// A way to a child, and the child's end of it, which waits where this one does not.
fn pair() -> io::Result<(UnixStream, OwnedFd)> {
    let (ours, theirs) = Blocking::pair()?;
    ours.set_nonblocking(true)?;
    Ok((UnixStream::from_std(ours)?, theirs.into()))
}

/// Reads what comes, up to a limit. Who says more is not listened to any longer.
async fn read(from: impl AsyncRead + Unpin, most: u64) -> io::Result<Vec<u8>> {
    let mut said = Vec::new();
    match from.take(most).read_to_end(&mut said).await {
        // What was sent there had not been read when it ended.
        Err(error) if error.kind() == io::ErrorKind::ConnectionReset => Ok(said),
        read => read.map(|_| said),
    }
}
