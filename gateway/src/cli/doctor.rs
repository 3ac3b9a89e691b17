//! `avatar-gateway doctor`: looks at everything that a gateway needs, and says what to do about what is missing.

mod checks;
mod finding;

use std::io::IsTerminal;
use std::process::ExitCode;

use crate::cli::doctor::finding::{Finding, Level};
use crate::cli::{ConfigOptions, runtime};

/// How to tell it.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    config: ConfigOptions,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Looks, and tells. Fails if a gateway would not run.
///
/// # Errors
/// stdout cannot be written.
pub fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let findings = match arguments.config.load(None) {
        Ok(config) => runtime()?.block_on(async { checks::all(&config).await }),
        Err(faults) => {
            vec![Finding::failure("configuration", faults.to_string(), "mend it; nothing else was looked at")]
        }
    };
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&findings)?);
    } else {
        print(&findings);
    }
    let healthy = findings.iter().all(|finding| finding.level < Level::Failure);
    Ok(if healthy { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn print(findings: &[Finding]) {
    let colours = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let width = findings.iter().map(|finding| finding.check.len()).max().unwrap_or_default();
    for Finding { check, level, message, remedy } in findings {
        let (word, colour) = match level {
            Level::Ok => ("ok     ", 32),
            Level::Warning => ("warning", 33),
            Level::Failure => ("failure", 31),
        };
        let word = if colours { format!("\x1b[{colour}m{word}\x1b[0m") } else { word.to_owned() };
        println!("{word}  {check:width$}  {message}");
        if !remedy.is_empty() {
            println!("         {:width$}  -> {remedy}", "");
        }
    }
    let count = |level| findings.iter().filter(|finding| finding.level == level).count();
    match (count(Level::Failure), count(Level::Warning)) {
        (0, 0) => println!("\nAll is well."),
        (failures, warnings) => println!("\n{failures} failures, {warnings} warnings"),
    }
}
