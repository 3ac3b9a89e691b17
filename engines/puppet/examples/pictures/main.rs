//! Makes pictures of what the puppet makes: those of its documentation, and contact sheets of photographs, to be looked at.

#![allow(clippy::print_stdout, reason = "this is a program that talks to people")]

mod documentation;
mod photographs;
mod sheet;
mod sheets;
mod studio;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::studio::Studio;

/// Make pictures of what the puppet makes
#[derive(Debug, Parser)]
#[command(max_term_width = 100)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make the pictures of the documentation, of painted portraits and babble
    Docs {
        /// The folder that they go to
        folder: PathBuf,
    },
    /// Make a contact sheet of each photograph in a folder; fails if one cannot be animated
    ///
    /// From above: two rows of talking; a blink, frame by frame; the eight emotions; the head as far as it goes, by eight
    /// seeds.
    Sheets {
        /// The folder with photographs: PNG, JPEG and WebP, whatever they are called
        photographs: PathBuf,
        /// The folder that the sheets go to
        #[arg(long, value_name = "FOLDER")]
        into: PathBuf,
        /// The folder of the engine's optional weights [default: none]
        #[arg(long, value_name = "FOLDER")]
        weights: Option<PathBuf>,
        /// Speech, of which the beginning is used [default: babble]
        #[arg(long, value_name = "FILE")]
        speech: Option<PathBuf>,
    },
}

fn main() -> ExitCode {
    match run(CommandLine::parse().command) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether everything could be drawn.
fn run(command: Command) -> Result<bool, Box<dyn Error>> {
    match command {
        Command::Docs { folder } => documentation::draw(&mut Studio::new(None, None)?, &folder).map(|()| true),
        Command::Sheets { photographs, into, weights, speech } => {
            let mut studio = Studio::new(speech.as_deref(), weights.as_deref())?;
            sheets::draw(&mut studio, &photographs, &into)
        }
    }
}
