//! `avatar-gateway restore`: makes a data folder of a backup.

use std::path::PathBuf;
use std::process::ExitCode;

use indicatif::BinaryBytes;

use crate::backup::restore::{Restored, restore};
use crate::cli::ConfigOptions;
use crate::cli::check::print_findings;
use crate::cli::progress::with_bar;

/// What from.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Folder that `avatar-gateway backup` has made; it stays as it is
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    #[command(flatten)]
    config: ConfigOptions,
}

/// Restores, and tells what there is now. Fails if the backup was not whole.
///
/// # Errors
/// The configuration is wrong, there is no backup, the data folder is used, or the disk fails.
pub fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let data = arguments.config.load(None)?.storage.data_dir;
    let (restored, took) = with_bar(async |show| restore(&arguments.folder, &data, show).await)?;
    let Restored { made_at, copied, checked } = restored?;
    println!(
        "restored the backup of {made_at:.0} into {} in {:.1} s: {} jobs, {} uploads, {} files of {}, {} of it copied",
        data.display(),
        took.as_secs_f64(),
        checked.jobs,
        checked.uploads,
        checked.files,
        BinaryBytes(checked.bytes),
        BinaryBytes(copied),
    );
    print_findings(&checked.findings);
    println!("jobs that were running then are queued again by the next start");
    Ok(if checked.is_whole() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
