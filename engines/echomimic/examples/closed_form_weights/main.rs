//! Writes a weights folder as it is published, but with numbers in closed form: for tests of the whole engine without real
//! weights, and to try its speed and memory.
//!
//! ```sh
//! cargo run --release --example closed_form_weights -- FOLDER [--tiny] [--variant plain]
//! ```
//!
//! Without `--tiny` the networks have their full size: 9 GB. Videos made with them show nothing.

#![allow(clippy::print_stderr, reason = "this is a program that talks to people")]

mod layout;
mod pickle;
mod torch_file;

use std::path::PathBuf;
use std::process::ExitCode;

use engine_echomimic::variant::Variant;
use layout::Layout;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (mut folder, mut is_tiny, mut variant) = (None, false, Variant::Acc);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--tiny" => is_tiny = true,
            "--variant" if arguments.next().as_deref() == Some("plain") => variant = Variant::Plain,
            path if !path.starts_with('-') && folder.is_none() => folder = Some(PathBuf::from(path)),
            _ => folder = None,
        }
    }
    let Some(folder) = folder else {
        eprintln!("usage: closed_form_weights FOLDER [--tiny] [--variant plain]");
        return ExitCode::FAILURE;
    };
    match Layout::new(is_tiny, variant).write(&folder) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error}", folder.display());
            ExitCode::FAILURE
        }
    }
}
