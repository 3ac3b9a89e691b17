//! `avatar-gateway engines`: what is installed, without a running gateway; and where a new one begins.

pub mod new;
pub mod test;

use std::io;
use std::process::ExitCode;
use std::sync::Arc;

use engine_api::Readiness;
use serde_json::json;

use crate::catalog::entry::{Entry, Status};
use crate::cli::table::{Column, Table};
use crate::cli::{ConfigOptions, installed, out, runtime};
use crate::config::Engines;

/// What to do with the engines.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// List the installed engines
    List(Arguments),
    /// Tell what is in the way of each engine, or what it works with, and what is odd about it; fails if any cannot render
    Check(Arguments),
    /// Try out what an engine's plugin must do, and print a report; fails if it does anything else
    Test(Box<test::Arguments>),
    /// Write the crate of a new engine: whole, small and with its own tests
    New(new::Arguments),
}

/// How to tell it.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    config: ConfigOptions,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Opens every plugin and tells about it.
///
/// # Errors
/// The configuration is wrong.
pub fn run(command: Command) -> anyhow::Result<ExitCode> {
    let (arguments, checking) = match command {
        Command::List(arguments) => (arguments, false),
        Command::Check(arguments) => (arguments, true),
        Command::Test(arguments) => return test::run(*arguments),
        Command::New(arguments) => return new::run(arguments).map(|()| ExitCode::SUCCESS),
    };
    let config = arguments.config.load(None)?;
    let entries = runtime()?.block_on(installed(&config))?;
    if arguments.json {
        let list: Vec<_> = entries.iter().map(|entry| as_json(entry, &entry.status(&config.engines))).collect();
        out::print_json(&list)?;
    } else if entries.is_empty() {
        let folder = config.engines.dir.display();
        out::print(&format!("no engine in {folder}; `cargo xtask engine puppet` builds the default one"))?;
    } else {
        print_table(&entries, &config.engines, checking)?;
    }
    let all_ready = !entries.is_empty() && entries.iter().all(|entry| entry.status(&config.engines).is_ready());
    Ok(if checking && !all_ready { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn as_json(entry: &Entry, status: &Status) -> serde_json::Value {
    let status = match status {
        Status::Checked(readiness) => json!(readiness),
        Status::Incompatible { reason } => json!({"state": "incompatible", "reason": reason}),
    };
    let description = entry.engine.as_ref().map(|engine| &engine.description);
    json!({
        "id": entry.id,
        "library": entry.path(),
        "readiness": status,
        "description": description,
        "warnings": entry.odd(),
    })
}

fn print_table(entries: &[Arc<Entry>], settings: &Engines, with_remedies: bool) -> io::Result<()> {
    let heads = ["ENGINE", "VERSION", "STATE"].map(Column::Whole);
    let mut table = Table::new(&[&heads[..], &[Column::Wrapped("SUMMARY")]].concat());
    let mut remedies = String::new();
    for entry in entries {
        let (state, told) = told(entry.status(settings));
        let (version, summary) = match &entry.engine {
            Some(engine) => {
                let descriptor = &engine.description.descriptor;
                (descriptor.version.to_string(), descriptor.summary.to_string())
            }
            None => ("-".into(), "-".into()),
        };
        table.row([entry.id.clone(), version, state.into(), summary]);
        // Not in the table, where paths and commands would be broken into lines.
        if with_remedies {
            let warnings = entry.odd().iter().map(|odd| format!("warning: {odd}"));
            remedies.extend(told.into_iter().chain(warnings).map(|line| format!("\n\n{}: {line}", entry.id)));
        }
    }
    out::print(&format!("{table}{remedies}"))
}

/// The state in a word or two, and what is to be said of it: what is in the way or, of an engine that is ready, what it
/// works with.
fn told(status: Status) -> (&'static str, Option<String>) {
    match status {
        Status::Checked(Readiness::Ready { note }) => ("ready", note),
        Status::Checked(Readiness::MissingWeights { files, remedy }) => {
            ("missing weights", Some(format!("{}; {remedy}", files.join(", "))))
        }
        Status::Checked(Readiness::Failed { reason, remedy }) => ("failed", Some(format!("{reason}; {remedy}"))),
        Status::Incompatible { reason } => ("incompatible", Some(reason)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ready_engine_says_what_it_works_with_if_it_does() {
        assert_eq!(told(Status::Checked(Readiness::READY)), ("ready", None));
        let note = Some("it works with its mesh".to_owned());
        assert_eq!(told(Status::Checked(Readiness::Ready { note: note.clone() })), ("ready", note));
    }
}
