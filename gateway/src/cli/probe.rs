//! `avatar-gateway probe`: the child that decodes sound and video with native code.

use std::path::PathBuf;
use std::process::ExitCode;

use crate::intake::probe::{run_speech, run_video};

/// What to decode.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Turn a sound into 16 kHz mono WAV
    Speech {
        /// The sound as sent
        input: PathBuf,
        /// Where to write the WAV
        output: PathBuf,
        /// Refuse anything longer
        #[arg(long)]
        max_seconds: f64,
    },
    /// Print the names of the encoders that are missing
    Encoders,
    /// Look at a source video
    Video {
        /// The video as sent
        input: PathBuf,
        /// Refuse anything longer
        #[arg(long)]
        max_seconds: f64,
    },
}

/// Decodes and tells on stdout what it was.
///
/// # Errors
/// None: refusals are answers too.
pub fn run(command: &Command) -> anyhow::Result<ExitCode> {
    let answer = match command {
        Command::Speech { input, output, max_seconds } => run_speech(input, output, *max_seconds),
        Command::Encoders => avatar_media::video::missing_encoders().join(", "),
        Command::Video { input, max_seconds } => run_video(input, *max_seconds),
    };
    println!("{answer}");
    Ok(ExitCode::SUCCESS)
}
