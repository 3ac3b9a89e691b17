//! The command line of programs that write folders of checkpoints.

use std::io;
use std::path::Path;
use std::process::ExitCode;

/// Runs `write` with what the command line names: `FOLDER`, and whether it says `--tiny`, for small networks.
pub fn run(name: &str, write: impl FnOnce(&Path, bool) -> io::Result<()>) -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (folder, is_tiny) = match &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [folder] if !folder.starts_with('-') => (Path::new(*folder), false),
        [folder, "--tiny"] => (Path::new(*folder), true),
        _ => {
            eprintln!("usage: {name} FOLDER [--tiny]");
            return ExitCode::FAILURE;
        }
    };
    match write(folder, is_tiny) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error}", folder.display());
            ExitCode::FAILURE
        }
    }
}
