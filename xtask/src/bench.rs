//! `cargo xtask bench [NAME]`: runs the benchmarks.

use std::env;
use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser};

use crate::command;
use crate::libraries::Build;
use crate::libtorch;
use crate::python;
use crate::runtime::Runtime;
use crate::setup;
use crate::steps::Steps;
use crate::tree;

/// A benchmark, run as `cargo bench --package PACKAGE --bench BENCH`.
struct Benchmark {
    name: &'static str,
    package: &'static str,
    /// Where the package lies in the checkout.
    folder: &'static str,
    bench: &'static str,
    /// Names to the benchmark a Python with PyTorch that it compares with; one is made where nobody names it.
    pytorch: Option<&'static str>,
    what: &'static str,
}

const BENCHMARKS: [Benchmark; 10] = [
    Benchmark {
        name: "writer",
        package: "avatar-media",
        folder: "media",
        bench: "writer",
        pytorch: None,
        what: "frames per second of the video writer alone",
    },
    Benchmark {
        name: "puppet",
        package: "engine-puppet",
        folder: "engines/puppet",
        bench: "puppet",
        pytorch: None,
        what: "frames per second of the default engine",
    },
    Benchmark {
        name: "ditto",
        package: "engine-ditto",
        folder: "engines/ditto",
        bench: "ditto",
        pytorch: None,
        what: "frames per second of Ditto, on stand-in networks",
    },
    Benchmark {
        name: "echomimic",
        package: "engine-echomimic",
        folder: "engines/echomimic",
        bench: "denoiser",
        pytorch: Some("ECHOMIMIC_BENCH_PYTHON"),
        what: "seconds of a call of EchoMimic's largest network at full size, beside PyTorch's",
    },
    Benchmark {
        name: "dice-talk",
        package: "engine-dice-talk",
        folder: "engines/dice-talk",
        bench: "denoiser",
        pytorch: Some("DICE_TALK_BENCH_PYTHON"),
        what: "seconds of a call of DICE-Talk's largest network at full size, beside PyTorch's",
    },
    Benchmark {
        name: "rife",
        package: "engine-dice-talk",
        folder: "engines/dice-talk",
        bench: "rife",
        pytorch: Some("DICE_TALK_BENCH_PYTHON"),
        what: "seconds of DICE-Talk for the picture in the middle of two, beside PyTorch's",
    },
    Benchmark {
        name: "api",
        package: "avatar-tests",
        folder: "tests",
        bench: "api",
        pytorch: None,
        what: "requests and jobs a second of the gateway on one core, beside a bare server",
    },
    Benchmark {
        name: "scale",
        package: "avatar-tests",
        folder: "tests",
        bench: "scale",
        pytorch: None,
        what: "milliseconds of the API's answers with a million jobs behind and a hundred thousand before it",
    },
    Benchmark {
        name: "facades",
        package: "avatar-tests",
        folder: "tests",
        bench: "facades",
        pytorch: None,
        what: "requests a second of the facades on one core, beside the API and a bare server",
    },
    Benchmark {
        name: "faces",
        package: "avatar-tests",
        folder: "tests",
        bench: "faces",
        pytorch: None,
        what: "how often the verdict on a photo is right",
    },
];

/// What the chore is told.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// The benchmark to run
    #[arg(value_parser = names())]
    name: Option<String>,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let wanted = options.name.as_deref();
    let mut chosen: Vec<_> =
        BENCHMARKS.iter().filter(|benchmark| wanted.is_none_or(|name| name == benchmark.name)).collect();
    if let Some(missing) = chosen.iter().find(|benchmark| !benchmark.source().is_file()) {
        let words = format!("{} has no source: {} is missing", missing.name, tree::shown(&missing.source()));
        if wanted.is_some() {
            bail!("the benchmark {words}");
        }
        println!("Passed over: {words}");
        chosen.retain(|benchmark| benchmark.source().is_file());
    }

    if wanted.is_none() {
        for benchmark in chosen.extract_if(.., |benchmark| benchmark.needs_pytorch()) {
            println!("Passed over: {0} fetches PyTorch, 5 GB; `cargo xtask bench {0}` runs it", benchmark.name);
        }
    }

    let mut steps = Steps::new();
    setup::step(&mut steps)?;
    for benchmark in chosen {
        let mut cargo = command::cargo(["bench", "--package", benchmark.package, "--bench", benchmark.bench]);
        if let Some(runtime) = Runtime::of(&tree::root().join(benchmark.folder)) {
            let title = format!("Get {}", runtime.described(Build::Cpu));
            cargo.env(runtime.variable(), steps.step(&title, || runtime.for_tests())?);
        }
        if let Some(variable) = benchmark.pytorch.filter(|_| benchmark.needs_pytorch()) {
            let package = format!("torch=={}", libtorch::VERSION);
            let title = format!("Get {package} with what it depends on, 5 GB");
            cargo.env(variable, steps.step(&title, || python::with_package("pytorch", &package))?);
        }
        let title = format!("{}: {}\n   {}", benchmark.name, benchmark.what, command::shown(&cargo));
        steps.step(&title, || command::run(&mut cargo))?;
    }
    Ok(())
}

impl Benchmark {
    /// Whether it compares with PyTorch, and nobody has named a Python that has it.
    fn needs_pytorch(&self) -> bool {
        self.pytorch.is_some_and(|variable| env::var_os(variable).is_none())
    }

    fn source(&self) -> PathBuf {
        tree::root().join(self.folder).join("benches").join(self.bench).with_extension("rs")
    }
}

fn names() -> PossibleValuesParser {
    BENCHMARKS.iter().map(|benchmark| PossibleValue::new(benchmark.name).help(benchmark.what)).into()
}

#[cfg(test)]
mod tests {
    use super::BENCHMARKS;

    #[test]
    fn a_benchmark_that_is_named_is_there() {
        let missing = BENCHMARKS.iter().find(|benchmark| !benchmark.source().is_file());
        assert!(missing.is_none(), "{}", missing.map_or("", |benchmark| benchmark.name));
    }
}
