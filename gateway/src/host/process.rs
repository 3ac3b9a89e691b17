//! The parent's side of one host process: start it, talk with it, learn how it ended.

use std::env;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;
use tokio_util::codec::{FramedRead, LinesCodec};

use crate::domain::id::JobId;
use crate::host::connection::{Connection, Launcher};
use crate::host::exit::{HostExit, StderrTail};
use crate::host::protocol::{FromHost, LINE_BYTES, ToHost};

/// The longest line of a host's output that is logged whole, in bytes.
const LOG_LINE_BYTES: usize = 8 << 10;
/// How long a host that has hung up may take to exit before it is killed.
const EXIT_GRACE: Duration = Duration::from_secs(2);
/// How long a killed host is waited for. The system frees what it held on a card before it counts as gone; that takes
/// long only where a driver hangs.
const KILL_GRACE: Duration = Duration::from_secs(5);

/// Has threads of OpenMP, as libtorch has them, sleep while they wait for each other. By default they spin, and where the
/// encoder or another job wants the processor, they then take it from the very thread that they wait for.
const OPENMP_WAITING: (&str, &str) = ("OMP_WAIT_POLICY", "passive");

/// Starts hosts as children that run this very binary.
#[derive(Debug, Clone)]
pub struct ChildProcesses {
    program: PathBuf,
}

impl ChildProcesses {
    /// Finds this process's own binary.
    ///
    /// # Errors
    /// The system does not say where it is.
    pub fn new() -> io::Result<Self> {
        Ok(Self { program: own_program()? })
    }
}

impl Launcher for ChildProcesses {
    fn launch(&self, engine: &str, library: &Path) -> io::Result<Box<dyn Connection>> {
        Ok(Box::new(HostProcess::spawn(&self.program, engine, library)?))
    }
}

/// A running host. Dropping it kills it together with everything it has started.
#[derive(Debug)]
struct HostProcess {
    child: Child,
    group: Option<Pid>,
    writer: OwnedWriteHalf,
    reader: FramedRead<OwnedReadHalf, LinesCodec>,
    last_words: StderrTail,
    log: LogContext,
    stderr: Option<JoinHandle<()>>,
}

impl HostProcess {
    /// The conversation runs over a socket pair whose other end is the child's stdin: no name in the file system,
    /// nobody else can join, and the child sees the end of file the moment this process is gone.
    fn spawn(program: &Path, engine: &str, library: &Path) -> io::Result<Self> {
        let (ours, theirs) = std::os::unix::net::UnixStream::pair()?;
        ours.set_nonblocking(true)?;
        let (variable, sleep) = OPENMP_WAITING;
        let waiting = env::var_os(variable).unwrap_or_else(|| sleep.into());
        let mut child = Command::new(program)
            .env(variable, waiting)
            .arg0("avatar-gateway")
            .arg("engine-host")
            .arg(library)
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()?;
        let group = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        let (reader, writer) = UnixStream::from_std(ours)?.into_split();
        let last_words = StderrTail::default();
        let log = LogContext::new(engine, child.id());
        if let Some(stdout) = child.stdout.take() {
            tokio::spawn(forward(stdout, "stdout", log.clone(), None));
        }
        let stderr = child
            .stderr
            .take()
            .map(|pipe| tokio::spawn(forward(pipe, "stderr", log.clone(), Some(last_words.clone()))));
        let reader = FramedRead::new(reader, LinesCodec::new_with_max_length(LINE_BYTES));
        Ok(Self { child, group, writer, reader, last_words, log, stderr })
    }

    fn kill_group(&self) {
        if let Some(group) = self.group {
            // An error means that nobody is left to kill.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }

    /// Learns how a host that has hung up ended.
    async fn wait_exit(&mut self) -> HostExit {
        let status = match tokio::time::timeout(EXIT_GRACE, self.child.wait()).await {
            Ok(status) => status.ok(),
            Err(_) => {
                self.kill_group();
                None
            }
        };
        if let Some(stderr) = &mut self.stderr
            && tokio::time::timeout(EXIT_GRACE, stderr).await.is_ok()
        {
            self.stderr = None;
        }
        HostExit { status, last_words: self.last_words.lines() }
    }
}

#[async_trait]
impl Connection for HostProcess {
    fn begin_job(&mut self, job: Option<JobId>) {
        self.last_words.clear();
        *self.log.job.lock().unwrap_or_else(PoisonError::into_inner) = job;
    }

    async fn send(&mut self, message: &ToHost) {
        let mut line = serde_json::to_vec(message).expect("messages are plain data");
        line.push(b'\n');
        if let Err(error) = self.writer.write_all(&line).await {
            tracing::debug!(engine.id = &*self.log.engine, %error, "the host does not listen");
        }
    }

    async fn receive(&mut self) -> Result<FromHost, HostExit> {
        match self.reader.next().await {
            Some(Ok(line)) => match serde_json::from_str(&line) {
                Ok(message) => Ok(message),
                Err(error) => {
                    tracing::warn!(engine.id = &*self.log.engine, %error, "the host speaks nonsense");
                    self.kill_group();
                    Err(HostExit { status: None, last_words: self.last_words.lines() })
                }
            },
            Some(Err(_)) | None => Err(self.wait_exit().await),
        }
    }

    fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    async fn kill(mut self: Box<Self>) {
        self.kill_group();
        if tokio::time::timeout(KILL_GRACE, self.child.wait()).await.is_err() {
            tracing::warn!(engine.id = &*self.log.engine, pid = self.log.process, "a killed host is still there");
        }
    }

    async fn shut_down(mut self: Box<Self>) {
        self.send(&ToHost::Shutdown).await;
        if tokio::time::timeout(EXIT_GRACE, self.child.wait()).await.is_err() {
            self.kill().await;
        }
    }
}

impl Drop for HostProcess {
    fn drop(&mut self) {
        self.kill_group();
    }
}

/// What a host's log lines are marked with.
#[derive(Debug, Clone)]
struct LogContext {
    engine: Arc<str>,
    process: u32,
    job: Arc<Mutex<Option<JobId>>>,
}

impl LogContext {
    fn new(engine: &str, process: Option<u32>) -> Self {
        Self { engine: engine.into(), process: process.unwrap_or_default(), job: Arc::default() }
    }
}

/// Turns what a host prints into log lines.
async fn forward(pipe: impl AsyncRead + Unpin, stream: &'static str, log: LogContext, last_words: Option<StderrTail>) {
    let mut lines = FramedRead::new(pipe, LinesCodec::new_with_max_length(LOG_LINE_BYTES));
    // The codec skips the rest of a line that is too long and goes on, so an error is no end.
    while let Some(line) = lines.next().await {
        let Ok(line) = line else { continue };
        if let Some(words) = &last_words {
            words.push(&line);
        }
        let job = *log.job.lock().unwrap_or_else(PoisonError::into_inner);
        let job = job.map(tracing::field::display);
        tracing::info!(engine.id = &*log.engine, job.id = job, pid = log.process, stream, "{line}");
    }
}

/// Where this process's own binary lies, for starting children of it.
///
/// # Errors
/// The system does not say.
pub fn own_program() -> io::Result<PathBuf> {
    // After an upgrade in place, /proc/self/exe still opens the binary that is running.
    let link = Path::new("/proc/self/exe");
    if link.exists() { Ok(link.into()) } else { std::env::current_exe() }
}

#[cfg(test)]
mod tests {
    use rustix::process::test_kill_process;

    use super::*;

    /// A program that reads what it is told and never exits, as an engine does that hangs.
    fn deaf() -> (Box<HostProcess>, Pid) {
        let host = HostProcess::spawn(Path::new("cat"), "deaf", Path::new("-")).unwrap();
        let id = host.group.unwrap();
        (Box::new(host), id)
    }

    #[tokio::test]
    async fn a_host_is_gone_once_it_is_killed_or_shut_down() {
        let ((killed, first), (stopped, second)) = (deaf(), deaf());
        assert!(test_kill_process(first).is_ok() && test_kill_process(second).is_ok());
        killed.kill().await;
        assert!(test_kill_process(first).is_err());
        stopped.shut_down().await;
        assert!(test_kill_process(second).is_err());
    }
}
