//! The gateway's program: a command line whose every command is one function.

use std::io::Write;
use std::process::ExitCode;
use std::sync::LazyLock;

use anyhow::Result;
use avatar_gateway::cli::{
    backup, check, completions, config, doctor, engines, jobs, keys, man, models, restore, serve, submit,
};
use clap::{Parser, Subcommand};
use git_version::git_version;

/// The commit that this binary was built from; empty where there is no repository. The macro has this file, and no other,
/// compiled again for each commit.
const COMMIT: &str = git_version!(args = ["--always", "--exclude=*", "--abbrev=12"], fallback = "");

const EXAMPLES: &str = "A first video, from the folder of the engines' plugins:
  avatar-gateway doctor
  avatar-gateway serve
  avatar-gateway submit --photo me.jpg --speech hello.wav -o hello.mp4

Settings: avatar-gateway.toml in the current folder, or --config; `avatar-gateway config show` prints all.";

/// Portrait and speech in, talking video out.
#[derive(Parser)]
#[command(name = "avatar-gateway", version = version(), propagate_version = true, after_help = EXAMPLES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the gateway
    Serve(serve::Arguments),
    /// Let a running gateway make a video
    Submit(submit::Arguments),
    /// List, show, watch and cancel the jobs of a running gateway, and fetch their videos
    #[command(subcommand)]
    Jobs(jobs::Command),
    /// Look at the installed engines
    #[command(subcommand)]
    Engines(engines::Command),
    /// List, fetch and check the weights of engines
    #[command(subcommand)]
    Models(models::Command),
    /// Make, list and revoke API keys
    #[command(subcommand)]
    Keys(keys::Command),
    /// Look at everything that a gateway needs, and say what to do about what is missing
    Doctor(doctor::Arguments),
    /// Show the settings in force, or check a configuration
    #[command(subcommand)]
    Config(config::Command),
    /// Copy the rows and files of a data folder, also beside a running gateway
    Backup(backup::Arguments),
    /// Make a data folder of a backup
    Restore(restore::Arguments),
    /// Compare the rows of a data folder with its files; fails if anything is lost or out of order
    Check(check::Arguments),
    /// Print a script with which a shell completes these commands
    Completions(completions::Arguments),
    /// Write the manual's pages
    Man(man::Arguments),
}

fn main() -> ExitCode {
    let done: Result<ExitCode> = match Arguments::parse().command {
        Command::Serve(arguments) => serve::run(arguments, COMMIT),
        Command::Submit(arguments) => submit::run(arguments),
        Command::Jobs(command) => jobs::run(command),
        Command::Engines(command) => engines::run(command),
        Command::Models(command) => models::run(command),
        Command::Keys(command) => keys::run(command),
        Command::Doctor(arguments) => doctor::run(arguments),
        Command::Config(command) => config::run(command),
        Command::Backup(arguments) => backup::run(arguments),
        Command::Restore(arguments) => restore::run(arguments),
        Command::Check(arguments) => check::run(arguments),
        Command::Completions(arguments) => completions::run::<Arguments>(&arguments),
        Command::Man(arguments) => man::run::<Arguments>(&arguments),
    };
    done.unwrap_or_else(|error| {
        // Whoever has closed stderr does not want to know.
        let _ = writeln!(std::io::stderr(), "error: {error:#}");
        ExitCode::FAILURE
    })
}

/// The version, with the commit where it is known.
fn version() -> &'static str {
    static VERSION: LazyLock<String> = LazyLock::new(|| format!("{} ({COMMIT})", env!("CARGO_PKG_VERSION")));
    if COMMIT.is_empty() { env!("CARGO_PKG_VERSION") } else { &VERSION }
}
