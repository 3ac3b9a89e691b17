//! State of the double: its jobs, its worker, its misbehaviour, and the log of requests.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::Duration;

use avatar_tests::Behaviour;
use serde_json::{Map, Value, json};

/// All that requests and jobs share.
#[derive(Debug)]
pub(crate) struct Service {
    /// The folder that the container knows as `/code/data`.
    pub(crate) data: PathBuf,
    state: Mutex<State>,
    freed: Condvar,
}

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) behaviour: Behaviour,
    /// What a query finds, by code.
    pub(crate) records: BTreeMap<String, Record>,
    /// The one job at work.
    pub(crate) running: Option<String>,
    pub(crate) accepted: Vec<Value>,
    pub(crate) log: Log,
    wedged: Option<Wedge>,
}

/// Requests so far, kept in a file if they are to outlive the process.
#[derive(Debug, Default)]
pub(crate) struct Log {
    pub(crate) entries: Vec<Value>,
    pub(crate) file: Option<File>,
}

/// How a job stands.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) status: u8,
    pub(crate) progress: u8,
    pub(crate) msg: String,
    pub(crate) result: String,
    /// What newer images tell besides.
    pub(crate) more: Map<String, Value>,
}

/// What a wedged job waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wedge {
    Stuck,
    GoOn,
    Drop,
}

impl Service {
    pub(crate) fn new(data: PathBuf, behaviour: Behaviour, log: Log) -> Self {
        let state =
            State { behaviour, records: BTreeMap::new(), running: None, accepted: Vec::new(), log, wedged: None };
        Self { data, state: Mutex::new(state), freed: Condvar::new() }
    }

    pub(crate) fn temp(&self) -> PathBuf {
        self.data.join("temp")
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nothing panics while it holds the state")
    }

    /// Shows a running job's progress and stays there as long as the behaviour says.
    pub(crate) fn step(&self, code: &str, progress: u8, msg: &str) {
        let pause = {
            let mut state = self.state();
            state.records.insert(code.to_owned(), Record::running(progress, msg));
            state.behaviour.step_ms
        };
        std::thread::sleep(Duration::from_millis(pause));
    }

    /// Holds the running job until it is freed. Returns whether it goes on.
    pub(crate) fn wedge(&self) -> bool {
        let mut state = self.state();
        state.wedged = Some(Wedge::Stuck);
        let stuck = |state: &mut State| state.wedged == Some(Wedge::Stuck);
        let mut state = self.freed.wait_while(state, stuck).expect("nothing panics while it holds the state");
        state.wedged.take() == Some(Wedge::GoOn)
    }

    /// Frees the wedged job, if there is one.
    pub(crate) fn unwedge(&self, how: Wedge) -> bool {
        let mut state = self.state();
        if state.wedged != Some(Wedge::Stuck) {
            return false;
        }
        state.wedged = Some(how);
        if how == Wedge::Drop
            && let Some(code) = state.running.take()
        {
            state.records.remove(&code);
        }
        self.freed.notify_all();
        true
    }
}

impl Record {
    pub(crate) fn running(progress: u8, msg: &str) -> Self {
        Self { status: 1, progress, msg: msg.to_owned(), result: String::new(), more: Map::new() }
    }

    pub(crate) fn failed(msg: String) -> Self {
        Self { status: 3, progress: 0, msg, result: String::new(), more: Map::new() }
    }

    pub(crate) fn is_terminal(&self) -> bool {
        self.status != 1
    }

    pub(crate) fn data(&self, code: &str) -> Value {
        let mut data = self.more.clone();
        data.insert("code".into(), code.into());
        data.insert("msg".into(), self.msg.as_str().into());
        data.insert("progress".into(), self.progress.into());
        data.insert("result".into(), self.result.as_str().into());
        data.insert("status".into(), self.status.into());
        data.into()
    }
}

impl Log {
    pub(crate) fn note(&mut self, entry: Value) {
        if let Some(file) = &mut self.file {
            let _ = writeln!(file, "{entry}"); // a full disk costs a test its log, no more
        }
        self.entries.push(entry);
    }

    pub(crate) fn all(&self) -> Value {
        json!(self.entries)
    }
}

/// Whether this one is among the next so many.
pub(crate) fn counted(left: &mut u32) -> bool {
    let met = *left > 0;
    *left = left.saturating_sub(1);
    met
}
