//! `avatar-gateway backup`: takes a backup, also beside a running gateway.

use std::path::PathBuf;
use std::process::ExitCode;

use indicatif::BinaryBytes;

use crate::backup::take::{Report, take};
use crate::cli::ConfigOptions;
use crate::cli::progress::with_bar;
use crate::clock::Clock;

const EXAMPLES: &str = "Examples:
  avatar-gateway backup /backups/monday
  avatar-gateway check /backups/monday --hashes
  avatar-gateway restore /backups/monday --data-dir /srv/avatars";

/// Where to.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// Folder for the backup; it must not exist yet, or be empty
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    #[command(flatten)]
    config: ConfigOptions,
}

/// Takes it, and tells what it holds. Fails if files were missing in the data folder.
///
/// # Errors
/// The configuration is wrong, there is nothing to back up, the folder is not empty, or the disk fails.
pub fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let data = arguments.config.load(None)?.storage.data_dir;
    let folder = arguments.folder;
    let (taken, took) = with_bar(async |show| take(&data, &folder, Clock::system().now(), show).await)?;
    let Report { jobs, uploads, files, bytes, copied, missing } = taken?;
    println!(
        "backed up {} into {} in {:.1} s: {jobs} jobs, {uploads} uploads, {files} files of {}, {} of it copied",
        data.display(),
        folder.display(),
        took.as_secs_f64(),
        BinaryBytes(bytes),
        BinaryBytes(copied),
    );
    if copied < bytes {
        eprintln!(
            "the files share the disk's space with the data folder; for a disk that breaks, copy the backup to another"
        );
    }
    for file in &missing {
        eprintln!("missing in the data folder, and so in the backup: {file}");
    }
    if !missing.is_empty() {
        eprintln!("the backup holds everything else; `avatar-gateway check` says more");
    }
    Ok(if missing.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
