//! The child's end of the conversation: a thread that reads requests, and progress that does not flood the parent.

use std::cell::RefCell;
use std::io::{self, BufRead, BufReader, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use anyhow::Context;
use engine_api::Phase;
use rustix::process::{Signal, getpgrp, kill_process_group};

use crate::domain::progress::Progress;
use crate::host::protocol::{FromHost, ToHost};

/// Progress of one stage is sent at most this often.
const INTERVAL: Duration = Duration::from_millis(40);

/// The way to the parent.
pub(crate) struct HostSocket {
    socket: UnixStream,
    canceled: Arc<AtomicBool>,
    /// What was reported last, and when.
    last: RefCell<Option<(Option<Phase>, String, Instant)>>,
}

impl HostSocket {
    /// Takes the socket from stdin and listens on it.
    pub(crate) fn open() -> anyhow::Result<(Self, Receiver<ToHost>)> {
        let socket = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
        socket
            .peer_addr()
            .context("`engine-host` is started by the gateway and talks with it over a socket on stdin")?;
        // Nothing that the plugin links may read from the conversation.
        rustix::stdio::dup2_stdin(std::fs::File::open("/dev/null")?)?;
        let canceled = Arc::new(AtomicBool::new(false));
        let requests = listen(socket.try_clone()?, Arc::clone(&canceled));
        Ok((Self { socket, canceled, last: RefCell::default() }, requests))
    }

    /// Sends a message. A parent that is gone has already ended this process through the listening thread.
    pub(crate) fn send(&self, message: &FromHost) {
        let mut line = serde_json::to_vec(message).expect("messages are plain data");
        line.push(b'\n');
        let _ = (&self.socket).write_all(&line);
    }

    /// Whether the running job shall end.
    pub(crate) fn is_canceled(&self) -> bool {
        self.canceled.load(Ordering::Relaxed)
    }

    /// Reports progress: at once when phase or stage are new or complete, otherwise now and then.
    pub(crate) fn report(&self, progress: Progress) {
        let mut last = self.last.borrow_mut();
        let recent = last.as_ref().is_some_and(|(phase, stage, sent)| {
            *phase == progress.phase && *stage == progress.stage && sent.elapsed() < INTERVAL
        });
        if !recent || (progress.done == progress.total && progress.total > 0) {
            *last = Some((progress.phase, progress.stage.clone(), Instant::now()));
            self.send(&FromHost::Progress(progress));
        }
    }
}

/// Reads requests on a thread of its own, so that a cancel or the parent's end is noticed while the engine works.
fn listen(socket: UnixStream, canceled: Arc<AtomicBool>) -> Receiver<ToHost> {
    let (sender, requests) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(socket).lines() {
            let Ok(line) = line else { break };
            let Ok(request) = serde_json::from_str(&line) else { break };
            match &request {
                ToHost::Cancel => canceled.store(true, Ordering::Relaxed),
                // Here and not where the job starts, so that a cancel right behind it is not overwritten.
                ToHost::Render(_) => canceled.store(false, Ordering::Relaxed),
                _ => {}
            }
            let last = request == ToHost::Shutdown;
            if sender.send(request).is_err() || last {
                return;
            }
        }
        // The gateway is gone, whatever the engine is doing: end at once, with everything that it has started.
        let _ = kill_process_group(getpgrp(), Signal::KILL);
    });
    requests
}
