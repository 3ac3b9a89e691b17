//! Which hosts are there, by process id.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The hosts that one launcher has started and that are there. Clones share them.
#[derive(Debug, Clone, Default)]
pub(super) struct RunningHosts(Arc<Mutex<BTreeMap<u32, String>>>);

/// That a host is there, for as long as this value is.
#[derive(Debug)]
pub(super) struct Running {
    hosts: RunningHosts,
    process: u32,
}

impl RunningHosts {
    /// Notes a host of an engine.
    pub(super) fn note(&self, engine: &str, process: u32) -> Running {
        self.lock().insert(process, engine.to_owned());
        Running { hosts: self.clone(), process }
    }

    /// Their engines and process ids.
    pub(super) fn all(&self) -> Vec<(String, u32)> {
        self.lock().iter().map(|(process, engine)| (engine.clone(), *process)).collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u32, String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.hosts.lock().remove(&self.process);
    }
}
