//! `avatar-gateway submit`: a client of a running gateway that sends files, watches, and fetches the video.

mod order;

use std::process::ExitCode;

use reqwest::multipart::Form;

use crate::cli::client::gateway::{Gateway, GatewayOptions};
use crate::cli::client::job::Job;
use crate::cli::client::watch::watch;
use crate::cli::interrupt::interrupted;
use crate::cli::job_progress::JobProgress;
use crate::cli::submit::order::{Order, OrderArguments};
use crate::cli::video_file::VideoFile;
use crate::cli::{job_text, mistake, out, runtime};

/// What to make, where, and how to tell it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Exit status: 0 when the video is written, or the job submitted with --detach; 1 when the job failed, was canceled, \
or the gateway refused it or is away; 2 when the command line is wrong, in which case nothing was sent; 130 after \
Ctrl-C, which cancels the job. The result is printed on stdout, everything else on stderr.")]
pub struct Arguments {
    #[command(flatten)]
    order: OrderArguments,
    #[command(flatten)]
    gateway: GatewayOptions,
    /// Print the job as JSON at its end, and nothing else on stdout
    #[arg(long)]
    json: bool,
    /// Print the job's id and return at once; `avatar-gateway jobs` watches it and fetches its video
    #[arg(long, conflicts_with = "output")]
    detach: bool,
}

/// Submits, watches, downloads. Ctrl-C cancels the job.
///
/// # Errors
/// What the gateway answered, or that it cannot be reached.
pub fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let Arguments { order, gateway, json, detach } = arguments;
    let order = match Order::of(&order) {
        Ok(order) => order,
        Err(mistakes) => return Ok(mistake("nothing was sent", &mistakes)),
    };
    let gateway = Gateway::new(gateway)?;
    runtime()?.block_on(async {
        let progress = JobProgress::new();
        let ended = match submit(&gateway, &order, &progress).await? {
            Ok(job) if detach => Ok(job),
            Ok(job) => see_through(&gateway, job, order.output.as_ref(), &progress).await?,
            Err(status) => Err(status),
        };
        progress.clear();
        let job = match ended {
            Ok(job) => job,
            Err(status) => return Ok(status),
        };
        match (json, &job.video, &order.output) {
            (true, ..) => out::print_json(&job.json)?,
            (false, Some(video), Some(file)) => {
                out::print(&format!("{}  {}", file.name.display(), job_text::video(video)))?;
            }
            (false, ..) if detach => out::print(&job.id.to_string())?,
            (false, ..) => {}
        }
        if !detach {
            job_text::succeeded(&job)?;
        }
        Ok(ExitCode::SUCCESS)
    })
}

/// Sends the order; an exit status where that was interrupted.
async fn submit(gateway: &Gateway, order: &Order, progress: &JobProgress) -> anyhow::Result<Result<Job, ExitCode>> {
    let form = async || -> anyhow::Result<Form> { order.form(progress).await };
    let job = tokio::select! {
        job = gateway.submit(form, |text| progress.note(text)) => job?,
        status = interrupted() => {
            progress.clear();
            progress.note("interrupted before the gateway had taken the job");
            return Ok(Err(status));
        }
    };
    progress.note(&format!("job {} on engine {}", job.id, job.engine));
    Ok(Ok(job))
}

/// Waits for the job's end and fetches its video; an exit status where that was interrupted, and the job canceled.
async fn see_through(
    gateway: &Gateway,
    job: Job,
    output: Option<&VideoFile>,
    progress: &JobProgress,
) -> anyhow::Result<Result<Job, ExitCode>> {
    let id = job.id;
    let seeing = async {
        let job = watch(gateway, id, |job| progress.show(job), |text| progress.note(text)).await?;
        for warning in &job.warnings {
            progress.note(&format!("warning: {warning}"));
        }
        if let (Some(video), Some(output)) = (&job.video, output) {
            output.receive(gateway.video(id).await?, video, progress).await?;
        }
        anyhow::Ok(job)
    };
    let status = tokio::select! {
        job = seeing => return Ok(Ok(job?)),
        status = interrupted() => status,
    };
    progress.clear();
    let canceled = tokio::select! {
        canceled = gateway.cancel(id) => canceled,
        // Whoever presses it twice does not want to wait for the gateway.
        _ = interrupted() => return Ok(Err(status)),
    };
    match canceled {
        Ok(job) => progress.note(&format!("the job {id} is {}", canceled_as(&job))),
        Err(error) => {
            progress.note(&format!("the job {id} could not be canceled: {error}"));
            progress.note(&format!("  -> `avatar-gateway jobs cancel {id}` cancels it"));
        }
    }
    Ok(Err(status))
}

/// What has become of a job whose cancellation was asked for.
fn canceled_as(job: &Job) -> &'static str {
    if job.state.is_final() { job.state.as_str() } else { "told to end" }
}
