//! Writes a weights folder as it is published, but with numbers in closed form: for tests of the whole engine without real
//! weights, and to try its speed and memory.
//!
//! ```sh
//! cargo run --release --example dice_talk_weights -- FOLDER [--tiny]
//! ```
//!
//! Without `--tiny` the networks have their full size: 5 GB. Videos made with them show nothing. The face detector is that
//! of the golden set, a program of a few lines that sees a face wherever there is much red.

mod layout;
mod sizes;

use std::process::ExitCode;

use engine_golden::checkpoint::program;
use layout::Layout;

fn main() -> ExitCode {
    program::run("dice_talk_weights", |folder, is_tiny| Layout::new(is_tiny).write(folder))
}
