//! `cargo xtask`: the project's chores, and how each is called. It is built before anything else, so it needs no library
//! of the system.

#![allow(clippy::print_stdout, reason = "this is a program that talks to people")]

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::libraries::Build;
use crate::skipped::Skipped;
use crate::steps::Steps;

mod bench;
mod clients;
mod command;
mod conformance;
mod demo;
mod dependencies;
mod engine;
mod gateway;
mod libraries;
mod libtorch;
mod nginx;
mod once;
mod onnxruntime;
mod pictures;
mod python;
mod runtime;
mod setup;
mod skipped;
mod steps;
mod tests;
mod torture;
mod tree;
mod video;
mod wheels;

/// The project's chores
#[derive(Debug, Parser)]
#[command(bin_name = "cargo xtask", max_term_width = 100)]
struct CommandLine {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Debug, Subcommand)]
enum Chore {
    /// Check the machine and install the Debian packages that are missing
    Setup,
    /// Build the gateway and let it make a talking video
    Demo(demo::Order),
    /// Run everything a change must pass
    Test(tests::Options),
    /// Look at licences, versions, sources and advisories of the dependencies: a step of `test` alone
    Dependencies,
    /// Ask a gateway whether it answers as its document says: the last step of `test` alone
    Conformance,
    /// Run one benchmark, or all
    Bench(bench::Options),
    /// Draw contact sheets of what an engine makes of photographs
    Pictures(pictures::Options),
    /// Break a gateway in every way for some minutes, and see whether anything is lost
    Torture(torture::Options),
    /// Fetch the ONNX Runtime that the tests use, once, and print where it lies
    Onnxruntime,
    /// Fetch the libtorch that engines are built against and tested with, once, and print where it lies
    Libtorch,
    /// Find or fetch the nginx that a test puts before a gateway, once, and print where it lies
    Nginx,
    /// Make the Python that runs clients in the tests, once, and print where it lies
    Python,
    /// Make the Python with OpenAI's library that tests run, once, and print where it lies
    OpenaiPython,
    /// Fetch OpenAI's library for Node that tests run, once, and print the folder of modules that it lies in
    OpenaiNode,
    /// Make the Python with the program that makes clients of OpenAPI documents, once, and print where it lies
    OpenapiPython,
    /// Fetch what makes and checks clients of OpenAPI documents in TypeScript, once, and print the folder of modules
    OpenapiTypescript,
    /// Make the Python that looks at OpenAPI documents in a test, once, and print where it lies
    Validator,
    /// Build an engine and install it in engines/, with what its networks run on
    Engine(engine::Options),
}

fn main() -> ExitCode {
    match run(CommandLine::parse().chore) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(chore: Chore) -> Result<()> {
    match chore {
        Chore::Setup => setup::run(),
        Chore::Demo(order) => demo::run(&order),
        Chore::Test(options) => tests::run(&options),
        Chore::Dependencies => dependencies::step(&mut Steps::new(), &Skipped::new()?),
        Chore::Conformance => conformance::step(&mut Steps::new(), &Skipped::new()?),
        Chore::Bench(options) => bench::run(&options),
        Chore::Pictures(options) => pictures::run(&options),
        Chore::Torture(options) => torture::run(&options),
        Chore::Onnxruntime => {
            println!("{}", onnxruntime::library(Build::Cpu)?.display());
            Ok(())
        }
        Chore::Libtorch => {
            println!("{}", libtorch::for_build(Build::Cpu)?.display());
            Ok(())
        }
        Chore::Nginx => {
            println!("{}", nginx::program()?.display());
            Ok(())
        }
        Chore::Python => {
            println!("{}", clients::python()?.display());
            Ok(())
        }
        Chore::OpenaiPython => {
            println!("{}", clients::openai_python()?.display());
            Ok(())
        }
        Chore::OpenaiNode => {
            println!("{}", clients::openai_node()?.display());
            Ok(())
        }
        Chore::OpenapiPython => {
            println!("{}", clients::openapi_python()?.display());
            Ok(())
        }
        Chore::OpenapiTypescript => {
            println!("{}", clients::openapi_typescript()?.display());
            Ok(())
        }
        Chore::Validator => {
            println!("{}", clients::validator()?.display());
            Ok(())
        }
        Chore::Engine(options) => engine::run(&options),
    }
}

#[cfg(test)]
mod command_line_test {
    use clap::{CommandFactory, Parser};

    use super::CommandLine;

    fn refusal(words: &[&str]) -> String {
        let words = ["xtask"].iter().chain(words);
        CommandLine::try_parse_from(words).unwrap_err().to_string()
    }

    #[test]
    fn the_command_line_is_sound() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn what_is_misspelt_double_or_missing_is_named() {
        assert!(refusal(&["dmeo"]).contains("'demo'"));
        assert!(refusal(&["demo", "--phto", "me.jpg"]).contains("'--photo'"));
        assert!(refusal(&["demo", "--photo"]).contains("a value is required"));
        assert!(refusal(&["demo", "--out", "a", "--out=b"]).contains("multiple times"));
        assert!(refusal(&["setup", "now"]).contains("'now'"));
        assert!(refusal(&["test", "gateway"]).contains("[-- <FILTER>...]"));
        assert!(refusal(&["engine", "puppet", "--release", "--debug"]).contains("cannot be used with"));
        assert!(refusal(&["bench", "wrier"]).contains("'writer'"));
        assert!(refusal(&["pictures", "pupet", "."]).contains("'puppet'"));
        assert!(refusal(&["pictures", "puppet", "no/such"]).contains("there is no folder"));
        assert!(refusal(&[]).contains("Usage: cargo xtask <COMMAND>"));
    }
}
