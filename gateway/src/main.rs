//! The binary: a command line whose every command is one function.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use avatar_gateway::cli::{self, backup, check, doctor, engines, keys, models, restore, serve, submit};
use avatar_gateway::host::child;
use clap::{Parser, Subcommand};

/// How much later than the gateway its children come where both want the processor, on the scale of `nice`: it gets three
/// quarters of it then, and they get all of it whenever it is idle.
const NICENESS: i32 = 5;

/// Portrait and speech in, talking video out.
#[derive(Parser)]
#[command(version, propagate_version = true, disable_help_subcommand = true)]
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
    /// Copy the rows and files of a data folder, also beside a running gateway
    Backup(backup::Arguments),
    /// Make a data folder of a backup
    Restore(restore::Arguments),
    /// Compare the rows of a data folder with its files; fails if anything is lost or out of order
    Check(check::Arguments),
    /// Run one engine; started by the gateway
    #[command(hide = true)]
    EngineHost {
        /// The plugin, where it is installed
        library: PathBuf,
        /// The copy of it that is loaded
        copy: Option<PathBuf>,
    },
    /// Decode a sound or a video; started by the gateway
    #[command(subcommand, hide = true)]
    Probe(cli::probe::Command),
}

fn main() -> ExitCode {
    let done: Result<ExitCode> = match Arguments::parse().command {
        Command::Serve(arguments) => serve::run(arguments),
        Command::Submit(arguments) => submit::run(arguments),
        Command::Engines(command) => engines::run(command),
        Command::Models(command) => models::run(command),
        Command::Keys(command) => keys::run(command),
        Command::Doctor(arguments) => doctor::run(arguments),
        Command::Backup(arguments) => backup::run(arguments),
        Command::Restore(arguments) => restore::run(arguments),
        Command::Check(arguments) => check::run(arguments),
        Command::EngineHost { library, copy } => {
            give_way();
            child::run(&library, copy.as_deref())
        }
        Command::Probe(command) => {
            give_way();
            cli::probe::run(&command)
        }
    };
    done.unwrap_or_else(|error| {
        // Whoever has closed stderr does not want to know.
        let _ = writeln!(std::io::stderr(), "error: {error:#}");
        ExitCode::FAILURE
    })
}

/// Has this process, which computes for long, give way to the gateway, whose clients wait for every answer.
fn give_way() {
    // Whoever may not do so is no worse off.
    let _ = rustix::process::nice(NICENESS);
}
