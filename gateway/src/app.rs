//! The handles that every request and every running job sees. Time and ids enter here alone.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::auth::key_cache::ApiKeyCache;
use crate::blobs::Blobs;
use crate::blobs::scratch::Scratch;
use crate::blobs::space::DiskSpace;
use crate::catalog::Catalog;
use crate::clock::{Clock, Ids};
use crate::config::Config;
use crate::config::settings::Settings;
use crate::fetch::remote_files::RemoteFiles;
use crate::gpu::Gpus;
use crate::host::connection::Launcher;
use crate::host::library::PluginCopies;
use crate::intake::probe::decoders::Decoders;
use crate::intake::turns::Turns;
use crate::intake::{self, Intake};
use crate::metrics::Metrics;
use crate::process::ProcessState;
use crate::store::Store;
use crate::store::api_keys::KeyStore;
use crate::store::jobs::JobStore;
use crate::store::uploads::UploadStore;
use crate::store::webhooks::WebhookStore;

/// How many requests that take a while are read and checked at a time; one client has half of them at most.
const LARGE_REQUESTS: usize = 4;

/// The running gateway.
pub struct App {
    /// The settings, which a reload replaces; see [`App::config`].
    pub settings: Settings,
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
    /// The room on their disk.
    pub space: DiskSpace,
    /// The installed engines.
    pub catalog: Catalog,
    /// The commit that the binary was built from; empty where nobody knows.
    pub commit: &'static str,
    /// Starts engine hosts.
    pub launcher: Arc<dyn Launcher>,
    /// Checks uploads.
    pub intake: Arc<Intake>,
    /// Files that clients name by their address.
    pub remote_files: RemoteFiles,
    /// Requests that take a while to be read and checked.
    pub large_requests: Turns,
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

/// What an app is put together from: whatever differs between a running gateway and a test.
pub struct Parts {
    /// The settings.
    pub config: Config,
    /// All rows.
    pub store: Arc<dyn Store>,
    /// Files.
    pub blobs: Arc<dyn Blobs>,
    /// Local files of work under way.
    pub scratch: Scratch,
    /// The room on their disk.
    pub space: DiskSpace,
    /// Starts engine hosts.
    pub launcher: Arc<dyn Launcher>,
    /// Where copies of plugins are kept while they are used.
    pub plugin_copies: PluginCopies,
    /// Decode what is sent.
    pub decoders: Arc<Decoders>,
    /// The commit that the binary was built from; empty where nobody knows.
    pub commit: &'static str,
    /// Tells the time.
    pub clock: Clock,
    /// Makes ids.
    pub ids: Ids,
}

impl App {
    /// Puts the handles together.
    pub fn new(parts: Parts) -> Self {
        let Parts { config, store, blobs, scratch, space, launcher, plugin_copies, decoders, commit, clock, ids } =
            parts;
        space.keep_free(config.storage.low_water);
        let settings = Settings::new(config);
        let uploads: Arc<dyn UploadStore> = Arc::clone(&store) as _;
        let intake = Intake::new(intake::Handles {
            settings: settings.clone(),
            uploads: Arc::clone(&uploads),
            blobs: Arc::clone(&blobs),
            scratch: scratch.clone(),
            decoders,
            clock: clock.clone(),
            ids: ids.clone(),
        });
        Self {
            remote_files: RemoteFiles::new(settings.clone(), scratch.clone()),
            settings,
            jobs: Arc::clone(&store) as _,
            uploads,
            webhooks: Arc::clone(&store) as _,
            keys: store,
            key_cache: ApiKeyCache::default(),
            blobs,
            scratch,
            space,
            catalog: Catalog::new(Arc::clone(&launcher), plugin_copies),
            commit,
            launcher,
            intake: Arc::new(intake),
            large_requests: Turns::new(LARGE_REQUESTS),
            gpus: Gpus::default(),
            metrics: Metrics::new(commit),
            process: ProcessState::new(clock.clone()),
            draining: CancellationToken::new(),
            stop: CancellationToken::new(),
            clock,
            ids,
        }
    }

    /// The settings as they are now. Whoever needs several that belong together asks once.
    pub fn config(&self) -> Arc<Config> {
        self.settings.current()
    }
}
