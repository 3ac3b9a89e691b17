//! What a backup says of itself. It is written last: a folder without it is no whole backup.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::{Context, ensure};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The file in the backup.
pub(super) const NAME: &str = "backup.json";
/// How backups are laid out, counted up when that changes.
const FORMAT: u32 = 1;

/// What a backup says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Manifest {
    format: u32,
    gateway_version: String,
    pub(super) made_at: Timestamp,
    pub(super) jobs: u64,
    pub(super) uploads: u64,
    pub(super) files: u64,
    pub(super) bytes: u64,
}

impl Manifest {
    pub(super) fn new(made_at: Timestamp, jobs: u64, uploads: u64, files: u64, bytes: u64) -> Self {
        let gateway_version = env!("CARGO_PKG_VERSION").to_owned();
        Self { format: FORMAT, gateway_version, made_at, jobs, uploads, files, bytes }
    }

    pub(super) fn write(&self, folder: &Path) -> anyhow::Result<()> {
        let path = folder.join(NAME);
        let write = || -> anyhow::Result<()> {
            let mut file = File::options().write(true).create_new(true).mode(0o600).open(&path)?;
            writeln!(file, "{}", serde_json::to_string_pretty(self)?)?;
            Ok(file.sync_all()?)
        };
        write().with_context(|| format!("cannot write {}", path.display()))
    }

    /// Reads that of a whole backup.
    pub(super) fn read(folder: &Path) -> anyhow::Result<Self> {
        let path = folder.join(NAME);
        let text = fs::read_to_string(&path)
            .with_context(|| format!("{} is no whole backup: {} cannot be read", folder.display(), path.display()))?;
        let manifest: Self =
            serde_json::from_str(&text).with_context(|| format!("{} does not describe a backup", path.display()))?;
        ensure!(
            manifest.format == FORMAT,
            "{} was made by gateway {} in a form that this one, {}, does not know; use that one",
            folder.display(),
            manifest.gateway_version,
            env!("CARGO_PKG_VERSION")
        );
        Ok(manifest)
    }
}
