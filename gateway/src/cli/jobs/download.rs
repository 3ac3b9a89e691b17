//! `avatar-gateway jobs download`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::bail;

use crate::cli::client::gateway::{Gateway, GatewayOptions};
use crate::cli::client::job::{self, Job};
use crate::cli::interrupt::interrupted;
use crate::cli::job_progress::JobProgress;
use crate::cli::video_file::VideoFile;
use crate::cli::{job_text, mistake, out};
use crate::domain::id::JobId;

/// Which video, and where it goes.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The job's id
    #[arg(value_parser = job::id)]
    id: JobId,
    /// Where to write the video [default: ENGINE-ID.mp4 in the current folder]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace a file that is there
    #[arg(short, long)]
    force: bool,
    /// Print the job as JSON, and nothing else on stdout
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    gateway: GatewayOptions,
}

/// Fetches it; a file has its name only once it is whole.
///
/// # Errors
/// There is no video, it cannot be written, or the gateway cannot be reached.
pub(super) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let Arguments { id, output, force, json, gateway } = arguments;
    let look = |path: &Path| {
        let found = VideoFile::look(path, force);
        found.map_err(|why| mistake("nothing was fetched", &[format!("{}: {why}", path.display())]))
    };
    let named = match output.as_deref().map(look).transpose() {
        Ok(named) => named,
        Err(status) => return Ok(status),
    };
    let gateway = Gateway::new(gateway)?;
    let job = gateway.job(id).await?;
    let Some(video) = &job.video else {
        if job.state.is_final() {
            job_text::succeeded(&job)?;
        }
        bail!("the job {id} is {}\n  -> `avatar-gateway jobs watch {id}` waits for its end", job.state.as_str());
    };
    let file = match named.map_or_else(|| look(Path::new(&own_name(&job))), Ok) {
        Ok(file) => file,
        Err(status) => return Ok(status),
    };
    let progress = JobProgress::new();
    let fetching = async { file.receive(gateway.video(id).await?, video, &progress).await };
    let fetched = tokio::select! {
        fetched = fetching => fetched,
        status = interrupted() => return Ok(status),
    };
    progress.clear();
    fetched?;
    if json {
        out::print_json(&job.json)?;
    } else {
        out::print(&format!("{}  {}", file.name.display(), job_text::video(video)))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The name that browsers save it under as well. The gateway's word for the engine names no other folder.
fn own_name(job: &Job) -> String {
    let engine = job.engine.replace(|letter: char| letter == '/' || letter.is_control(), "_");
    format!("{engine}-{}.mp4", job.id)
}
