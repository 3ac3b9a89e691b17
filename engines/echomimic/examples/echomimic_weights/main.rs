//! Writes a weights folder as it is published, but with numbers in closed form: for tests of the whole engine without real
//! weights, and to try its speed and memory.
//!
//! ```sh
//! cargo run --release --example echomimic_weights -- FOLDER [--tiny]
//! ```
//!
//! Without `--tiny` the networks have their full size: 9 GB. Videos made with them show nothing.

mod layout;

use std::process::ExitCode;

use engine_echomimic::variant::Variant;
use engine_golden::checkpoint::program;
use layout::Layout;

fn main() -> ExitCode {
    program::run("echomimic_weights", |folder, is_tiny| Layout::new(is_tiny, Variant::Acc).write(folder))
}
