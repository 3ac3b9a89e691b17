//! A gateway as a child process: started on a free port, and stopped in any case.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;

use crate::command;

/// A gateway that runs until it is stopped or dropped.
pub(crate) struct Gateway {
    child: Child,
    url: String,
    log: PathBuf,
}

/// Whether somebody asked this program to end: it then still stops what it has started.
#[derive(Clone)]
pub(crate) struct Interruption(Arc<AtomicBool>);

const READY_WITHIN: Duration = Duration::from_secs(30);
const STOPPED_WITHIN: Duration = Duration::from_secs(20);
const GLANCE: Duration = Duration::from_millis(50);
/// How much of the gateway's log an error shows.
const LAST_LINES: usize = 20;

impl Gateway {
    /// Starts `program serve` in the folder `home`, where its settings and engines are, with its log in a file, and
    /// waits until it listens.
    pub(crate) fn start(program: &Path, home: &Path, data: &Path, log: &Path, stop: &Interruption) -> Result<Self> {
        let mut command = Command::new(program);
        command.args(["serve", "--listen", "127.0.0.1:0", "--data-dir"]).arg(data).current_dir(home);
        let errors = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()
            .with_context(|| format!("cannot start `{}`", command::shown(&command)))?;
        let address = announced(&mut child);
        let mut gateway = Self { child, url: String::new(), log: log.to_owned() };
        gateway.url = gateway.wait_until_ready(&address, stop)?;
        Ok(gateway)
    }

    /// Where it listens, such as `http://127.0.0.1:40123`.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Asks it to end, waits, and returns an error if it does not end well.
    pub(crate) fn stop(mut self) -> Result<()> {
        let status = self.end()?;
        if !status.success() {
            bail!("the gateway did not stop cleanly ({status})\n{}", self.last_words());
        }
        Ok(())
    }

    /// The end of its log, for an error.
    pub(crate) fn last_words(&self) -> String {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        let last = &lines[lines.len().saturating_sub(LAST_LINES)..];
        format!("The end of its log, {}:\n\n  {}", crate::tree::shown(&self.log), last.join("\n  "))
    }

    fn wait_until_ready(&mut self, address: &Receiver<String>, stop: &Interruption) -> Result<String> {
        let begun = Instant::now();
        while begun.elapsed() < READY_WITHIN {
            stop.check()?;
            match address.recv_timeout(GLANCE) {
                Ok(url) => return Ok(url),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => thread::sleep(GLANCE),
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("the gateway ended at once ({status})\n{}", self.last_words());
            }
        }
        bail!("the gateway is not ready after {} s\n{}", READY_WITHIN.as_secs(), self.last_words());
    }

    fn end(&mut self) -> Result<ExitStatus> {
        ended(&mut self.child, STOPPED_WITHIN).context("cannot stop the gateway")
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        // After stop() this finds the child gone; on the way out of an error there is nobody left to tell.
        let _ = self.end();
    }
}

impl Interruption {
    /// From here on Ctrl-C and the usual signals no longer end this program by themselves.
    pub(crate) fn watch() -> Result<Self> {
        let asked = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            // The second signal of a kind ends the program at once, should it hang.
            flag::register_conditional_shutdown(signal, 130, Arc::clone(&asked))?;
            flag::register(signal, Arc::clone(&asked))?;
        }
        Ok(Self(asked))
    }

    /// An error once somebody asked.
    pub(crate) fn check(&self) -> Result<()> {
        if self.0.load(Ordering::Relaxed) {
            bail!("interrupted; everything that was started has been stopped");
        }
        Ok(())
    }

    /// Runs a command that shows its own output, and ends it when somebody asks.
    pub(crate) fn run(&self, command: &mut Command) -> Result<()> {
        let mut child = command.spawn().with_context(|| format!("cannot start `{}`", command::shown(command)))?;
        loop {
            if let Some(status) = child.try_wait()? {
                self.check()?;
                if !status.success() {
                    bail!("`{}` failed ({status}); its own words stand above", command::shown(command));
                }
                return Ok(());
            }
            if let Err(interrupted) = self.check() {
                ended(&mut child, STOPPED_WITHIN)?;
                return Err(interrupted);
            }
            thread::sleep(GLANCE);
        }
    }
}

/// Ends a child with SIGTERM, or with SIGKILL if it does not listen.
fn ended(child: &mut Child, patience: Duration) -> Result<ExitStatus> {
    if let Some(status) = child.try_wait()? {
        return Ok(status);
    }
    kill_process(Pid::from_child(child), Signal::TERM)?;
    let begun = Instant::now();
    while begun.elapsed() < patience {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        thread::sleep(GLANCE);
    }
    child.kill()?;
    Ok(child.wait()?)
}

/// The address from the line that a gateway prints when it is ready.
fn announced(child: &mut Child) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    let lines = child.stdout.take().map(BufReader::new);
    thread::spawn(move || {
        // Read on to the end, or a gateway that prints more would find a broken pipe.
        for line in lines.into_iter().flat_map(BufRead::lines).map_while(Result::ok) {
            if let Some(url) = address(&line) {
                // Nobody listens any more once the first address is known.
                let _ = sender.send(url.to_owned());
            }
        }
    });
    receiver
}

fn address(line: &str) -> Option<&str> {
    let url = line.split_once("listening on ")?.1.split_whitespace().next()?;
    url.starts_with("http://").then_some(url)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::path::{Path, PathBuf};
    use std::process::Command;
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;
    use std::time::Duration;

    use super::{Gateway, Interruption, address, ended};

    #[test]
    fn the_address_is_read_from_the_announcement() {
        assert_eq!(address("listening on http://127.0.0.1:40123"), Some("http://127.0.0.1:40123"));
        assert_eq!(address("INFO listening on http://[::1]:8000 (open)"), Some("http://[::1]:8000"));
        assert_eq!(address("starting"), None);
    }

    #[test]
    fn a_gateway_is_started_and_stopped() {
        let folder = tempfile::tempdir().unwrap();
        let script = "trap 'exit 0' TERM; echo listening on http://127.0.0.1:1; while :; do sleep 0.02; done";
        let gateway = start(folder.path(), script, false).unwrap();
        assert_eq!(gateway.url(), "http://127.0.0.1:1");
        gateway.stop().unwrap();
    }

    #[test]
    fn a_gateway_that_ends_badly_is_explained_with_its_log() {
        let folder = tempfile::tempdir().unwrap();
        let error = start(folder.path(), "echo no room >&2; exit 7", false).err().unwrap().to_string();
        assert!(error.contains("exit status: 7") && error.contains("no room"), "{error}");

        let script =
            "trap 'echo torn >&2; exit 9' TERM; echo listening on http://127.0.0.1:1; while :; do sleep 0.02; done";
        let error = start(folder.path(), script, false).unwrap().stop().unwrap_err().to_string();
        assert!(error.contains("exit status: 9") && error.contains("torn"), "{error}");
    }

    #[test]
    fn an_interruption_ends_the_wait() {
        let folder = tempfile::tempdir().unwrap();
        let error = start(folder.path(), "exec sleep 60", true).err().unwrap().to_string();
        assert!(error.contains("interrupted"), "{error}");
    }

    #[test]
    fn a_child_that_does_not_listen_is_killed() {
        let mut child = Command::new("sh").args(["-c", "trap '' TERM; while :; do sleep 0.02; done"]).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(200));
        assert!(!ended(&mut child, Duration::from_millis(300)).unwrap().success());
    }

    fn start(folder: &Path, script: &str, interrupted: bool) -> anyhow::Result<Gateway> {
        let stop = Interruption(Arc::new(AtomicBool::new(interrupted)));
        Gateway::start(&program(folder, script), folder, folder, &folder.join("log"), &stop)
    }

    /// A stand-in for the gateway.
    fn program(folder: &Path, script: &str) -> PathBuf {
        let path = folder.join("gateway");
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        path
    }
}
