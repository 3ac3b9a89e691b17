//! `avatar-gateway keys`: makes, lists and revokes API keys, also beside a running gateway.

use std::collections::BTreeSet;
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, bail};
use jiff::Timestamp;

use crate::cli::table::{Column, Table};
use crate::cli::{ConfigOptions, out, runtime};
use crate::clock::{Clock, Ids};
use crate::config::Config;
use crate::domain::api_key::{Key, Scope, digest_of, secret};
use crate::store::api_keys::KeyStore;
use crate::store::sqlite::SqliteStore;

/// What to do with the API keys.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Make a key and print its secret, this once
    #[command(after_help = ADD_EXAMPLES)]
    Add(AddArguments),
    /// List the keys, revoked ones too
    List(ListArguments),
    /// Revoke a key; within a second, it opens nothing
    Revoke(RevokeArguments),
}

const ADD_EXAMPLES: &str = "Examples:
  avatar-gateway keys add studio
  avatar-gateway keys add dashboard --scope read
  avatar-gateway keys add batch --queued-jobs 1000 --requests-per-minute 0";

/// What key to make.
#[derive(Debug, clap::Args)]
pub struct AddArguments {
    /// What to call it: whom it is for
    name: String,
    /// What it may do
    #[arg(long, value_name = "SCOPES", value_delimiter = ',', default_value = "submit,read")]
    scope: Vec<Scope>,
    /// Most requests a minute, 0 for any number [default: auth.requests_per_minute]
    #[arg(long, value_name = "N")]
    requests_per_minute: Option<u32>,
    /// Most jobs that may be queued at once, 0 for any number [default: auth.queued_jobs]
    #[arg(long, value_name = "N")]
    queued_jobs: Option<u32>,
    #[command(flatten)]
    config: ConfigOptions,
}

/// How to list them.
#[derive(Debug, clap::Args)]
pub struct ListArguments {
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigOptions,
}

/// Which key to revoke.
#[derive(Debug, clap::Args)]
pub struct RevokeArguments {
    /// Its id, or its name
    #[arg(value_name = "ID-OR-NAME")]
    key: String,
    #[command(flatten)]
    config: ConfigOptions,
}

/// Opens the database and does it.
///
/// # Errors
/// The configuration is wrong, the database cannot be used, the name is taken, or there is no such key.
pub fn run(command: Command) -> anyhow::Result<ExitCode> {
    runtime()?.block_on(async {
        match command {
            Command::Add(arguments) => add(arguments).await,
            Command::List(arguments) => list(arguments).await,
            Command::Revoke(arguments) => revoke(arguments).await,
        }
    })?;
    Ok(ExitCode::SUCCESS)
}

async fn add(arguments: AddArguments) -> anyhow::Result<()> {
    let name = arguments.name.trim();
    if name.is_empty() || name.chars().any(char::is_control) {
        bail!("a key needs a name on one line, such as \"studio\"");
    }
    let store = open(arguments.config).await?;
    let mut random = [0; 32];
    getrandom::fill(&mut random).context("the system gives no random bytes")?;
    let secret = secret(random);
    let key = Key {
        id: Ids::system().next(),
        name: name.into(),
        digest: digest_of(&secret),
        scopes: arguments.scope.into_iter().collect(),
        requests_per_minute: arguments.requests_per_minute,
        queued_jobs: arguments.queued_jobs,
        created_at: Clock::system().now(),
        last_used_at: None,
        revoked_at: None,
    };
    let added = store.insert_key(&key).await;
    store.close().await;
    if !added? {
        bail!("there is a key named {name:?}; choose another name, or revoke that one first");
    }
    println!("{secret}");
    eprintln!("key {name:?} ({}) may {}", key.id, words(&key.scopes));
    eprintln!("keep the line above: it cannot be shown again. Clients send it as `Authorization: Bearer …`.");
    Ok(())
}

async fn list(arguments: ListArguments) -> anyhow::Result<()> {
    let store = open(arguments.config).await?;
    let keys = store.keys().await;
    store.close().await;
    let keys = keys?;
    if arguments.json {
        out::print_json(&keys)?;
        return Ok(());
    }
    if keys.is_empty() {
        out::print("no key; `avatar-gateway keys add NAME` makes one")?;
        return Ok(());
    }
    let heads = ["SCOPES", "A MINUTE", "QUEUED", "MADE", "STATE"].map(Column::Whole);
    let mut table = Table::new(&[&[Column::Wrapped("NAME")], &heads[..]].concat());
    for key in &keys {
        let limit = |limit: Option<u32>| limit.map_or_else(|| "-".into(), |number| number.to_string());
        let state = match (key.revoked_at, key.last_used_at) {
            (Some(revoked), _) => format!("revoked {}", day(revoked)),
            (None, Some(used)) => format!("used {}", day(used)),
            (None, None) => "never used".into(),
        };
        table.row([
            key.name.to_string(),
            words(&key.scopes),
            limit(key.requests_per_minute),
            limit(key.queued_jobs),
            day(key.created_at),
            state,
        ]);
    }
    out::print(&table.to_string())?;
    Ok(())
}

async fn revoke(arguments: RevokeArguments) -> anyhow::Result<()> {
    let config = arguments.config.load(None)?;
    let store = open_in(&config.storage.data_dir).await?;
    let wanted = &arguments.key;
    let named = |key: &&Key| key.id.to_string() == *wanted || key.name == *wanted;
    let keys = store.valid_keys().await?;
    let Some(key) = keys.iter().find(named) else {
        bail!("no key that is not revoked has the id or name {wanted:?}; `avatar-gateway keys list` shows all");
    };
    store.revoke_key(key.id, Clock::system().now()).await?;
    store.close().await;
    eprintln!("key {:?} ({}) is revoked", key.name, key.id);
    if keys.len() == 1 {
        eprintln!("it was the last one: {}", without_keys(&config));
    }
    Ok(())
}

async fn open(options: ConfigOptions) -> anyhow::Result<SqliteStore> {
    open_in(&options.load(None)?.storage.data_dir).await
}

async fn open_in(folder: &Path) -> anyhow::Result<SqliteStore> {
    let place = || format!("cannot use the data folder {}", folder.display());
    DirBuilder::new().recursive(true).mode(0o700).create(folder).with_context(place)?;
    SqliteStore::open(&folder.join("gateway.db")).await.with_context(place)
}

/// What it means that no key is left.
fn without_keys(config: &Config) -> &'static str {
    match (config.server.open, config.auth.required) {
        (true, _) => "server.open lets everyone in all the same",
        (false, Some(false)) => {
            "auth.required = false, so a gateway that only this machine can reach now lets everyone in"
        }
        (false, None | Some(true)) => {
            "nobody is let in any more until `avatar-gateway keys add NAME` makes another, or auth.required = false \
             lets everyone in on an address that only this machine can reach"
        }
    }
}

fn words(scopes: &BTreeSet<Scope>) -> String {
    scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(",")
}

fn day(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d").to_string()
}
