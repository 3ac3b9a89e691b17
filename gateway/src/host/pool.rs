//! Which hosts are warm: loaded, idle, and ready for the next job of their engine.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use engine_api::Setup;

use crate::config::EngineConfig;
use crate::host::connection::Connection;
use crate::host::library::Library;

/// The idle hosts of all engines.
#[derive(Default)]
pub struct Pool(Mutex<Vec<Warm>>);

struct Warm {
    engine: String,
    /// What the engine was loaded with.
    setup: Setup,
    host: Box<dyn Connection>,
    since: Instant,
}

impl Pool {
    /// Takes the most recently used living host of an engine that was loaded from this library with this set-up.
    pub fn take(&self, engine: &str, library: &Arc<Library>, setup: &Setup) -> Option<Box<dyn Connection>> {
        let mut warm = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = |candidate: &Warm| {
            candidate.engine == engine && candidate.setup == *setup && Arc::ptr_eq(candidate.host.library(), library)
        };
        // One that has died stays for `retire`, which tells of it.
        let index = (0..warm.len()).rev().find(|&index| fits(&warm[index]) && warm[index].host.is_alive())?;
        Some(warm.remove(index).host)
    }

    /// Keeps a host for the next job.
    pub fn keep(&self, engine: &str, setup: Setup, host: Box<dyn Connection>) {
        let warm = Warm { engine: engine.to_owned(), setup, host, since: Instant::now() };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(warm);
    }

    /// Stops the hosts that have been idle for longer than their engine allows (zero means for ever), and those whose
    /// engine has another set-up or another plugin by now, or none. Returns the engines of those that had died.
    pub async fn retire(&self, now: impl Fn(&str) -> (EngineConfig, Option<Arc<Library>>)) -> Vec<String> {
        let mut died = Vec::new();
        let expired = |warm: &mut Warm| {
            let (settings, library) = now(&warm.engine);
            let is_stale = !settings.idle_stop.is_zero() && warm.since.elapsed() > settings.idle_stop;
            let is_current = library.is_some_and(|library| Arc::ptr_eq(&library, warm.host.library()));
            let is_alive = warm.host.is_alive();
            if !is_alive {
                tracing::warn!(engine.id = warm.engine, "a warm host died while it was idle");
                died.push(warm.engine.clone());
            }
            is_stale || settings.setup() != warm.setup || !is_current || !is_alive
        };
        let retired: Vec<_> = self.0.lock().unwrap_or_else(PoisonError::into_inner).extract_if(.., expired).collect();
        stop(retired).await;
        died
    }

    /// Stops the idle hosts of some engines.
    pub async fn stop(&self, stops: impl Fn(&str) -> bool) {
        let stopped = |warm: &mut Warm| stops(&warm.engine);
        let stopped: Vec<_> = self.0.lock().unwrap_or_else(PoisonError::into_inner).extract_if(.., stopped).collect();
        stop(stopped).await;
    }

    /// Stops every idle host.
    pub async fn drain(&self) {
        self.stop(|_| true).await;
    }
}

async fn stop(hosts: Vec<Warm>) {
    let ends = hosts.into_iter().map(|warm| {
        tracing::info!(engine.id = warm.engine, "stop an idle host");
        warm.host.shut_down()
    });
    futures::future::join_all(ends).await;
}
