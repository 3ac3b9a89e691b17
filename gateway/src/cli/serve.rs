//! `avatar-gateway serve`: puts the handles together and runs until it is told to stop.

mod advice;
mod log;
mod log_writer;
mod reload;
mod signals;
mod tasks;
mod terminal;
mod watchdog;

use std::fmt;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use futures::FutureExt;
use tokio::net::TcpListener;
use tokio::time::timeout;

use crate::app::{App, Parts};
use crate::blobs::data_folder::DataFolder;
use crate::blobs::folder::FolderBlobs;
use crate::blobs::scratch::Scratch;
use crate::blobs::space::DiskSpace;
use crate::cli::ConfigOptions;
use crate::cli::findings::access;
use crate::cli::serve::log::Log;
use crate::cli::serve::reload::Reload;
use crate::cli::serve::watchdog::{GRACE, Going, Watchdog};
use crate::clock::{Clock, Ids};
use crate::config::{Config, Loaded, Synchronous};
use crate::host::library::PluginCopies;
use crate::host::process::ChildProcesses;
use crate::http::Doors;
use crate::intake::probe::decoders::Decoders;
use crate::intake::probe::fence::fences::Fences;
use crate::process::handles::HandleLimit;
use crate::process::start_up;
use crate::scheduler::Scheduler;
use crate::store::sqlite::SqliteStore;
use crate::worker::Worker;
use crate::{ended, http, intake, retention, webhooks};

/// How long the database may take to be closed.
const CLOSING: Duration = Duration::from_secs(10);
/// How long work that cannot be stopped is waited for at the end.
const LEFT_BEHIND: Duration = Duration::from_secs(1);

const EXAMPLES: &str = "Examples:
  avatar-gateway serve
  avatar-gateway serve --config /etc/avatar-gateway.toml
  avatar-gateway serve --listen 127.0.0.1:9000 --data-dir /srv/avatars
  AVATAR_GATEWAY__LIMITS__IMAGE_MB=20 avatar-gateway serve

SIGTERM and Ctrl-C have it end; SIGHUP has it read its settings again. The log
goes to stderr; RUST_LOG, if it is set, says what of it.";

/// Where and how to serve.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    #[command(flatten)]
    config: ConfigOptions,
    /// Address to listen on, instead of server.listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
}

/// Serves until SIGTERM or Ctrl-C; SIGHUP has it read its settings again. `commit` is what the binary was built from.
///
/// # Errors
/// The configuration is wrong, the data folder is in use, the address is taken, or the worker is missing.
pub fn run(arguments: Arguments, commit: &'static str) -> anyhow::Result<ExitCode> {
    let loaded = arguments.config.clone().read(arguments.listen.clone())?;
    let (log, filter) = Log::start(&loaded.config.log)?;
    let file = loaded.file.as_ref().map(|file| file.display().to_string());
    tracing::info!(version = env!("CARGO_PKG_VERSION"), commit, file, "start");
    advice::on_settings(&loaded);
    let doors = Doors::new(HandleLimit::raised());
    let reload = Reload::new(arguments.config, arguments.listen, filter);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let served = runtime.block_on(serve(loaded, commit, reload, doors, &log).boxed_local());
    // What still waits for a disk or another process must not keep this one.
    runtime.shutdown_timeout(LEFT_BEHIND);
    served.map(|()| ExitCode::SUCCESS)
}

async fn serve(loaded: Loaded, commit: &'static str, reload: Reload, doors: Doors, log: &Log) -> anyhow::Result<()> {
    let config = loaded.config.clone();
    let worker = Worker::find()?;
    let decoders = Arc::new(Decoders::new(worker.clone()));
    let listener = bind(config.server.listen, "choose an address with --listen").await?;
    let mut facades = Vec::new();
    for facade in http::FACADES {
        if let Some(address) = config.facades.of(facade.name()).listen {
            let remedy = format!("set facades.{}.listen to another address", facade.name().as_str());
            facades.push((facade, bind(address, &remedy).await?));
        }
    }
    let folder = config.storage.data_dir.clone();
    let data = DataFolder::open(&folder).with_context(|| in_use(&folder))?;
    let store = start_up::open_store(&folder.join("gateway.db"), Clock::system().now()).await?;
    if config.storage.synchronous == Synchronous::Normal {
        store.answer_before_flush().await.context("the database cannot be used as storage.synchronous says")?;
    }
    let going = Going::default();
    let watchdog = Watchdog::start(going.clone(), log.clone())?;
    let served = async {
        let app = Arc::new(open(config, commit, (worker, Arc::clone(&decoders)), &data, &store).await?);
        keep_strangers_out(&app).await?;
        let work = tokio::spawn(begin(Arc::clone(&app), loaded, decoders, going.clone()));
        signals::heed(Arc::clone(&app), reload, watchdog.clone())?;
        for (facade, listener) in &facades {
            announce(format_args!("{} listening on http://{}", facade.name().as_str(), listener.local_addr()?));
        }
        // Scripts read the port from this line.
        announce(format_args!("listening on http://{}", listener.local_addr()?));
        let facades = facades.into_iter().map(|(facade, listener)| {
            http::serve(listener, http::facade_router(facade, Arc::clone(&app)), Arc::clone(&app), doors.clone())
        });
        let main = http::serve(listener, http::router(Arc::clone(&app)), Arc::clone(&app), doors.clone());
        let clients = futures::future::join(main, futures::future::join_all(facades));
        let stopping = async {
            app.stop.cancelled().await;
            watchdog.end_within(GRACE);
        };
        futures::join!(going.during("clients", clients), work, stopping).1?
    };
    let served = served.await;
    // Whatever the end is like: from now on the database is its one file, which may be copied.
    if going.during("database", timeout(CLOSING, store.close())).await.is_err() {
        tracing::error!("the database does not let itself be closed; the next start finds all that was answered");
    }
    served?;
    tracing::info!("stopped");
    Ok(())
}

/// Tells where clients find the gateway. Whoever started it may not want to know: stdout may be closed.
fn announce(line: fmt::Arguments<'_>) {
    if let Err(error) = writeln!(io::stdout(), "{line}") {
        tracing::warn!(%error, "{line}, which nobody reads on stdout");
    }
}

/// Does what goes on beside the answers to clients, until the app stops.
async fn begin(app: Arc<App>, loaded: Loaded, decoders: Arc<Decoders>, going: Going) -> anyhow::Result<()> {
    let scanning = Arc::clone(&app);
    tokio::spawn(async move {
        scanning.catalog.scan(&scanning.config()).await;
        advice::on_engines(&scanning, &loaded).await;
        tokio::select! {
            () = scanning.catalog.keep_up(&scanning.settings) => {}
            () = scanning.stop.cancelled() => {}
        }
    });
    tokio::spawn(tell_fences(Arc::clone(&decoders)));
    tokio::spawn(advice::on_machine(Arc::clone(&app), decoders));
    // Receivers of webhooks are reached by https; installing it twice is no fault.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let scheduler = tasks::vital("scheduler", app.stop.clone(), Scheduler::new(Arc::clone(&app)).run());
    let delivery = tasks::renewed("delivery", app.stop.clone(), || webhooks::delivery::run(Arc::clone(&app)));
    let sweeping = tasks::renewed("retention", app.stop.clone(), || retention::run(Arc::clone(&app)));
    let (scheduled, (), ()) = futures::join!(
        going.during("running jobs", scheduler),
        going.during("webhooks", delivery),
        going.during("retention", sweeping),
    );
    scheduled
}

/// Tells what the kernel lacks of the fence around children that decode uploads.
async fn tell_fences(decoders: Arc<Decoders>) {
    match intake::probe::fences(&decoders).await.map(Fences::gap) {
        Ok(None) => {}
        Ok(Some(gap)) => tracing::info!("{gap}"),
        Err(error) => tracing::warn!(%error, "children that decode uploads cannot be fenced in"),
    }
}

async fn bind(address: SocketAddr, remedy: &str) -> anyhow::Result<TcpListener> {
    let bound = TcpListener::bind(address).await;
    bound.with_context(|| format!("cannot listen on {address}; is another gateway running? {remedy}"))
}

/// Refuses to listen where everyone reaches the port, unless keys are needed or the operator wants it so.
async fn keep_strangers_out(app: &App) -> anyhow::Result<()> {
    let Some((message, remedy)) = access::strangers(&app.config()) else { return Ok(()) };
    let is_key_needed = app.key_cache.is_needed(app.config().auth.required, &*app.keys, app.clock.now()).await?;
    ensure!(is_key_needed, "{message}; {remedy}");
    Ok(())
}

fn in_use(folder: &Path) -> String {
    format!("cannot use the data folder {}", folder.display())
}

/// Takes back what an earlier run left, and puts the handles together.
async fn open(
    config: Config,
    commit: &'static str,
    (worker, decoders): (Worker, Arc<Decoders>),
    data: &DataFolder,
    store: &SqliteStore,
) -> anyhow::Result<App> {
    let in_use = || in_use(&config.storage.data_dir);
    let (clock, space) = (Clock::system(), DiskSpace::of(&config.storage.data_dir));
    let blobs = FolderBlobs::open(data).with_context(in_use)?;
    let scratch = Scratch::open(data, space.clone()).with_context(in_use)?;
    // A host of an earlier run may still be dying there; what it leaves is removed at the next start.
    if let Err(error) = scratch.clear() {
        tracing::warn!(%error, "files of an earlier run are left behind");
    }
    let plugin_copies =
        data.plugin_copies().and_then(|folder| PluginCopies::in_folder(&folder)).with_context(in_use)?;
    let taken_back = start_up::take_back(store, &blobs, config.scheduler.backoff, clock.now()).await?;
    let app = App::new(Parts {
        config,
        store: Arc::new(store.clone()),
        blobs: Arc::new(blobs),
        scratch,
        space,
        decoders,
        launcher: Arc::new(ChildProcesses::new(worker)),
        plugin_copies,
        commit,
        clock,
        ids: Ids::system(),
    });
    for job in taken_back {
        ended::tell(&app, job).await;
    }
    Ok(app)
}
