//! Which hosts are warm: loaded, idle, and ready for the next job of their engine.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::connection::Connection;

/// The idle hosts of all engines.
#[derive(Default)]
pub struct Pool(Mutex<Vec<Warm>>);

struct Warm {
    engine: String,
    host: Box<dyn Connection>,
    since: Instant,
}

impl Pool {
    /// Takes the most recently used living host of an engine.
    pub fn take(&self, engine: &str) -> Option<Box<dyn Connection>> {
        let mut warm = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(index) = warm.iter().rposition(|candidate| candidate.engine == engine) {
            let mut candidate = warm.remove(index);
            if candidate.host.is_alive() {
                return Some(candidate.host);
            }
            tracing::warn!(engine.id = engine, "a warm host died while it was idle");
        }
        None
    }

    /// Keeps a host for the next job.
    pub fn keep(&self, engine: &str, host: Box<dyn Connection>) {
        let warm = Warm { engine: engine.to_owned(), host, since: Instant::now() };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(warm);
    }

    /// Stops the hosts that have been idle for longer than their engine allows; zero means for ever.
    pub async fn retire(&self, idle_stop: impl Fn(&str) -> Duration) {
        let expired = |warm: &mut Warm| {
            let limit = idle_stop(&warm.engine);
            !limit.is_zero() && warm.since.elapsed() > limit
        };
        let retired: Vec<_> = self.0.lock().unwrap_or_else(PoisonError::into_inner).extract_if(.., expired).collect();
        stop(retired).await;
    }

    /// Stops every idle host.
    pub async fn drain(&self) {
        let all = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        stop(all).await;
    }
}

async fn stop(hosts: Vec<Warm>) {
    let ends = hosts.into_iter().map(|warm| {
        tracing::info!(engine.id = warm.engine, "stop an idle host");
        warm.host.shut_down()
    });
    futures::future::join_all(ends).await;
}
