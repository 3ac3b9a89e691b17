//! The program of the gateway's children: it alone links what decodes and encodes, and loads plugins.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use avatar_gateway::cli::probe;
use avatar_gateway::host::child;
use clap::{Parser, Subcommand};

/// How much later than the gateway its children come where both want the processor, on the scale of `nice`: it gets three
/// quarters of it then, and they get all of it whenever it is idle.
const NICENESS: i32 = 5;

/// Runs engines, and decodes what clients send, for `avatar-gateway`, which starts it. It lies beside that program, and there
/// is nothing to do with it by hand.
#[derive(Parser)]
#[command(name = "avatar-worker", version, disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    work: Work,
}

#[derive(Subcommand)]
enum Work {
    /// Run one engine
    #[command(hide = true)]
    EngineHost {
        /// The plugin, where it is installed
        library: PathBuf,
        /// The copy of it that is loaded
        copy: Option<PathBuf>,
    },
    /// Fork children that decode files
    #[command(hide = true)]
    Decoders,
}

fn main() -> ExitCode {
    let Arguments { work } = Arguments::parse();
    take_a_name();
    give_way();
    let done: Result<ExitCode> = match work {
        Work::EngineHost { library, copy } => child::run(&library, copy.as_deref()),
        Work::Decoders => probe::run(),
    };
    done.unwrap_or_else(|error| {
        // Whoever has closed stderr does not want to know.
        let _ = writeln!(std::io::stderr(), "error: {error:#}");
        ExitCode::FAILURE
    })
}

/// The system calls a process after the path that it was started by, which is a number here.
fn take_a_name() {
    // Whoever may not do so is no worse off.
    #[cfg(target_os = "linux")]
    let _ = rustix::thread::set_name(c"avatar-worker");
}

/// Has this process, which computes for long, give way to the gateway, whose clients wait for every answer.
fn give_way() {
    // As above.
    let _ = rustix::process::nice(NICENESS);
}
