//! `avatar-gateway jobs`: the jobs of a running gateway.

mod cancel;
mod download;
mod list;
mod show;
mod watch;

use std::process::ExitCode;

use crate::cli::runtime;

/// What to do with the jobs.
#[derive(Debug, clap::Subcommand)]
#[command(after_help = "\
Exit status: 0 when it is done; 1 when it is not, when the gateway refuses it or is away, and where a watched job did \
not succeed; 2 when the command line is wrong; 130 after Ctrl-C, which ends no job here.")]
pub enum Command {
    /// List jobs, the newest first
    List(list::Arguments),
    /// Show all that is known of a job
    Show(show::Arguments),
    /// Show the progress of jobs until they have ended; fails if one of them did not succeed
    Watch(watch::Arguments),
    /// Cancel jobs; those that have ended stay as they are
    Cancel(cancel::Arguments),
    /// Fetch the video of a job
    Download(download::Arguments),
}

/// Asks the gateway, and tells what it says.
///
/// # Errors
/// What it refuses, or that it cannot be reached.
pub fn run(command: Command) -> anyhow::Result<ExitCode> {
    runtime()?.block_on(async {
        match command {
            Command::List(arguments) => list::run(arguments).await,
            Command::Show(arguments) => show::run(arguments).await,
            Command::Watch(arguments) => watch::run(arguments).await,
            Command::Cancel(arguments) => cancel::run(arguments).await,
            Command::Download(arguments) => download::run(arguments).await,
        }
    })
}
