//! `avatar-gateway jobs cancel`.

use std::process::ExitCode;

use crate::cli::client::error::ClientError;
use crate::cli::client::gateway::{Gateway, GatewayOptions};
use crate::cli::client::job;
use crate::cli::out;
use crate::domain::id::JobId;
use crate::domain::job::State;

/// Which jobs, and how to tell of them.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Ids of jobs
    #[arg(value_name = "ID", required = true, value_parser = job::id)]
    ids: Vec<JobId>,
    /// Print each job as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    gateway: GatewayOptions,
}

/// Cancels them, one after the other; one that is refused does not keep the others from it.
///
/// # Errors
/// The gateway cannot be reached.
pub(super) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let Arguments { ids, json, gateway } = arguments;
    let gateway = Gateway::new(gateway)?;
    let mut status = ExitCode::SUCCESS;
    for id in ids {
        let job = match gateway.cancel(id).await {
            Ok(job) => job,
            Err(ClientError::Refused(refusal)) => {
                out::note(&format!("error: {id}: {refusal}"));
                status = ExitCode::FAILURE;
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        if json {
            out::print_json(&job.json)?;
            continue;
        }
        let told = match job.state {
            State::Canceled => "canceled",
            State::Queued | State::Running => "told to end",
            State::Succeeded => "had succeeded before",
            State::Failed => "had failed before",
        };
        out::print(&format!("{id}  {told}"))?;
    }
    Ok(status)
}
