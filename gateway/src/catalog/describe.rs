//! Asking a plugin what it is and whether it can render: in a short-lived child, never here.

use std::sync::Arc;
use std::time::Duration;

use engine_api::{Description, Readiness, Setup};
use tokio::time::Instant;

use crate::catalog::contract;
use crate::catalog::entry::Engine;
use crate::config::Config;
use crate::host::connection::{Connection, Launcher};
use crate::host::handshake::{self, NotStarted};
use crate::host::library::Library;
use crate::host::protocol::{FromHost, ToHost};

/// Why nothing is known of a plugin.
#[derive(Debug)]
pub(super) enum Unknown {
    /// It says so itself, or says nonsense; asked again, it will say the same.
    Unusable(String),
    /// Its process was not started, ended, or did not answer in time: that may be the machine's fault.
    Unanswered(String),
}

impl Unknown {
    /// The sentence.
    pub(super) fn into_reason(self) -> String {
        match self {
            Self::Unusable(reason) | Self::Unanswered(reason) => reason,
        }
    }
}

/// Opens a plugin and asks it. `id` is what the engine is called until it has said so itself.
///
/// # Errors
/// It cannot be opened, or has not answered within the engine's `start_seconds`. The sentence is for the operator.
pub(super) async fn describe(
    launcher: &dyn Launcher,
    id: &str,
    library: &Arc<Library>,
    config: &Config,
) -> Result<(Engine, Readiness), Unknown> {
    let no_process = |error| Unknown::Unanswered(format!("no process can be started for it: {error}"));
    let mut host = launcher.launch(id, library).map_err(no_process)?;
    let asked = ask_all(&mut *host, id, config).await;
    match &asked {
        Ok(_) => host.shut_down().await,
        Err(_) => host.kill().await,
    }
    let (description, readiness) = asked?;
    let engine = contract::judge(description).map_err(Unknown::Unusable)?;
    Ok((engine, readiness))
}

async fn ask_all(host: &mut dyn Connection, id: &str, config: &Config) -> Result<(Description, Readiness), Unknown> {
    let patience = config.engine(id).start;
    let limit = Instant::now() + patience;
    let first = handshake::word(host, limit, patience).await;
    first.and_then(|word| handshake::hello(&word)).map_err(unanswered)?;
    // The first question is for the id under which the engine is configured, the second for that configuration.
    let (description, _) = ask(host, None, (limit, patience)).await?;
    let setup = config.engine(&description.descriptor.id).setup();
    let (description, readiness) = ask(host, Some(setup), (limit, patience)).await?;
    let readiness = readiness.ok_or_else(|| Unknown::Unusable("it did not say whether it is ready".into()))?;
    Ok((description, readiness))
}

async fn ask(
    host: &mut dyn Connection,
    setup: Option<Setup>,
    (limit, patience): (Instant, Duration),
) -> Result<(Description, Option<Readiness>), Unknown> {
    host.send(&ToHost::Describe { setup }).await;
    loop {
        match handshake::word(host, limit, patience).await {
            Ok(FromHost::Described { description, readiness }) => return Ok((*description, readiness)),
            Ok(FromHost::Incompatible { reason }) => return Err(Unknown::Unusable(reason)),
            Ok(FromHost::Failed { error }) => return Err(Unknown::Unusable(error.to_string())),
            Ok(_) => {}
            Err(error) => return Err(unanswered(error)),
        }
    }
}

fn unanswered(error: NotStarted) -> Unknown {
    Unknown::Unanswered(error.to_string())
}
