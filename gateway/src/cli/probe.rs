//! `avatar-gateway probe`: the child that decodes a sound with native code.

use std::path::PathBuf;
use std::process::ExitCode;

use crate::intake::probe::run_speech;

/// What to decode.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The sound as sent
    input: PathBuf,
    /// Where to write 16 kHz mono WAV
    output: PathBuf,
    /// Refuse anything longer
    #[arg(long)]
    max_seconds: f64,
}

/// Decodes and tells on stdout what it was.
///
/// # Errors
/// None: refusals are answers too.
pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    println!("{}", run_speech(&arguments.input, &arguments.output, arguments.max_seconds));
    Ok(ExitCode::SUCCESS)
}
