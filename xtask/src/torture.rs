//! `cargo xtask torture`: breaks a gateway in every way for some minutes, and fails if anything is lost.

use anyhow::Result;
use clap::Args;

use crate::command::{self, cargo};
use crate::setup;
use crate::steps::Steps;

/// What the chore is told.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// How long it strikes in all; the checks after each kind come on top [default: 10]
    #[arg(long)]
    minutes: Option<f64>,
    /// What faults are drawn from: the same seed strikes in the same order [default: a new one]
    #[arg(long)]
    seed: Option<u64>,
    /// Only this kind; may be given several times
    #[arg(long = "kind")]
    kinds: Vec<String>,
    /// Print the kinds and end
    #[arg(long)]
    list: bool,
    /// Optimise the gateway, which then has to answer within 50 ms; without it, within ten times as long
    #[arg(long)]
    release: bool,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    setup::step(&mut Steps::new())?;
    command::run(&mut command(options))
}

/// The program that does it builds the gateway and the engines by itself, with its own profile.
fn command(options: &Options) -> std::process::Command {
    let mut command = cargo(["run", "--quiet", "--package=avatar-tests", "--bin=torture"]);
    command.args(options.release.then_some("--release")).arg("--");
    command.args(options.minutes.map(|minutes| format!("--minutes={minutes}")));
    command.args(options.seed.map(|seed| format!("--seed={seed}")));
    command.args(options.kinds.iter().map(|kind| format!("--kind={kind}")));
    command.args(options.list.then_some("--list"));
    command
}

#[cfg(test)]
mod tests {
    use super::{Options, command};
    use crate::command::shown;

    #[test]
    fn what_is_asked_for_is_passed_on() {
        let kinds = vec!["hang-ups".to_owned()];
        let options = Options { minutes: Some(0.5), seed: Some(7), kinds, list: false, release: true };
        let line = "cargo run --quiet --package=avatar-tests --bin=torture --release -- --minutes=0.5 --seed=7 --kind=hang-ups";
        assert_eq!(shown(&command(&options)), line);
    }
}
