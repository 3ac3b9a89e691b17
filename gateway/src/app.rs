//! The handles that every request and every running job sees. Time and ids enter here alone.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use tokio_util::sync::CancellationToken;

use crate::auth::key_cache::ApiKeyCache;
use crate::blobs::Blobs;
use crate::blobs::scratch::Scratch;
use crate::catalog::Catalog;
use crate::clock::{Clock, Ids};
use crate::config::Config;
use crate::gpu::Gpus;
use crate::host::connection::Launcher;
use crate::intake::Intake;
use crate::metrics::Metrics;
use crate::process::ProcessState;
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
    /// Finds the keys of secrets.
    pub key_cache: ApiKeyCache,
    /// Files of uploads and results.
    pub blobs: Arc<dyn Blobs>,
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
    /// What this process alone knows while it runs.
    pub process: ProcessState,
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
