//! `avatar-worker decoders`: what forks children, and the children, which decode and write pictures, sound and video behind a
//! fence.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use avatar_media::faces::SeetaFace;
use avatar_media::video::SourceVideoLimits;
use clap::Parser;
use serde::de::DeserializeOwned;

use crate::config::Photos;
use crate::intake::probe::answer::Answer;
use crate::intake::probe::fence::{self, Bounds};
use crate::intake::probe::forks::{self, Returned};
use crate::intake::probe::photo::Order;
use crate::intake::probe::{detector, photo, portrait, run_speech, run_video, video};

/// What a child is told.
#[derive(Debug, Parser)]
#[command(no_binary_name = true)]
struct Told {
    #[command(subcommand)]
    command: Command,
}

/// What to do.
#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Turn a sound into 16 kHz mono, packed
    Speech {
        /// The sound as sent
        input: PathBuf,
        /// Where to write the samples
        #[arg(long)]
        output: PathBuf,
        /// Refuse anything longer
        #[arg(long)]
        max_seconds: f64,
        /// What it may take
        #[command(flatten)]
        bounds: Bounds,
    },
    /// Tell the names of the encoders that are missing
    Encoders,
    /// Tell which of the system's fences hold
    Fences,
    /// Look at a photo, and turn it into PNG
    Photo {
        /// The photo as sent
        input: PathBuf,
        /// Where to write the PNG
        #[arg(long)]
        output: PathBuf,
        /// What it is held to, as JSON
        #[arg(long, value_parser = from_json::<Order>)]
        order: Order,
        /// What it may take
        #[command(flatten)]
        bounds: Bounds,
    },
    /// Look at a source video
    Video {
        /// The video as sent
        input: PathBuf,
        /// Refuse anything beyond: limits of source videos as JSON
        #[arg(long, value_parser = from_json::<SourceVideoLimits>)]
        limits: SourceVideoLimits,
        /// What it may take
        #[command(flatten)]
        bounds: Bounds,
    },
    /// Look for a picture of a video that shows a usable face
    Portrait {
        /// The video as sent
        input: PathBuf,
        /// Where to write the PNG
        #[arg(long)]
        output: PathBuf,
        /// What a usable face is: the settings of photos as JSON
        #[arg(long, value_parser = from_json::<Photos>)]
        photos: Photos,
        /// What it may take
        #[command(flatten)]
        bounds: Bounds,
    },
    /// Make a video of a photo
    Still {
        /// The photo
        input: PathBuf,
        /// Where to write the MP4
        #[arg(long)]
        output: PathBuf,
        /// How long it is
        #[arg(long)]
        seconds: f64,
        /// What it may take
        #[command(flatten)]
        bounds: Bounds,
    },
    /// Join videos of engines into one
    Join {
        /// The videos, in order
        parts: Vec<PathBuf>,
        /// Where to write the MP4
        #[arg(long)]
        output: PathBuf,
        /// What it may take
        #[command(flatten)]
        bounds: Bounds,
    },
}

fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, serde_json::Error> {
    serde_json::from_str(text)
}

/// Loads what children decode with, and forks one for each piece of work that the gateway asks for. Returns in each child,
/// once that is done, as well.
///
/// # Errors
/// Somebody started this by hand; or, in a child, what has no answer for it fails.
pub fn run() -> anyhow::Result<ExitCode> {
    avatar_media::picture::load_decoders();
    SeetaFace::new();
    match forks::serve().context("`decoders` is started by the gateway and hears from it over a socket on stdin")? {
        Returned::First => Ok(ExitCode::SUCCESS),
        Returned::Child(words) => work(&Told::try_parse_from(words)?.command),
    }
}

/// Does a child's work and tells on stdout what came of it.
fn work(command: &Command) -> anyhow::Result<ExitCode> {
    if let Err(error) = fence_in(command) {
        // No file has been opened yet: this is about what the gateway lacks.
        println!("{}", Answer::<()>::failed(&error).line());
        return Ok(ExitCode::SUCCESS);
    }
    let answer = match command {
        Command::Speech { input, output, max_seconds, .. } => run_speech(input, output, *max_seconds),
        Command::Encoders => Answer::Found(avatar_media::video::missing_encoders()).line(),
        Command::Fences => fence::try_out().map_or_else(|error| Answer::failed(&error), Answer::Found).line(),
        Command::Photo { input, output, order, .. } => photo::run(input, output, order),
        Command::Video { input, limits, .. } => run_video(input, limits),
        Command::Portrait { input, output, photos, .. } => portrait::run(input, output, photos),
        Command::Still { input, output, seconds, .. } => video::run_still(input, *seconds, output),
        Command::Join { output, parts, .. } => video::run_join(output, parts),
    };
    println!("{answer}");
    Ok(ExitCode::SUCCESS)
}

/// Puts this process behind the fence, if it will open files of strangers.
fn fence_in(command: &Command) -> io::Result<()> {
    let networks = match command {
        Command::Photo { order, .. } => detector::files(&order.photos),
        Command::Portrait { photos, .. } => detector::files(photos),
        _ => vec![],
    };
    let (bounds, reads, output): (_, &[PathBuf], _) = match command {
        Command::Encoders | Command::Fences => return Ok(()),
        Command::Video { input, bounds, .. } => (bounds, std::slice::from_ref(input), None),
        Command::Speech { input, output, bounds, .. }
        | Command::Photo { input, output, bounds, .. }
        | Command::Portrait { input, output, bounds, .. }
        | Command::Still { input, output, bounds, .. } => (bounds, std::slice::from_ref(input), Some(output)),
        Command::Join { parts, output, bounds } => (bounds, parts, Some(output)),
    };
    let reads: Vec<&Path> = reads.iter().chain(&networks).map(AsRef::as_ref).collect();
    fence::raise(bounds, &reads, output.and_then(|output| output.parent()))?;
    Ok(())
}
