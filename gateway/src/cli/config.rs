//! `avatar-gateway config`: the settings in force, and what is wrong with a configuration, without a running gateway.

use std::path::PathBuf;
use std::process::ExitCode;

use crate::cli::findings::{self, Finding, Level, engines};
use crate::cli::{ConfigOptions, installed, out, runtime};
use crate::config::Loaded;
use crate::config::in_force::as_toml;

/// What to do with the configuration.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Print the settings in force as TOML, each with where it comes from
    ///
    /// A setting comes from an option, else from the environment, else from the file, else it is the default. Secrets
    /// are not shown.
    Show(ShowArguments),
    /// Tell all that is wrong with a configuration; fails if `serve` would not start with it
    ///
    /// Warnings are of what a gateway works without: keys that mean nothing, tables and facades of engines that are not
    /// installed.
    #[command(after_help = CHECK_EXAMPLES)]
    Check(CheckArguments),
}

const CHECK_EXAMPLES: &str = "Examples:
  avatar-gateway config check
  avatar-gateway config check /etc/avatar-gateway.toml --strict";

/// Which settings.
#[derive(Debug, clap::Args)]
pub struct ShowArguments {
    #[command(flatten)]
    config: ConfigOptions,
}

/// Which configuration, and how to tell it.
#[derive(Debug, clap::Args)]
pub struct CheckArguments {
    /// Configuration file, as with --config
    #[arg(value_name = "FILE", conflicts_with = "config")]
    file: Option<PathBuf>,
    /// Fail for warnings as well
    #[arg(long)]
    strict: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigOptions,
}

/// Reads the configuration, and tells of it.
///
/// # Errors
/// It is wrong, where its settings are to be shown.
pub fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Show(arguments) => show(arguments),
        Command::Check(arguments) => check(arguments),
    }
}

fn show(arguments: ShowArguments) -> anyhow::Result<ExitCode> {
    let loaded = arguments.config.read(None)?;
    loaded.warnings.iter().for_each(|warning| eprintln!("warning: {warning}"));
    let source = loaded
        .file
        .as_ref()
        .map_or_else(|| "without a file".into(), |file| format!("with the file {}", file.display()));
    out::print(format!("# {source}\n\n{}", as_toml(&loaded.settings)).trim_end())?;
    Ok(ExitCode::SUCCESS)
}

fn check(arguments: CheckArguments) -> anyhow::Result<ExitCode> {
    let options = match arguments.file {
        Some(file) => ConfigOptions { config: Some(file), ..arguments.config },
        None => arguments.config,
    };
    let (findings, is_usable) = match options.read(None) {
        Ok(loaded) => (of_usable(&loaded)?, true),
        Err(faults) => (findings::of_faults(&faults), false),
    };
    findings::tell(&findings, arguments.json)?;
    let is_well = findings.iter().all(|finding| finding.level == Level::Ok);
    Ok(if is_usable && (is_well || !arguments.strict) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What there is to say of settings that a gateway starts with.
fn of_usable(loaded: &Loaded) -> anyhow::Result<Vec<Finding>> {
    let installed = runtime()?.block_on(installed(&loaded.config))?;
    let source = loaded.file.as_ref().map_or_else(|| "no file".to_owned(), |file| file.display().to_string());
    let mut findings = vec![Finding::ok("configuration", format!("it can be read: {source}"))];
    findings.extend(loaded.warnings.iter().map(Finding::strange));
    // Whatever is not installed yet: a gateway starts without it.
    findings.extend(engines::named(loaded, &installed).into_iter().map(Finding::no_worse_than_strange));
    Ok(findings)
}
