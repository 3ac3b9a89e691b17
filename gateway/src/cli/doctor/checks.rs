//! The places that `avatar-gateway doctor` looks at, one function each.

use std::fs::{DirBuilder, File};
use std::os::unix::fs::DirBuilderExt;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use engine_api::Readiness;
use rustix::fs::statvfs;
use tokio::net::TcpListener;
use tokio::process::Command;

use crate::catalog::Catalog;
use crate::catalog::entry::{Entry, Status};
use crate::cli::doctor::finding::Finding;
use crate::config::{Config, Engines};
use crate::host::library::PluginCopies;
use crate::host::process::{ChildProcesses, own_program};
use crate::intake::probe::fence::fences::Fences;
use crate::process::handles::HandleLimit;
use crate::store::api_keys::KeyStore;
use crate::store::sqlite::SqliteStore;
use crate::store::sqlite::unclean_end;

/// Free disk below which jobs will soon fail, and below which they do, in GiB.
const LITTLE: f64 = 5.0;
const TOO_LITTLE: f64 = 0.5;
/// Files that may be open below which clients are soon turned away.
const FEW_HANDLES: u64 = 1024;
/// How long another program may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Looks everywhere.
pub(super) async fn all(config: &Config) -> Vec<Finding> {
    let mut findings = vec![Finding::ok("configuration", "it can be read")];
    let is_running = answers(config).await;
    findings.push(address(config, is_running).await);
    findings.push(handles(config));
    findings.push(folder(config, is_running));
    findings.extend(disk(config));
    findings.push(database(config).await);
    findings.extend(keys(config).await);
    findings.push(ffmpeg().await);
    findings.push(fences().await);
    findings.extend(engines(config).await);
    findings.push(devices().await);
    findings
}

/// Whether a gateway answers on the configured address.
async fn answers(config: &Config) -> bool {
    let asked = async {
        // Only addresses that begin with https use it; installing it twice is no fault.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().ok()?;
        let answer = client.get(format!("http://{}/livez", config.server.listen)).send().await.ok()?;
        answer.text().await.ok()
    };
    asked.await.as_deref() == Some("ok\n")
}

async fn address(config: &Config, is_running: bool) -> Finding {
    let address = config.server.listen;
    match TcpListener::bind(address).await {
        Ok(_) => Finding::ok("address", format!("{address} is free")),
        Err(_) if is_running => Finding::ok("address", format!("a gateway answers on {address}")),
        Err(error) => Finding::failure(
            "address",
            format!("{address} cannot be listened on: {error}"),
            "end the program that has it, or set server.listen to another address",
        ),
    }
}

/// What holds for this process, and for a gateway that is started as it was.
fn handles(config: &Config) -> Finding {
    let limit = HandleLimit::reachable();
    let (handles, wanted) = (limit.handles(), config.server.connections);
    let connections = limit.connections(wanted);
    let message = format!("{handles} files and connections may be open, {connections} of them connections of clients");
    let remedy = "raise the limit: `ulimit -Hn`, LimitNOFILE= of a systemd service, --ulimit nofile= of a container";
    match (handles, wanted) {
        (..FEW_HANDLES, _) => Finding::warning("handles", message, remedy),
        (_, wanted) if wanted > connections => {
            Finding::warning("handles", format!("{message}, and not server.connections = {wanted}"), remedy)
        }
        _ => Finding::ok("handles", message),
    }
}

fn folder(config: &Config, is_running: bool) -> Finding {
    let folder = &config.storage.data_dir;
    let written = DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .and_then(|()| tempfile::Builder::new().prefix("doctor-").tempfile_in(folder));
    if let Err(error) = written {
        let remedy = "make the folder writable for this user, or set storage.data_dir to another one";
        return Finding::failure("data folder", format!("{} cannot be written: {error}", folder.display()), remedy);
    }
    let lock = File::options().read(true).open(folder.join("gateway.lock"));
    let is_locked = lock.is_ok_and(|lock| lock.try_lock_shared().is_err());
    match (is_locked, is_running) {
        (true, false) => Finding::warning(
            "data folder",
            format!("a gateway that does not answer here uses {}", folder.display()),
            "it may listen elsewhere; if it hangs, end it",
        ),
        (true, true) => Finding::ok("data folder", format!("{} is in use by the gateway", folder.display())),
        (false, _) => Finding::ok("data folder", format!("{} can be written", folder.display())),
    }
}

fn disk(config: &Config) -> Option<Finding> {
    let system = statvfs(&config.storage.data_dir).ok()?;
    let free = (system.f_bavail * system.f_frsize) as f64 / f64::from(1 << 30);
    let message = format!("{free:.1} GiB are free for uploads and videos");
    let remedy = "make room, or let old jobs be removed: see [retention]";
    Some(match free {
        free if free < TOO_LITTLE => Finding::failure("disk", message, remedy),
        free if free < LITTLE => Finding::warning("disk", message, remedy),
        _ => Finding::ok("disk", message),
    })
}

async fn database(config: &Config) -> Finding {
    let file = config.storage.data_dir.join("gateway.db");
    if !file.exists() {
        return Finding::ok("database", "there is none yet; the first start makes it");
    }
    if let Err(error) = unclean_end::refuse_damaged(&file) {
        return Finding::failure(
            "database",
            error.to_string(),
            "`avatar-gateway check` tells what is left, once it runs",
        );
    }
    match SqliteStore::inspect(&file).await {
        Ok(0) => Finding::ok("database", "it is whole and up to date"),
        Ok(pending) => Finding::ok("database", format!("it is whole; the next start brings {pending} changes to it")),
        Err(error) => Finding::failure(
            "database",
            error.to_string(),
            "stop the gateway and put a copy in place of gateway.db, gateway.db-wal and gateway.db-shm",
        ),
    }
}

/// Who is let in; nothing where the tables of the database are not yet this gateway's.
async fn keys(config: &Config) -> Option<Finding> {
    if config.server.open {
        return Some(Finding::ok("keys", "everyone is let in without one: server.open"));
    }
    let file = config.storage.data_dir.join("gateway.db");
    let (valid, was_made) = match file.exists() {
        true if SqliteStore::inspect(&file).await.ok() != Some(0) => return None,
        true => {
            let store = SqliteStore::open(&file).await.ok()?;
            let known = (store.valid_keys().await.ok()?.len(), store.was_key_made().await.ok()?);
            store.close().await;
            known
        }
        false => (0, false),
    };
    let add = "`avatar-gateway keys add NAME` makes one";
    Some(match (valid, config.auth.required.unwrap_or(was_made)) {
        (1.., _) => Finding::ok("keys", format!("every request needs one; {valid} count")),
        (0, true) if was_made => Finding::warning(
            "keys",
            "every key is revoked, and nobody is let in",
            format!("{add}; or let everyone in who reaches the address, with auth.required = false"),
        ),
        (0, true) => Finding::warning("keys", "auth.required = true, and there is none: nobody is let in", add),
        (0, false) => Finding::ok("keys", "there is none: whoever reaches a loopback address is let in"),
    })
}

/// In a child: this process has no business with native code.
async fn ffmpeg() -> Finding {
    let asked = async {
        let program = own_program()?;
        Command::new(program).args(["probe", "encoders"]).stdin(Stdio::null()).kill_on_drop(true).output().await
    };
    let remedy = "install FFmpeg with libx264; Debian's packages have it";
    match tokio::time::timeout(PATIENCE, asked).await {
        Ok(Ok(answer)) if answer.status.success() => {
            let missing = String::from_utf8_lossy(&answer.stdout).trim().to_owned();
            match missing.as_str() {
                "" => Finding::ok("FFmpeg", "it encodes H.264 and AAC"),
                missing => Finding::failure("FFmpeg", format!("it lacks the encoders {missing}"), remedy),
            }
        }
        Ok(Ok(answer)) => Finding::failure("FFmpeg", format!("it ends its process: {}", answer.status), remedy),
        Ok(Err(error)) => Finding::failure("FFmpeg", format!("no process can be started for it: {error}"), remedy),
        Err(_) => Finding::failure("FFmpeg", "it does not answer", remedy),
    }
}

/// What the kernel lacks is nothing that a gateway could not work without.
async fn fences() -> Finding {
    let fences = async { Fences::of_system(&own_program()?).await };
    match fences.await {
        Ok(fences) => Finding::ok("fences", fences.gap().unwrap_or("uploads are decoded behind Landlock and seccomp")),
        Err(error) => Finding::failure(
            "fences",
            format!("children that decode uploads cannot be fenced in: {error}"),
            "look at the limits of this user, and at what its container forbids",
        ),
    }
}

async fn engines(config: &Config) -> Vec<Finding> {
    let launcher = match ChildProcesses::new() {
        Ok(launcher) => Arc::new(launcher),
        Err(error) => return vec![Finding::failure("engines", error.to_string(), "look at the limits of this user")],
    };
    let catalog = Catalog::new(launcher, PluginCopies::none());
    catalog.scan(config).await;
    let entries = catalog.entries();
    let default = &config.engines.default;
    let mut findings: Vec<Finding> = entries.iter().map(|entry| engine(entry, &config.engines)).collect();
    if !entries.iter().any(|entry| entry.id == *default) {
        let message = format!("the default engine `{default}` is not in {}", config.engines.dir.display());
        let remedy = format!("`cargo xtask engine {default}` builds it; or set engines.default to another one");
        findings.push(Finding::failure("engines", message, remedy));
    }
    // A database that cannot be read is told elsewhere.
    let waiting = SqliteStore::waiting(&config.storage.data_dir.join("gateway.db")).await.unwrap_or_default();
    let is_installed = |id: &String| entries.iter().any(|entry| entry.id == *id);
    findings.extend(waiting.iter().filter(|(id, _)| !is_installed(id)).map(|(id, jobs)| {
        let message =
            format!("{jobs} jobs wait for the engine `{id}`, which is not in {}", config.engines.dir.display());
        Finding::failure("engines", message, "install its plugin again, or cancel the jobs")
    }));
    findings
}

/// An engine that cannot render is no failure of the gateway, unless it is the one that requests get by default.
fn engine(entry: &Entry, settings: &Engines) -> Finding {
    let (reason, remedy) = match entry.status(settings) {
        Status::Checked(Readiness::Ready) => return Finding::ok("engines", format!("`{}` is ready", entry.id)),
        Status::Checked(Readiness::MissingWeights { files, remedy }) => {
            (format!("these weights are missing: {}", files.join(", ")), remedy)
        }
        Status::Checked(Readiness::Failed { reason, remedy }) => (reason, remedy),
        Status::Incompatible { reason } => (reason, "build it again for this gateway, or remove it".to_owned()),
    };
    let message = format!("`{}` cannot render: {reason}", entry.id);
    match entry.id == settings.default {
        true => Finding::failure("engines", message, remedy),
        false => Finding::warning("engines", message, remedy),
    }
}

async fn devices() -> Finding {
    let asked = Command::new("nvidia-smi").arg("-L").stdin(Stdio::null()).kill_on_drop(true).output();
    let has_driver = std::path::Path::new("/proc/driver/nvidia/version").exists();
    match tokio::time::timeout(PATIENCE, asked).await {
        Ok(Ok(answer)) if answer.status.success() => {
            let list = String::from_utf8_lossy(&answer.stdout);
            Finding::ok("devices", list.lines().map(str::trim).collect::<Vec<_>>().join("; "))
        }
        _ if has_driver => Finding::warning(
            "devices",
            "there is an NVIDIA driver, and `nvidia-smi -L` does not list its devices",
            "look at `nvidia-smi`; driver and library may differ in version after an update",
        ),
        _ => Finding::ok("devices", "no GPU was found; engines run on the processor"),
    }
}
