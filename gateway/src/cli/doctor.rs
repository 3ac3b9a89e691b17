//! `avatar-gateway doctor`: looks at everything that a gateway needs, and says what to do about what is missing.

mod checks;

use std::process::ExitCode;

use crate::cli::findings::{self, Level};
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
    let findings = match arguments.config.read(None) {
        Ok(loaded) => runtime()?.block_on(async { checks::all(&loaded).await }),
        Err(faults) => findings::of_faults(&faults),
    };
    findings::tell(&findings, arguments.json)?;
    let healthy = findings.iter().all(|finding| finding.level < Level::Failure);
    Ok(if healthy { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
