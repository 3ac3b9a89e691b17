//! `avatar-gateway submit`: a client of a running gateway, with a progress bar.

use std::fmt;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail};
use futures::StreamExt;
use indicatif::{ProgressBar, ProgressState, ProgressStyle};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::multipart::{Form, Part};
use reqwest::{Body, Client, Response};
use serde_json::Value;
use tempfile::NamedTempFile;
use tokio::io::AsyncWriteExt;
use tokio_util::io::ReaderStream;

use crate::cli::runtime;

/// How often the job is asked for.
const POLL: Duration = Duration::from_millis(200);

/// What to make, and where.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Portrait: JPEG, PNG, HEIC, AVIF, WebP, TIFF, GIF or BMP
    #[arg(long, value_name = "FILE")]
    photo: Option<PathBuf>,
    /// Speech: anything FFmpeg decodes
    #[arg(long, value_name = "FILE")]
    speech: Option<PathBuf>,
    /// Engine [default: the gateway's]
    #[arg(long)]
    engine: Option<String>,
    /// The engine's parameters as JSON, such as '{"seed": 1}'
    #[arg(long, value_name = "JSON")]
    params: Option<String>,
    /// Address of the gateway
    #[arg(long, default_value = "http://127.0.0.1:8000")]
    url: String,
    /// Secret of an API key; other users of this machine see options, but not variables
    #[arg(long, value_name = "SECRET", env = "AVATAR_GATEWAY_KEY", hide_env_values = true)]
    key: Option<String>,
    /// Where to write the video
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

/// Submits, watches, downloads. Ctrl-C cancels the job.
///
/// # Errors
/// What the gateway answered, or that it cannot be reached.
pub fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    runtime()?.block_on(submit(arguments))
}

async fn submit(arguments: Arguments) -> anyhow::Result<ExitCode> {
    // Only addresses that begin with https use it; installing it twice is no fault.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let gateway =
        Gateway { client: client(arguments.key.as_deref())?, url: arguments.url.trim_end_matches('/').to_owned() };
    let part = beside(&arguments.output)?;
    let bar = ProgressBar::new(0);
    let job = gateway.submit(&arguments, &bar).await?;
    let id = job["id"].as_str().context("the gateway's answer names no job")?.to_owned();
    bar.println(format!("job {id} on engine {}", job["engine"].as_str().unwrap_or("?")));
    let job = tokio::select! {
        job = gateway.watch(&id, &bar) => job?,
        _ = tokio::signal::ctrl_c() => {
            gateway.client.post(format!("{}/v1/jobs/{id}/cancel", gateway.url)).send().await?;
            bar.abandon_with_message("canceled");
            return Ok(ExitCode::from(130));
        }
    };
    match job["state"].as_str() {
        Some("succeeded") => {}
        Some("canceled") => bail!("the job was canceled"),
        _ => bail!("the job failed: {}", job["error"]["message"].as_str().unwrap_or("the gateway does not say why")),
    }
    for warning in job["warnings"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        bar.println(format!("warning: {warning}"));
    }
    gateway.download(&id, &part, &bar).await?;
    part.persist(&arguments.output).with_context(|| unwritable(&arguments.output))?;
    bar.finish_and_clear();
    let video = &job["video"];
    println!(
        "{}  {:.2} s, {}x{}, {} frames",
        arguments.output.display(),
        video["seconds"].as_f64().unwrap_or_default(),
        video["width"],
        video["height"],
        video["frames"],
    );
    Ok(ExitCode::SUCCESS)
}

/// A client that shows the key, if there is one, with each request.
fn client(key: Option<&str>) -> anyhow::Result<Client> {
    let mut headers = HeaderMap::new();
    if let Some(key) = key.map(str::trim).filter(|key| !key.is_empty()) {
        let mut value = HeaderValue::from_str(&format!("Bearer {key}")).context("the key is not the secret of one")?;
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    Ok(Client::builder().default_headers(headers).build()?)
}

/// A running gateway.
struct Gateway {
    client: Client,
    url: String,
}

impl Gateway {
    async fn submit(&self, arguments: &Arguments, bar: &ProgressBar) -> anyhow::Result<Value> {
        bar.set_style(style("{msg:12} {bar:30} {bytes}/{total_bytes}"));
        bar.set_message("upload");
        let mut form = Form::new();
        if let Some(engine) = &arguments.engine {
            form = form.text("engine", engine.clone());
        }
        if let Some(params) = &arguments.params {
            form = form.text("params", params.clone());
        }
        if let Some(photo) = &arguments.photo {
            form = form.part("photo", file_part(photo, bar).await?);
        }
        if let Some(speech) = &arguments.speech {
            form = form.part("audio", file_part(speech, bar).await?);
        }
        let request = self.client.post(format!("{}/v1/jobs", self.url)).multipart(form);
        let response = request.send().await.with_context(|| {
            format!("no gateway answers at {}; start one with `avatar-gateway serve`, or name it with --url", self.url)
        })?;
        Ok(accepted(response).await?.json().await?)
    }

    /// Shows the job's progress until it has ended.
    async fn watch(&self, id: &str, bar: &ProgressBar) -> anyhow::Result<Value> {
        let mut stage = String::new();
        loop {
            let response = self.client.get(format!("{}/v1/jobs/{id}", self.url)).send().await?;
            let job: Value = accepted(response).await?.json().await?;
            match job["state"].as_str() {
                Some("queued") => {
                    bar.set_style(style("{msg}"));
                    bar.set_message(format!("queued, {} before it", job["queue_position"]));
                }
                Some("running") => show(&job["progress"], &mut stage, bar),
                _ => return Ok(job),
            }
            tokio::time::sleep(POLL).await;
        }
    }

    async fn download(&self, id: &str, part: &NamedTempFile, bar: &ProgressBar) -> anyhow::Result<()> {
        let response = accepted(self.client.get(format!("{}/v1/jobs/{id}/video", self.url)).send().await?).await?;
        bar.set_style(style("{msg:12} {bar:30} {bytes}/{total_bytes}"));
        bar.set_message("download");
        bar.set_position(0);
        bar.set_length(response.content_length().unwrap_or_default());
        let place = || unwritable(part.path());
        let mut writer = tokio::fs::File::from_std(part.reopen().with_context(place)?);
        let mut pieces = response.bytes_stream();
        while let Some(piece) = pieces.next().await {
            let piece = piece.context("the download broke off")?;
            writer.write_all(&piece).await.with_context(place)?;
            bar.inc(piece.len() as u64);
        }
        writer.flush().await.with_context(place)
    }
}

/// A file beside the output, which takes its name once it is complete: a broken download leaves nothing that looks
/// whole. It is made before anything is sent, so that nobody waits for a video that cannot be written.
fn beside(output: &Path) -> anyhow::Result<NamedTempFile> {
    let folder = output.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Readable to whom the user's umask says, and not, as temporary files are, to the user alone.
    let everyone = Permissions::from_mode(0o666);
    let part = tempfile::Builder::new().suffix(".part").permissions(everyone).tempfile_in(folder);
    part.with_context(|| unwritable(output))
}

fn unwritable(path: &Path) -> String {
    format!("cannot write {}", path.display())
}

/// A file as a part of the form that moves the bar while it is read.
async fn file_part(path: &Path, bar: &ProgressBar) -> anyhow::Result<Part> {
    let place = || format!("cannot read {}", path.display());
    let file = tokio::fs::File::open(path).await.with_context(place)?;
    let length = file.metadata().await.with_context(place)?.len();
    bar.inc_length(length);
    let counter = bar.clone();
    let pieces = ReaderStream::new(file).inspect(move |piece| {
        counter.inc(piece.as_ref().map_or(0, |piece| piece.len() as u64));
    });
    // A line break would end the line of the form that names the file.
    let name = path.file_name().unwrap_or_default().to_string_lossy().replace(char::is_control, "_");
    Ok(Part::stream_with_length(Body::wrap_stream(pieces), length).file_name(name))
}

/// Turns a problem into an error that shows every fault.
async fn accepted(response: Response) -> anyhow::Result<Response> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let problem: Value = response.json().await.unwrap_or_default();
    let faults = problem["errors"].as_array().into_iter().flatten().map(|fault| {
        let text = |key: &str| fault[key].as_str().unwrap_or_default().to_owned();
        format!("\n  {}: {} ({})", text("field"), text("message"), text("remedy"))
    });
    let faults: String = faults.collect();
    if faults.is_empty() {
        let detail = problem["detail"].as_str().map_or_else(|| status.to_string(), str::to_owned);
        bail!("the gateway refused: {detail}");
    }
    bail!("the gateway refused:{faults}")
}

/// Moves the bar to a job's progress; a new stage begins anew, so that the estimate is of its own speed.
fn show(progress: &Value, stage: &mut String, bar: &ProgressBar) {
    let name = progress["stage"].as_str().unwrap_or_default();
    let (done, total) = (progress["done"].as_u64().unwrap_or_default(), progress["total"].as_u64().unwrap_or_default());
    if name != stage {
        name.clone_into(stage);
        bar.reset();
        bar.set_style(style(if total > 0 {
            "{msg:12} {bar:30} {pos}/{len}  {rate}  {eta} left"
        } else {
            "{msg:12} {spinner}"
        }));
        bar.set_message(name.to_owned());
    }
    bar.set_length(total);
    bar.set_position(done);
}

fn style(template: &str) -> ProgressStyle {
    let rate = |state: &ProgressState, text: &mut dyn fmt::Write| {
        // A bar that cannot be drawn is no reason to stop.
        let _ = write!(text, "{:.0}/s", state.per_sec());
    };
    let style = ProgressStyle::with_template(template).expect("the templates are constants");
    style.with_key("rate", rate).progress_chars("━╸─")
}
