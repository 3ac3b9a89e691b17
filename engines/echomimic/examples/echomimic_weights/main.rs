//! Writes a weights folder as it is published, but with numbers in closed form: for tests of the whole engine without real
//! weights, and to try its speed and memory.
//!
//! ```sh
//! cargo run --release --example echomimic_weights -- FOLDER [--tiny]
//! ```
//!
//! Without `--tiny` the networks have their full size: 9 GB. Videos made with them show nothing.

#![allow(clippy::print_stderr, reason = "this is a program that talks to people")]

mod layout;

use std::path::Path;
use std::process::ExitCode;

use engine_echomimic::variant::Variant;
use layout::Layout;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (folder, is_tiny) = match &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [folder] if !folder.starts_with('-') => (Path::new(*folder).to_owned(), false),
        [folder, "--tiny"] => (Path::new(*folder).to_owned(), true),
        _ => {
            eprintln!("usage: echomimic_weights FOLDER [--tiny]");
            return ExitCode::FAILURE;
        }
    };
    match Layout::new(is_tiny, Variant::Acc).write(&folder) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error}", folder.display());
            ExitCode::FAILURE
        }
    }
}
