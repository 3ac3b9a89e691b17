//! A running gateway process: started from the real binary, and killed when its test ends.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, PipeReader};
use std::ops::Deref;
use std::path::PathBuf;
use std::process::{Child, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::build;
use crate::client::Api;
use crate::launch::Launch;
use crate::processes::{processes, status};
use crate::site::Site;
use crate::wait::eventually;

/// How long a gateway may take until it listens.
const LISTENS: Duration = Duration::from_secs(60);

/// A gateway's process. Dropped in a failing test, it shows its log.
#[derive(Debug)]
pub struct Gateway {
    process: Child,
    log: PathBuf,
    api: Api,
    facades: BTreeMap<String, Api>,
    /// The end of its log's pipe that nobody reads.
    _unread: Option<PipeReader>,
}

impl Site {
    /// Starts a gateway here and waits until it listens.
    pub fn start(&self) -> Gateway {
        self.start_as(&Launch::default())
    }

    /// Starts a gateway here in other circumstances than a plain start, and waits until it listens.
    pub fn start_as(&self, launch: &Launch) -> Gateway {
        Gateway::start(self, launch)
    }
}

impl Gateway {
    fn start(site: &Site, launch: &Launch) -> Self {
        let (errors, unread) = launch.errors(site);
        let mut process = launch
            .command(&build::gateway())
            .args(["serve", "--listen", "127.0.0.1:0"])
            .arg("--config")
            .arg(site.config())
            .arg("--data-dir")
            .arg(site.data())
            .arg("--engines-dir")
            .arg(site.engines())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()
            .expect("the gateway was built");
        let lines = BufReader::new(process.stdout.take().expect("stdout is piped")).lines();
        let (told, announced) = mpsc::channel();
        // It reads on to the end, or else the gateway's next line on stdout would fail.
        thread::spawn(move || lines.map_while(Result::ok).for_each(|line| drop(told.send(line))));
        let (start, mut facades) = (Instant::now(), BTreeMap::new());
        let url = loop {
            let Ok(line) = announced.recv_timeout(LISTENS.saturating_sub(start.elapsed())) else {
                let _ = process.kill();
                let status = process.wait();
                let log = fs::read_to_string(site.log()).unwrap_or_default();
                panic!("the gateway does not listen, and ended with {status:?} after {:.1?}:\n{log}", start.elapsed());
            };
            if let Some((facade, url)) = line.split_once(" listening on ") {
                facades.insert(facade.to_owned(), Api::at(url.to_owned()));
            } else if let Some(url) = line.strip_prefix("listening on ") {
                break url.to_owned();
            }
        };
        Self { process, log: site.log(), api: Api::at(url), facades, _unread: unread }
    }

    /// The address of a facade alone.
    ///
    /// # Panics
    /// It has none.
    pub fn facade(&self, name: &str) -> &Api {
        self.facades.get(name).unwrap_or_else(|| panic!("{name} has no address of its own"))
    }

    /// The id of its process.
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// The process that those which decode are forked from, if there is one at this moment.
    pub fn forks(&self) -> Option<u32> {
        decoders_below(self.pid()).pop()
    }

    /// The processes that decode for it at this moment.
    pub fn children(&self) -> Vec<u32> {
        self.forks().map(decoders_below).unwrap_or_default()
    }

    /// Kills it as a power cut would, and waits until it is gone.
    pub fn kill(mut self) {
        self.process.kill().expect("the process was running");
        self.process.wait().expect("it was started here");
    }

    /// How it has ended, if it has.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.process.try_wait().expect("it was started here")
    }

    /// Asks it to stop, as a service manager would, and waits for its end.
    pub fn stop(self) -> ExitStatus {
        self.terminate();
        self.stop_without_signal(Duration::from_secs(120))
    }

    /// Waits for the end of a gateway that has been asked to stop.
    pub fn stop_without_signal(mut self, limit: Duration) -> ExitStatus {
        eventually("the gateway stops", limit, || self.ended())
    }

    /// Sends the signal that asks it to stop.
    pub fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    /// Sends the signal that asks it to read its settings again.
    pub fn hang_up(&self) {
        self.signal(Signal::HUP);
    }

    /// Stops it where it is, as a debugger or a machine that sleeps does.
    pub fn stand_still(&self) {
        self.signal(Signal::STOP);
    }

    /// Lets it go on after that.
    pub fn go_on(&self) {
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.process.id().cast_signed()).expect("a process has an id");
        kill_process(pid, signal).expect("the process was running");
    }

    /// Its log so far.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}

/// What is asked of a gateway is asked of its main address.
impl Deref for Gateway {
    type Target = Api;

    fn deref(&self) -> &Api {
        &self.api
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        if thread::panicking() {
            eprintln!("the gateway's log:\n{}", self.log());
        }
    }
}

/// The processes that decode, or fork such, whose parent is this one.
fn decoders_below(parent: u32) -> Vec<u32> {
    let mut found = processes(|line| line.ends_with("\0decoders\0"));
    found.retain(|process| status(*process, "PPid") == Some(parent.to_string()));
    found
}
