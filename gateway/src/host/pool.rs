//! Which hosts are warm: loaded, idle, and ready for the next job of their engine.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use engine_api::Setup;

use crate::config::EngineConfig;
use crate::host::connection::Connection;

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
    /// Takes the most recently used living host of an engine that was loaded with this set-up.
    pub fn take(&self, engine: &str, setup: &Setup) -> Option<Box<dyn Connection>> {
        let mut warm = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = |candidate: &Warm| candidate.engine == engine && candidate.setup == *setup;
        while let Some(index) = warm.iter().rposition(fits) {
            let mut candidate = warm.remove(index);
            if candidate.host.is_alive() {
                return Some(candidate.host);
            }
            tracing::warn!(engine.id = engine, "a warm host died while it was idle");
        }
        None
    }

    /// Keeps a host for the next job.
    pub fn keep(&self, engine: &str, setup: Setup, host: Box<dyn Connection>) {
        let warm = Warm { engine: engine.to_owned(), setup, host, since: Instant::now() };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(warm);
    }

    /// Stops the hosts that have been idle for longer than their engine allows (zero means for ever), and those whose
    /// engine has another set-up by now.
    pub async fn retire(&self, settings: impl Fn(&str) -> EngineConfig) {
        let expired = |warm: &mut Warm| {
            let now = settings(&warm.engine);
            let is_stale = !now.idle_stop.is_zero() && warm.since.elapsed() > now.idle_stop;
            is_stale || now.setup() != warm.setup
        };
        let retired: Vec<_> = self.0.lock().unwrap_or_else(PoisonError::into_inner).extract_if(.., expired).collect();
        stop(retired).await;
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
