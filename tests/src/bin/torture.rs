//! Breaks a gateway in every way for some minutes, and fails if anything was lost: what `cargo xtask torture` runs.

#![allow(clippy::print_stdout, reason = "this is a program that talks to people")]

use std::panic;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use avatar_tests::torture::{Options, kinds, torture};
use clap::Parser;
use signal_hook::consts::{SIGINT, SIGTERM};

/// Break a gateway in every way for some minutes, and see whether anything is lost
#[derive(Debug, Parser)]
#[command(bin_name = "cargo xtask torture", max_term_width = 100)]
struct CommandLine {
    /// How long it strikes in all; the checks after each kind come on top
    #[arg(long, default_value_t = 10.0)]
    minutes: f64,
    /// What faults are drawn from: the same seed strikes in the same order; by default a new one
    #[arg(long)]
    seed: Option<u64>,
    /// Only this kind; may be given several times
    #[arg(long = "kind")]
    kinds: Vec<String>,
    /// Print the kinds and end
    #[arg(long)]
    list: bool,
}

fn main() -> ExitCode {
    let CommandLine { minutes, seed, kinds: chosen, list } = CommandLine::parse();
    if list {
        let kinds = kinds();
        let width = kinds.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        kinds.iter().for_each(|(name, what)| println!("{name:width$}  {what}"));
        return ExitCode::SUCCESS;
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| u64::from(time.subsec_micros()));
    let interrupted = Arc::default();
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&interrupted)).expect("the signal can be heard");
    }
    // What panics is told with its kind, as something wrong.
    panic::set_hook(Box::new(|_| {}));
    let options = Options {
        time: Duration::from_secs_f64(minutes.clamp(0.0, 1e6) * 60.0),
        seed: seed.unwrap_or(now),
        kinds: chosen,
        interrupted,
    };
    match torture(&options) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}
