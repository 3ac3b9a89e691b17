//! The handles that every request and every running job sees. Time, ids and randomness enter here alone.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use jiff::Timestamp;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::auth::key_cache::ApiKeyCache;
use crate::blobs::folder::Blobs;
use crate::blobs::scratch::Scratch;
use crate::catalog::Catalog;
use crate::config::Config;
use crate::gpu::Gpus;
use crate::host::connection::Launcher;
use crate::intake::Intake;
use crate::job_changes::JobChanges;
use crate::metrics::Metrics;
use crate::store::api_keys::KeyStore;
use crate::store::jobs::JobStore;
use crate::store::uploads::UploadStore;
use crate::store::webhooks::WebhookStore;

/// The running gateway.
pub struct App {
    /// The settings, which a reload replaces; see [`App::config`].
    pub settings: RwLock<Arc<Config>>,
    /// Jobs as rows.
    pub jobs: Arc<dyn JobStore>,
    /// Uploads as rows.
    pub uploads: Arc<dyn UploadStore>,
    /// Announcements of jobs' ends.
    pub webhooks: Arc<dyn WebhookStore>,
    /// API keys as rows.
    pub keys: Arc<dyn KeyStore>,
    /// Knows the keys of secrets, and what each may still do.
    pub gate: ApiKeyCache,
    /// Files.
    pub blobs: Blobs,
    /// Local files of work under way.
    pub scratch: Scratch,
    /// The installed engines.
    pub catalog: Catalog,
    /// Starts engine hosts.
    pub launcher: Arc<dyn Launcher>,
    /// This process's own binary, for short-lived children.
    pub program: PathBuf,
    /// Checks uploads.
    pub intake: Intake,
    /// The graphics card, for clients that ask for it.
    pub gpus: Gpus,
    /// What is counted and measured.
    pub metrics: Metrics,
    /// Tells watchers about changed jobs.
    pub feed: JobChanges,
    /// Wakes the scheduler when there is something to claim.
    pub wake: Notify,
    /// No job is begun any more; the running ones get a while to end.
    pub draining: CancellationToken,
    /// Ends everything.
    pub stop: CancellationToken,
    /// Tells the time.
    pub clock: Clock,
    /// Makes ids.
    pub ids: Ids,
}

impl App {
    /// The settings as they are now. Whoever needs several that belong together asks once.
    pub fn config(&self) -> Arc<Config> {
        Arc::clone(&self.settings.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Tells the time.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self(Arc::new(Timestamp::now))
    }

    /// A clock of the caller's making, for tests.
    pub fn from_fn(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The present moment.
    pub fn now(&self) -> Timestamp {
        (self.0)()
    }
}

/// Makes ids that sort by time.
#[derive(Clone)]
pub struct Ids(Arc<dyn Fn() -> Uuid + Send + Sync>);

impl Ids {
    /// UUIDs of version 7.
    pub fn system() -> Self {
        Self(Arc::new(Uuid::now_v7))
    }

    /// Ids of the caller's making, for tests.
    pub fn from_fn(next: impl Fn() -> Uuid + Send + Sync + 'static) -> Self {
        Self(Arc::new(next))
    }

    /// A new id of whichever type is wanted.
    pub fn next<T: From<Uuid>>(&self) -> T {
        (self.0)().into()
    }
}
