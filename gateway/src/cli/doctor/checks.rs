//! The places that `avatar-gateway doctor` looks at, one function each.

use std::fs::{DirBuilder, File};
use std::os::unix::fs::DirBuilderExt;
use std::process::Stdio;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::process::Command;

use crate::cli::findings::{Finding, access, engines, machine};
use crate::cli::installed;
use crate::config::{Config, Loaded};
use crate::intake::probe::decoders::Decoders;
use crate::store::api_keys::KeyStore;
use crate::store::sqlite::SqliteStore;
use crate::store::sqlite::unclean_end;

/// How long another program may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Looks everywhere.
pub(super) async fn all(loaded: &Loaded) -> Vec<Finding> {
    let config = &loaded.config;
    let mut findings = vec![Finding::ok("configuration", "it can be read")];
    findings.extend(loaded.warnings.iter().map(Finding::strange));
    let is_running = answers(config).await;
    findings.push(address(config, is_running).await);
    findings.push(machine::handles(config));
    findings.push(folder(config, is_running));
    findings.extend(machine::disk(config));
    findings.push(database(config).await);
    findings.extend(keys(config).await);
    match machine::worker().await {
        Ok(worker) => {
            let decoders = Decoders::new(worker);
            findings.push(machine::ffmpeg(&decoders).await);
            findings.push(machine::fences(&decoders).await);
            findings.extend(found_engines(loaded).await);
        }
        Err(missing) => findings.push(missing),
    }
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
    Some(access::keys(config, valid, was_made))
}

async fn found_engines(loaded: &Loaded) -> Vec<Finding> {
    let entries = match installed(&loaded.config).await {
        Ok(entries) => entries,
        Err(error) => return vec![Finding::failure("engines", error.to_string(), "look at the limits of this user")],
    };
    // A database that cannot be read is told elsewhere.
    let file = loaded.config.storage.data_dir.join("gateway.db");
    let waiting = SqliteStore::waiting(&file).await.unwrap_or_default();
    engines::all(loaded, &entries, &waiting)
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
