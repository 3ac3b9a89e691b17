//! `avatar-gateway jobs watch`.

use std::process::ExitCode;

use futures::future::join_all;

use crate::cli::client::gateway::{Gateway, GatewayOptions};
use crate::cli::client::job;
use crate::cli::client::watch::watch;
use crate::cli::interrupt::interrupted;
use crate::cli::job_progress::JobProgress;
use crate::cli::{job_text, out};
use crate::domain::id::JobId;

/// Which jobs, and how to tell of them.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Ids of jobs
    #[arg(value_name = "ID", required = true, value_parser = job::id)]
    ids: Vec<JobId>,
    /// Print each job as JSON at its end, and nothing else on stdout
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    gateway: GatewayOptions,
}

/// Watches them. Ctrl-C ends the watching and no job.
///
/// # Errors
/// What the gateway refuses, that it is gone, or that the only job did not succeed.
pub(super) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let Arguments { ids, json, gateway } = arguments;
    let gateway = Gateway::new(gateway)?;
    let watched: Vec<_> = match ids.as_slice() {
        [id] => vec![(*id, JobProgress::new())],
        several => several.iter().map(|id| (*id, JobProgress::of_one(*id))).collect(),
    };
    let all = join_all(watched.iter().map(|(id, progress)| see_through(&gateway, *id, progress, json)));
    let ended = tokio::select! {
        ended = all => ended,
        status = interrupted() => {
            for (id, progress) in &watched {
                progress.clear();
                progress.note(&format!("the job goes on; `avatar-gateway jobs cancel {id}` ends it"));
            }
            return Ok(status);
        }
    };
    let are_several = ended.len() > 1;
    let mut status = ExitCode::SUCCESS;
    for ((_, progress), ended) in watched.iter().zip(ended) {
        match ended {
            Err(error) if are_several => {
                progress.note(&format!("error: {error:#}"));
                status = ExitCode::FAILURE;
            }
            ended => ended?,
        }
    }
    Ok(status)
}

/// Shows a job until its end, and tells how it ended.
async fn see_through(gateway: &Gateway, id: JobId, progress: &JobProgress, json: bool) -> anyhow::Result<()> {
    let ended = watch(gateway, id, |job| progress.show(job), |text| progress.note(text)).await;
    progress.clear();
    let job = ended?;
    for warning in &job.warnings {
        progress.note(&format!("warning: {warning}"));
    }
    if json {
        out::print_json(&job.json)?;
    }
    job_text::succeeded(&job)?;
    if let (false, Some(video)) = (json, &job.video) {
        out::print(&format!("{id}  {}", job_text::video(video)))?;
        progress.note(&format!("`avatar-gateway jobs download {id}` fetches it"));
    }
    Ok(())
}
