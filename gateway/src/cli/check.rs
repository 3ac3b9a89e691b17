//! `avatar-gateway check`: compares the rows of a data folder, or of a backup, with its files.

use std::path::PathBuf;
use std::process::ExitCode;

use indicatif::BinaryBytes;
use serde_json::json;

use crate::backup::check::{Checked, check};
use crate::backup::finding::{Finding, Kind};
use crate::cli::progress::with_bar;
use crate::cli::{ConfigOptions, out};

/// How many findings of a kind are printed for people.
const PRINTED: usize = 20;

/// What to check, and how.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Folder to check: a backup, for instance [default: storage.data_dir]
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Read every upload and video, and compare its SHA-256 with that of its row
    #[arg(long)]
    hashes: bool,
    /// Print JSON, with every finding
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigOptions,
}

/// Checks, and tells. Fails if anything is lost or out of order.
///
/// # Errors
/// The configuration is wrong, or the folder cannot be read.
pub fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let data = arguments.config.load(None)?.storage.data_dir;
    let folder = arguments.folder.unwrap_or(data);
    let (checked, took) = with_bar(async |show| check(&folder, arguments.hashes, show).await)?;
    let checked = checked?;
    if arguments.json {
        let remedies: serde_json::Map<_, _> = checked
            .findings
            .iter()
            .filter_map(|finding| Some((json!(finding.kind).as_str()?.to_owned(), json!(finding.kind.remedy()))))
            .collect();
        let mut told = json!(checked);
        told["folder"] = json!(folder);
        told["is_whole"] = json!(checked.is_whole());
        told["remedies"] = remedies.into();
        out::print_json(&told)?;
    } else {
        print_findings(&checked.findings);
        print_summary(&checked, took.as_secs_f64());
    }
    Ok(if checked.is_whole() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Prints findings by kind, each with what to do about it.
pub(super) fn print_findings(findings: &[Finding]) {
    for of_kind in findings.chunk_by(|one, other| one.kind == other.kind) {
        let kind: Kind = of_kind[0].kind;
        for Finding { what, message, .. } in of_kind.iter().take(PRINTED) {
            println!("{:13}  {what}: {message}", kind.name());
        }
        if of_kind.len() > PRINTED {
            println!("{:13}  and {} more, which --json lists", kind.name(), of_kind.len() - PRINTED);
        }
        println!("{:13}  -> {}", "", kind.remedy());
    }
}

fn print_summary(checked: &Checked, seconds: f64) {
    let Checked { jobs, uploads, files, bytes, hashed, young, .. } = checked;
    if *young > 0 {
        println!("{young} files have no row yet; they are so young that the running gateway may be about to write it");
    }
    let faults = checked.findings.iter().filter(|finding| finding.kind.is_fault()).count();
    let verdict = match faults {
        0 => "nothing is lost or out of order".to_owned(),
        faults => format!("{faults} faults"),
    };
    println!(
        "{jobs} jobs, {uploads} uploads, {files} files of {}, {hashed} of them read, in {seconds:.1} s: {verdict}",
        BinaryBytes(*bytes)
    );
}
