//! `avatar-gateway models`: lists, fetches and checks the weights that engines describe, without a running gateway.

mod bars;
mod verdict;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use engine_api::{Description, Weight};
use indicatif::BinaryBytes;
use serde_json::json;

use crate::catalog::entry::{Entry, Status};
use crate::cli::models::bars::Bars;
use crate::cli::models::verdict::{Verdict, summary};
use crate::cli::table::{Column, Table};
use crate::cli::{ConfigOptions, installed, out, runtime};
use crate::config::Config;
use crate::domain::params::nearest;
use crate::weights::hub::Patience;
use crate::weights::hubs::Hubs;
use crate::weights::pull::{Pull, free};
use crate::weights::{Item, Place, State, items};

/// What to do with the weights.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// List the files of weights with their size, state and source
    List(ListArguments),
    /// Fetch the files that are missing or of the wrong size; what broke off is continued
    ///
    /// HF_ENDPOINT names another hub than huggingface.co. A token for gated repositories is taken from HF_TOKEN,
    /// HUGGING_FACE_HUB_TOKEN, or the file that the hub's own tools keep it in. GITHUB_RAW_ENDPOINT names a mirror of
    /// raw.githubusercontent.com for the files that lie on GitHub, which sees no token.
    #[command(after_help = PULL_EXAMPLES)]
    Pull(PullArguments),
    /// Check the sizes and SHA-256 of all files; fails if anything is wrong, or is missing and not optional
    Verify(VerifyArguments),
}

const PULL_EXAMPLES: &str = "Examples:
  avatar-gateway models list ditto
  avatar-gateway models pull ditto
  HF_TOKEN=hf_... avatar-gateway models pull echomimic";

/// Which to list, and how.
#[derive(Debug, clap::Args)]
pub struct ListArguments {
    /// Engine [default: all]
    engine: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigOptions,
}

/// Which to fetch.
#[derive(Debug, clap::Args)]
pub struct PullArguments {
    /// Engine
    engine: String,
    /// Look into the files that are there, too: fetch again each whose SHA-256 does not prove it whole
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    config: ConfigOptions,
}

/// Which to check.
#[derive(Debug, clap::Args)]
pub struct VerifyArguments {
    /// Engine
    engine: String,
    #[command(flatten)]
    config: ConfigOptions,
}

/// Asks the engines what they need, and does it.
///
/// # Errors
/// The configuration is wrong, there is no such engine, or its files cannot be had.
pub fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::List(arguments) => list(arguments),
        Command::Pull(arguments) => pull(arguments),
        Command::Verify(arguments) => verify(arguments),
    }
}

/// An engine that needs weights, and where they lie.
struct Needs {
    id: String,
    description: Description,
    place: Place,
}

impl Needs {
    fn of(entry: &Entry, config: &Config) -> anyhow::Result<Self> {
        let id = entry.id.clone();
        let description = match (&entry.engine, entry.status(&config.engines)) {
            (Some(engine), _) => engine.description.clone(),
            (None, Status::Incompatible { reason }) => bail!("the engine {id:?} cannot be asked: {reason}"),
            (None, Status::Checked(_)) => bail!("the engine {id:?} cannot be asked what it needs"),
        };
        let here = std::env::current_dir().context("the current folder cannot be told")?;
        let place = Place::of(config, &id, &here);
        Ok(Self { id, description, place })
    }

    fn items(&self) -> anyhow::Result<Vec<Item>> {
        Ok(items(&self.place.folder, &self.description.descriptor.weights)?)
    }

    /// Says what has to be configured, if anything.
    fn advise(&self) {
        if !self.place.is_configured {
            let lines = self.place.lines(&self.id);
            eprintln!("the engine does not look there yet; write into the configuration:\n\n{lines}\n");
        }
    }
}

fn needs(config: &Config, id: &str) -> anyhow::Result<Needs> {
    let entries = runtime()?.block_on(installed(config))?;
    let Some(entry) = entries.iter().find(|entry| entry.id == id) else {
        let meant = nearest(id, entries.iter().map(|entry| entry.id.as_str()));
        let remedy = match meant {
            Some(meant) => format!("did you mean {meant:?}?"),
            None => "`avatar-gateway engines list` shows the installed ones".to_owned(),
        };
        bail!("there is no engine {id:?} in {}; {remedy}", config.engines.dir.display());
    };
    Needs::of(entry, config)
}

fn list(arguments: ListArguments) -> anyhow::Result<ExitCode> {
    let config = arguments.config.load(None)?;
    let listed = match &arguments.engine {
        Some(id) => vec![needs(&config, id)?],
        // An engine that cannot be asked is told of by `engines check`, and keeps no other from being listed.
        None => {
            runtime()?.block_on(installed(&config))?.iter().filter_map(|entry| Needs::of(entry, &config).ok()).collect()
        }
    };
    let mut tables = Vec::new();
    for needs in listed {
        let items = needs.items().with_context(|| format!("the engine {:?}", needs.id))?;
        tables.push((needs, items));
    }
    if arguments.json {
        let list: Vec<_> = tables.iter().map(|(needs, items)| as_json(needs, items)).collect();
        out::print_json(&list)?;
        return Ok(ExitCode::SUCCESS);
    }
    tables.retain(|(_, items)| !items.is_empty());
    if tables.is_empty() {
        println!(
            "{}",
            arguments.engine.map_or("no engine needs weights".into(), |id| format!("{id} needs no weights"))
        );
    }
    for (needs, items) in &tables {
        let mut table = Table::new(&[
            Column::Wrapped("FILE"),
            Column::Whole("SIZE"),
            Column::Wrapped("STATE"),
            Column::Wrapped("FROM"),
        ]);
        for item in items {
            let size = item.weight.bytes.map_or_else(|| "-".to_owned(), |bytes| BinaryBytes(bytes).to_string());
            let source = item.source.in_brief(&item.weight.file).to_string();
            table.row([item.weight.file.clone(), size, state(item), source]);
        }
        out::print(&format!("{}  in {}\n{table}", needs.id, needs.place.folder.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// What is at a file's place, and whether the engine can do without it.
fn state(item: &Item) -> String {
    let optional = if item.weight.optional { " (optional)" } else { "" };
    format!("{}{optional}", item.state())
}

fn as_json(needs: &Needs, items: &[Item]) -> serde_json::Value {
    let weights: Vec<_> = items.iter().map(item_as_json).collect();
    let place = &needs.place;
    json!({"engine": needs.id, "folder": place.folder, "configured": place.is_configured, "weights": weights})
}

fn item_as_json(item: &Item) -> serde_json::Value {
    let Weight { file, bytes, optional, .. } = &item.weight;
    json!({
        "file": file,
        "source": item.source.to_string(),
        "bytes": bytes,
        "sha256": item.sha256(),
        "optional": optional,
        "found": item.state(),
    })
}

fn pull(arguments: PullArguments) -> anyhow::Result<ExitCode> {
    let config = arguments.config.load(None)?;
    let needs = needs(&config, &arguments.engine)?;
    let all = needs.items()?;
    let id = &needs.id;
    if all.is_empty() {
        println!("{id} needs no weights: nothing to pull");
        return Ok(ExitCode::SUCCESS);
    }
    let bars = Bars::new(all.iter().map(|item| item.weight.file.as_str()));
    let is_good = |item: &Item| match arguments.force {
        true => item.sha256().is_some() && checked(item, &bars) == State::There,
        false => item.state() == State::There,
    };
    let wanted: Vec<Item> = all.iter().filter(|item| !is_good(item)).cloned().collect();
    let begun = Instant::now();
    let folder: PathBuf = needs.place.folder.clone();
    let bytes = match wanted.as_slice() {
        [] => 0,
        wanted => {
            let patience = Patience::default();
            let hubs = Hubs::from_environment(|name| std::env::var(name).ok(), &patience)?;
            let pull = Pull {
                hubs: &hubs,
                folder: &folder,
                patience,
                free: &free,
                watch: &|file, event| bars.show(file, event),
            };
            runtime()?.block_on(pull.run(wanted))?
        }
    };
    println!(
        "{id}: all {} files are in {}; {} fetched, {} ({bytes} bytes) in {:.1} s",
        all.len(),
        folder.display(),
        wanted.len(),
        BinaryBytes(bytes),
        if wanted.is_empty() { Duration::ZERO } else { begun.elapsed() }.as_secs_f64(),
    );
    needs.advise();
    Ok(ExitCode::SUCCESS)
}

fn verify(arguments: VerifyArguments) -> anyhow::Result<ExitCode> {
    let config = arguments.config.load(None)?;
    let needs = needs(&config, &arguments.engine)?;
    let items = needs.items()?;
    let id = &needs.id;
    if items.is_empty() {
        println!("{id} needs no weights: nothing to verify");
        return Ok(ExitCode::SUCCESS);
    }
    let bars = Bars::new(items.iter().map(|item| item.weight.file.as_str()));
    let mut verdicts = Vec::new();
    for item in &items {
        let verdict = Verdict::of(item, checked(item, &bars));
        println!("{}", verdict.line(item, id));
        verdicts.push(verdict);
    }
    println!("\n{id}: {}", summary(&verdicts, &needs.place.folder));
    needs.advise();
    Ok(if verdicts.iter().any(Verdict::is_wrong) { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Looks into a file, with a bar.
fn checked(item: &Item, bars: &Bars) -> State {
    let bar = bars.add(&item.weight.file, item.weight.bytes);
    let state = item.verify(&mut |bytes| bar.inc(bytes));
    bar.finish_and_clear();
    state
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn a_list_tells_which_files_are_optional_and_whether_they_are_there() {
        let weight = |file: &str, optional| Weight {
            file: file.into(),
            source: format!("ann/net/{file}"),
            bytes: None,
            sha256: None,
            optional,
        };
        let items =
            items(Path::new("no such folder"), &[weight("net.bin", false), weight("better.bin", true)]).unwrap();
        assert_eq!([&items[0], &items[1]].map(state), ["missing", "missing (optional)"]);
        let json = item_as_json(&items[1]);
        assert_eq!((&json["optional"], &json["found"]["state"]), (&json!(true), &json!("missing")));
    }
}
