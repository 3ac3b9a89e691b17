//! `avatar-gateway probe`: the child that decodes and writes sound and video with native code.

use std::path::PathBuf;
use std::process::ExitCode;

use crate::config::Photos;
use crate::intake::probe::{portrait, run_speech, run_video, video};

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
    /// Look for a picture of a video that shows a usable face
    Portrait {
        /// The video as sent
        input: PathBuf,
        /// Where to write the PNG
        output: PathBuf,
        /// What a usable face is: the settings of photos as JSON
        #[arg(long, value_parser = from_json)]
        photos: Photos,
    },
    /// Make a video of a photo
    Still {
        /// The photo
        input: PathBuf,
        /// Where to write the MP4
        output: PathBuf,
        /// How long it is
        #[arg(long)]
        seconds: f64,
    },
    /// Join videos of engines into one
    Join {
        /// Where to write the MP4
        output: PathBuf,
        /// The videos, in order
        parts: Vec<PathBuf>,
    },
}

fn from_json(text: &str) -> Result<Photos, serde_json::Error> {
    serde_json::from_str(text)
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
        Command::Portrait { input, output, photos } => portrait::run(input, output, photos),
        Command::Still { input, output, seconds } => video::run_still(input, *seconds, output),
        Command::Join { output, parts } => video::run_join(output, parts),
    };
    println!("{answer}");
    Ok(ExitCode::SUCCESS)
}
