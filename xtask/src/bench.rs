//! `cargo xtask bench [NAME]`: how fast the parts are that have to be fast.

use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::arguments::Arguments;
use crate::command;
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
    what: &'static str,
}

const BENCHMARKS: [Benchmark; 5] = [
    Benchmark {
        name: "writer",
        package: "avatar-media",
        folder: "media",
        bench: "writer",
        what: "frames per second of the video writer alone",
    },
    Benchmark {
        name: "puppet",
        package: "engine-puppet",
        folder: "engines/puppet",
        bench: "puppet",
        what: "frames per second of the default engine",
    },
    Benchmark {
        name: "api",
        package: "avatar-tests",
        folder: "tests",
        bench: "api",
        what: "requests and jobs per second of the gateway",
    },
    Benchmark {
        name: "facades",
        package: "avatar-tests",
        folder: "tests",
        bench: "facades",
        what: "requests per second of the facades, beside those of the API",
    },
    Benchmark {
        name: "faces",
        package: "avatar-tests",
        folder: "tests",
        bench: "faces",
        what: "how often the verdict on a photo is right",
    },
];

pub(crate) fn run(words: &[String]) -> Result<()> {
    let mut arguments = Arguments::new(words);
    let wanted = arguments.word();
    arguments.finish()?;
    let chosen = chosen(wanted.as_deref())?;
    for benchmark in &chosen {
        let source = benchmark.source();
        if !source.is_file() {
            bail!("the benchmark {} has no source: {} is missing", benchmark.name, tree::shown(&source));
        }
    }

    let mut steps = Steps::new();
    setup::step(&mut steps)?;
    for benchmark in chosen {
        let mut cargo = command::cargo(["bench", "--package", benchmark.package, "--bench", benchmark.bench]);
        let title = format!("{}: {}\n   {}", benchmark.name, benchmark.what, command::shown(&cargo));
        steps.step(&title, || command::run(&mut cargo))?;
    }
    Ok(())
}

impl Benchmark {
    fn source(&self) -> PathBuf {
        tree::root().join(self.folder).join("benches").join(self.bench).with_extension("rs")
    }
}

fn chosen(name: Option<&str>) -> Result<Vec<&'static Benchmark>> {
    let Some(name) = name else { return Ok(BENCHMARKS.iter().collect()) };
    match BENCHMARKS.iter().find(|benchmark| benchmark.name == name) {
        Some(benchmark) => Ok(vec![benchmark]),
        None => {
            let lines = BENCHMARKS.iter().map(|benchmark| format!("\n  {:8}  {}", benchmark.name, benchmark.what));
            bail!("there is no benchmark {name:?}; there are{}", lines.collect::<String>())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BENCHMARKS, chosen};

    #[test]
    fn one_or_all_are_chosen() {
        assert_eq!(chosen(None).unwrap().len(), BENCHMARKS.len());
        assert_eq!(chosen(Some("writer")).unwrap()[0].package, "avatar-media");
        let error = chosen(Some("wrier")).err().unwrap().to_string();
        assert!(error.contains("\n  puppet    frames"), "{error}");
    }
}
