//! `avatar-gateway completions`: what shells complete the command line with.

use std::process::ExitCode;

use clap::CommandFactory;
use clap_complete::Shell;

use crate::cli::out;

const EXAMPLES: &str = "Examples:
  avatar-gateway completions bash > /etc/bash_completion.d/avatar-gateway
  avatar-gateway completions fish > ~/.config/fish/completions/avatar-gateway.fish
  avatar-gateway completions zsh > \"${fpath[1]}/_avatar-gateway\"";

/// For which shell.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// Shell that is to complete the commands
    shell: Shell,
}

/// Prints the script of all commands of `Commands`.
///
/// # Errors
/// stdout cannot be written.
pub fn run<Commands: CommandFactory>(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Commands::command(), env!("CARGO_PKG_NAME"), &mut script);
    out::print(String::from_utf8_lossy(&script).trim_end())?;
    Ok(ExitCode::SUCCESS)
}
