//! Getting a host that has the engine loaded.

use engine_api::Phase;

use crate::domain::progress::Progress;
use crate::host::connection::Connection;
use crate::host::handshake::handshake;
use crate::host::protocol::{FromHost, ToHost};
use crate::scheduler::attempt::{Attempt, AttemptEnd};
use crate::scheduler::retry::Failure;

impl Attempt {
    /// Starts a fresh host and loads the engine in it. One that cannot load is gone when this returns.
    pub(super) async fn start_host(&mut self) -> Result<Box<dyn Connection>, AttemptEnd> {
        let entry = self.app.catalog.entry(&self.job.engine);
        let entry = entry.ok_or_else(|| Failure::Incompatible("its plugin is no longer installed".into()))?;
        let mut host = self
            .app
            .launcher
            .launch(&entry.id, &entry.library)
            .map_err(|error| Failure::Gateway(format!("no process can be started for the engine: {error}")))?;
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

    async fn load(&mut self, host: &mut dyn Connection) -> Result<(), AttemptEnd> {
        handshake(host).await.map_err(Failure::Incompatible)?;
        self.advance(Progress::new(Phase::Loading, "load engine", 0, 0));
        host.send(&ToHost::Load { setup: self.engine.setup() }).await;
        match self.converse(host).await? {
            FromHost::Loaded => Ok(()),
            FromHost::Incompatible { reason } => Err(Failure::Incompatible(reason).into()),
            FromHost::Failed { error } => Err(Failure::Engine(error).into()),
            other => Err(Failure::Gateway(format!("the engine's process answered its start with {other:?}")).into()),
        }
    }
}
