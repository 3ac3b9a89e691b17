//! The parent's side of one host process: start it, talk with it, learn how it ended.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt;
use rustix::param::page_size;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::AsyncWriteExt;
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::process::{Child, Command};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::codec::{FramedRead, LinesCodec};
use tokio_util::task::AbortOnDropHandle;

use crate::domain::id::JobId;
use crate::host::connection::{Connection, Launcher};
use crate::host::exit::HostExit;
use crate::host::last_words::LastWords;
use crate::host::library::Library;
use crate::host::log_pipe::{LogContext, forward};
use crate::host::protocol::{FromHost, LINE_BYTES, ToHost};
use crate::host::running::{Running, RunningHosts};
use crate::worker::Worker;

/// How long a host that has hung up may take to exit before it is killed.
const EXIT_GRACE: Duration = Duration::from_secs(2);
/// How long the rest of what a host that is gone has printed is waited for, at least.
const LAST_WORDS_GRACE: Duration = Duration::from_millis(200);
/// How long a killed host is waited for. The system frees what it held on a card before it counts as gone; that takes
/// long only where a driver hangs.
const KILL_GRACE: Duration = Duration::from_secs(5);

/// Has threads of OpenMP, as libtorch has them, sleep while they wait for each other. By default they spin, and where the
/// encoder or another job wants the processor, they then take it from the very thread that they wait for.
const OPENMP_WAITING: (&str, &str) = ("OMP_WAIT_POLICY", "passive");

/// Starts hosts as children that run the worker.
#[derive(Debug, Clone)]
pub struct ChildProcesses {
    worker: Worker,
    /// Where engines make temporary files, if not where everybody does.
    temporary: Option<PathBuf>,
    running: RunningHosts,
}

impl ChildProcesses {
    /// Starts them with this program.
    pub fn new(worker: Worker) -> Self {
        Self { worker, temporary: None, running: RunningHosts::default() }
    }

    /// The same, with a folder of their own for the temporary files of engines.
    pub fn with_temporary_files_in(self, folder: &Path) -> Self {
        Self { temporary: Some(folder.to_owned()), ..self }
    }
}

impl Launcher for ChildProcesses {
    fn launch(&self, engine: &str, library: &Arc<Library>) -> io::Result<Box<dyn Connection>> {
        Ok(Box::new(HostProcess::spawn(self, engine, library)?))
    }

    fn running(&self) -> Vec<(String, u64)> {
        let hosts = self.running.all().into_iter();
        hosts.map(|(engine, process)| (engine, resident_memory(process).unwrap_or_default())).collect()
    }
}

/// A running host. Dropping it kills it together with everything it has started.
#[derive(Debug)]
struct HostProcess {
    child: Child,
    group: Option<Pid>,
    /// What the host is yet to be told. It may be slow to read, or stopped; nobody waits for that.
    outgoing: UnboundedSender<Vec<u8>>,
    _writer: AbortOnDropHandle<()>,
    reader: FramedRead<OwnedReadHalf, LinesCodec>,
    last_words: LastWords,
    log: LogContext,
    stderr: Option<JoinHandle<()>>,
    /// The copy that it loads is there as long as it is.
    library: Arc<Library>,
    /// When it was noticed that the host says no more.
    silent_since: Option<Instant>,
    _running: Running,
}

impl HostProcess {
    /// The conversation runs over a socket pair whose other end is the child's stdin: no name in the file system,
    /// nobody else can join, and the child sees the end of file the moment this process is gone.
    fn spawn(launcher: &ChildProcesses, engine: &str, library: &Arc<Library>) -> io::Result<Self> {
        let (ours, theirs) = std::os::unix::net::UnixStream::pair()?;
        ours.set_nonblocking(true)?;
        let (variable, sleep) = OPENMP_WAITING;
        let waiting = env::var_os(variable).unwrap_or_else(|| sleep.into());
        let mut command = Command::new(launcher.worker.program());
        for (name, _) in env::vars_os().filter(|(name, _)| is_the_gateways(name)) {
            command.env_remove(name);
        }
        let mut child = command
            .env(variable, waiting)
            .envs(launcher.temporary.iter().map(|folder| ("TMPDIR", folder)))
            .arg0("avatar-worker")
            .arg("engine-host")
            .arg(library.installed())
            .args(library.copy())
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()?;
        let group = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        let (reader, writer) = UnixStream::from_std(ours)?.into_split();
        let last_words = LastWords::default();
        let log = LogContext::new(engine, child.id());
        let running = launcher.running.note(engine, log.process());
        if let Some(stdout) = child.stdout.take() {
            tokio::spawn(forward(stdout, "stdout", log.clone(), None));
        }
        let stderr = child
            .stderr
            .take()
            .map(|pipe| tokio::spawn(forward(pipe, "stderr", log.clone(), Some(last_words.clone()))));
        let reader = FramedRead::new(reader, LinesCodec::new_with_max_length(LINE_BYTES));
        let (outgoing, messages) = unbounded_channel();
        let writer = AbortOnDropHandle::new(tokio::spawn(write(writer, messages, log.clone())));
        Ok(Self {
            child,
            group,
            outgoing,
            _writer: writer,
            reader,
            last_words,
            log,
            stderr,
            library: Arc::clone(library),
            silent_since: None,
            _running: running,
        })
    }

    fn kill_group(&self) {
        if let Some(group) = self.group {
            // An error means that nobody is left to kill.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }

    /// Learns how a host that has hung up ended. Goes on where it was when it is dropped and called again.
    async fn wait_exit(&mut self) -> HostExit {
        let limit = *self.silent_since.get_or_insert_with(Instant::now) + EXIT_GRACE;
        let status = match timeout_at(limit, self.child.wait()).await {
            Ok(status) => status.ok(),
            Err(_) => {
                self.kill_group();
                None
            }
        };
        // Something that the engine has started may hold the pipe open.
        if let Some(stderr) = &mut self.stderr
            && timeout_at(limit.max(Instant::now() + LAST_WORDS_GRACE), stderr).await.is_ok()
        {
            self.stderr = None;
        }
        HostExit { status, last_words: self.last_words.lines() }
    }
}

#[async_trait]
impl Connection for HostProcess {
    fn library(&self) -> &Arc<Library> {
        &self.library
    }

    fn process(&self) -> u32 {
        self.log.process()
    }

    fn begin_job(&mut self, job: Option<JobId>) {
        self.last_words.clear();
        self.log.begin_job(job);
    }

    async fn send(&mut self, message: &ToHost) {
        let mut line = serde_json::to_vec(message).expect("messages are plain data");
        line.push(b'\n');
        let _ = self.outgoing.send(line); // a host that is gone is noticed when it is listened to
    }

    async fn receive(&mut self) -> Result<FromHost, HostExit> {
        match self.reader.next().await {
            Some(Ok(line)) => match serde_json::from_str(&line) {
                Ok(message) => Ok(message),
                Err(error) => {
                    tracing::warn!(engine.id = self.log.engine(), %error, "the host speaks nonsense");
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
        if timeout(KILL_GRACE, self.child.wait()).await.is_err() {
            tracing::warn!(engine.id = self.log.engine(), pid = self.log.process(), "a killed host is still there");
        }
    }

    async fn shut_down(mut self: Box<Self>) {
        self.send(&ToHost::Shutdown).await;
        if timeout(EXIT_GRACE, self.child.wait()).await.is_err() {
            self.kill().await;
        }
    }
}

impl Drop for HostProcess {
    fn drop(&mut self) {
        self.kill_group();
    }
}

/// Tells a host one message after the other, until it is gone or there will be no more.
async fn write(mut host: OwnedWriteHalf, mut messages: UnboundedReceiver<Vec<u8>>, log: LogContext) {
    while let Some(line) = messages.recv().await {
        if let Err(error) = host.write_all(&line).await {
            tracing::debug!(engine.id = log.engine(), %error, "the host does not listen");
            return;
        }
    }
}

/// Whether a variable is none of an engine's business: settings, secrets among them, and what opens model hubs.
fn is_the_gateways(variable: &OsStr) -> bool {
    let name = variable.to_string_lossy();
    name.starts_with("AVATAR_GATEWAY__") || matches!(&*name, "HF_TOKEN" | "HUGGING_FACE_HUB_TOKEN")
}

/// The bytes of memory that a process holds, where the system tells.
pub(crate) fn resident_memory(process: u32) -> Option<u64> {
    let pages = fs::read_to_string(format!("/proc/{process}/statm")).ok()?;
    let resident: u64 = pages.split_ascii_whitespace().nth(1)?.parse().ok()?;
    Some(resident * page_size() as u64)
}

#[cfg(test)]
mod tests {
    use rustix::process::test_kill_process;

    use super::*;

    /// A program that reads what it is told and never exits, as an engine does that hangs.
    fn deaf(running: &RunningHosts) -> (Box<HostProcess>, Pid) {
        let launcher = ChildProcesses { running: running.clone(), ..ChildProcesses::new(Worker::standing_in("cat")) };
        let host = HostProcess::spawn(&launcher, "deaf", &Arc::new(Library::in_place(Path::new("-")))).unwrap();
        let id = host.group.unwrap();
        (Box::new(host), id)
    }

    #[test]
    fn engines_are_not_shown_the_gateways_secrets() {
        for secret in ["AVATAR_GATEWAY__WEBHOOKS__SECRET", "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"] {
            assert!(is_the_gateways(OsStr::new(secret)), "{secret}");
        }
        for needed in ["PATH", "ORT_DYLIB_PATH", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES"] {
            assert!(!is_the_gateways(OsStr::new(needed)), "{needed}");
        }
    }

    #[tokio::test]
    async fn a_host_is_gone_once_it_is_killed_or_shut_down() {
        let running = RunningHosts::default();
        let ((killed, first), (stopped, second)) = (deaf(&running), deaf(&running));
        let ids: Vec<u32> = running.all().into_iter().map(|(_, process)| process).collect();
        assert_eq!(ids.len(), 2);
        assert!([first, second].iter().all(|id| ids.contains(&id.as_raw_nonzero().get().cast_unsigned())));
        assert!(test_kill_process(first).is_ok() && test_kill_process(second).is_ok());
        killed.kill().await;
        assert!(test_kill_process(first).is_err());
        stopped.shut_down().await;
        assert!(test_kill_process(second).is_err());
        assert!(running.all().is_empty());
    }
}
