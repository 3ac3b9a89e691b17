//! Getting a host that has the engine loaded: one that is warm, if it still answers, or a new one.

use std::sync::Arc;
use std::time::Duration;

use engine_api::Phase;
use tokio::time::Instant;

use crate::catalog::entry::Entry;
use crate::domain::progress::Progress;
use crate::host::connection::Connection;
use crate::host::handshake::{self, NotStarted};
use crate::host::protocol::{FromHost, ToHost};
use crate::scheduler::attempt::{Attempt, AttemptEnd};
use crate::scheduler::retry::Failure;

/// How long an idle host may take to say that it is there, at most. All that it costs where it would have taken longer is
/// that the engine is loaded once more.
const PING_PATIENCE: Duration = Duration::from_secs(5);

impl Attempt {
    /// A warm host that answers. One that does not, because somebody has stopped it for instance, is killed; that is not
    /// the job's failure.
    pub(super) async fn warm_host(&mut self) -> Result<Option<Box<dyn Connection>>, AttemptEnd> {
        let entry = self.entry()?;
        while let Some(mut host) = self.pool.take(&self.job.engine, &entry.library, &self.engine.setup()) {
            host.send(&ToHost::Ping).await;
            match self.first_word(&mut *host, PING_PATIENCE.min(self.engine.start)).await {
                Ok(Ok(FromHost::Pong)) => return Ok(Some(host)),
                Ok(answer) => {
                    tracing::warn!(engine.id = self.job.engine, ?answer, "a warm host does not answer and is killed");
                    let reason = answer.err().and_then(|reason| Failure::of_start(reason).death());
                    self.app.metrics.host_died(&self.job.engine, reason.unwrap_or("silent"));
                    host.kill().await;
                }
                Err(end) => {
                    host.kill().await;
                    return Err(end);
                }
            }
        }
        Ok(None)
    }

    /// Starts a fresh host and loads the engine in it. One that cannot load is gone when this returns.
    pub(super) async fn start_host(&mut self) -> Result<Box<dyn Connection>, AttemptEnd> {
        let entry = self.entry()?;
        let mut host = self
            .app
            .launcher
            .launch(&entry.id, &entry.library)
            .map_err(|error| Failure::of_io("no process can be started for the engine", &error))?;
        self.app.metrics.host_started(&self.job.engine);
        host.begin_job(Some(self.job.id));
        match self.load(&mut *host).await {
            Ok(()) => Ok(host),
            Err(end) => {
                host.kill().await;
                Err(end)
            }
        }
    }

    /// The engine's plugin. A job whose engine has gone a moment ago waits until it is there again.
    fn entry(&self) -> Result<Arc<Entry>, AttemptEnd> {
        self.app.catalog.entry(&self.job.engine).ok_or(AttemptEnd::Released)
    }

    async fn load(&mut self, host: &mut dyn Connection) -> Result<(), AttemptEnd> {
        let hello = self.first_word(host, self.engine.start).await?;
        hello.and_then(|word| handshake::hello(&word)).map_err(Failure::of_start)?;
        self.advance(Progress::new(Phase::Loading, "load engine", 0, 0));
        host.send(&ToHost::Load { setup: self.engine.setup() }).await;
        match self.converse(host).await {
            Ok(FromHost::Loaded) => Ok(()),
            Ok(FromHost::Incompatible { reason }) => {
                self.app.catalog.doubt(&self.job.engine, &reason, &self.app.config());
                Err(Failure::Incompatible(reason).into())
            }
            Ok(FromHost::Failed { error }) => Err(Failure::Engine(error).into()),
            Ok(FromHost::Short { shortage, error }) => Err(Failure::Short { shortage, cause: error.message }.into()),
            Ok(other) => {
                Err(Failure::Gateway(format!("the engine's process answered its start with {other:?}")).into())
            }
            Err(AttemptEnd::Failed(Failure::Died(death))) => Err(Failure::of_start(NotStarted::Died(death)).into()),
            Err(end) => Err(end),
        }
    }

    /// Waits for a word of a host that has nothing to do yet, while the lease is kept. A cancel and the gateway's stop end
    /// it at once, because nothing has begun that could end by itself.
    async fn first_word(
        &mut self,
        host: &mut dyn Connection,
        patience: Duration,
    ) -> Result<Result<FromHost, NotStarted>, AttemptEnd> {
        let limit = Instant::now() + patience;
        loop {
            tokio::select! {
                word = handshake::word(host, limit, patience) => return Ok(word),
                _ = self.beat.tick() => {
                    self.advanced = Instant::now(); // this wait has a limit of its own
                    self.heartbeat(host).await?;
                    if self.canceled.is_some() {
                        return Err(AttemptEnd::Canceled);
                    }
                }
                () = self.app.draining.cancelled() => return Err(AttemptEnd::Released),
                () = self.app.stop.cancelled() => return Err(AttemptEnd::Released),
            }
        }
    }
}
