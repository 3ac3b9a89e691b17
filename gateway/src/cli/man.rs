//! `avatar-gateway man`: the manual's pages.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::CommandFactory;

const EXAMPLES: &str = "Examples:
  avatar-gateway man /usr/local/share/man/man1
  avatar-gateway man . && man ./avatar-gateway-serve.1";

/// Where to.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// Folder for the pages, one for each command
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// Writes the pages of all commands of `Commands`.
///
/// # Errors
/// The folder cannot be written.
pub fn run<Commands: CommandFactory>(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let folder = &arguments.folder;
    let written = fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(Commands::command(), folder));
    written.with_context(|| format!("the manual cannot be written into {}", folder.display()))?;
    Ok(ExitCode::SUCCESS)
}
