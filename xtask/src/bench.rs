//! `cargo xtask bench [NAME]`: how fast the parts are that have to be fast.

use std::env;
use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::arguments::Arguments;
use crate::command;
use crate::engine;
use crate::onnxruntime::{self, Build};
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

const BENCHMARKS: [Benchmark; 6] = [
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
        name: "ditto",
        package: "engine-ditto",
        folder: "engines/ditto",
        bench: "ditto",
        what: "frames per second of Ditto, on stand-in networks",
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
    let mut chosen = chosen(wanted.as_deref())?;
    if let Some(missing) = chosen.iter().find(|benchmark| !benchmark.source().is_file()) {
        let words = format!("{} has no source: {} is missing", missing.name, tree::shown(&missing.source()));
        if wanted.is_some() {
            bail!("the benchmark {words}");
        }
        println!("Passed over: {words}");
        chosen.retain(|benchmark| benchmark.source().is_file());
    }

    let mut steps = Steps::new();
    setup::step(&mut steps)?;
    for benchmark in chosen {
        let mut cargo = command::cargo(["bench", "--package", benchmark.package, "--bench", benchmark.bench]);
        if benchmark.needs_onnxruntime() {
            let library = steps.step("Get ONNX Runtime", || onnxruntime::library(Build::Cpu))?;
            cargo.env(onnxruntime::VARIABLE, library);
        }
        let title = format!("{}: {}\n   {}", benchmark.name, benchmark.what, command::shown(&cargo));
        steps.step(&title, || command::run(&mut cargo))?;
    }
    Ok(())
}

impl Benchmark {
    /// Whether it runs networks, and nobody has said on what.
    fn needs_onnxruntime(&self) -> bool {
        engine::uses_onnxruntime(&tree::root().join(self.folder)) && env::var_os(onnxruntime::VARIABLE).is_none()
    }

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
    use crate::tree;

    #[test]
    fn one_or_all_are_chosen() {
        assert_eq!(chosen(None).unwrap().len(), BENCHMARKS.len());
        assert_eq!(chosen(Some("writer")).unwrap()[0].package, "avatar-media");
        let ditto = chosen(Some("ditto")).unwrap()[0];
        assert_eq!(
            (ditto.package, ditto.source()),
            ("engine-ditto", tree::root().join("engines/ditto/benches/ditto.rs"))
        );
        let error = chosen(Some("wrier")).err().unwrap().to_string();
        assert!(error.contains("\n  puppet    frames"), "{error}");
    }
}
