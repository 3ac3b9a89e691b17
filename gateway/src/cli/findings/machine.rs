//! What the machine has for a gateway: files that may be open, disk, FFmpeg, the kernel's fences.

use std::process::Stdio;
use std::time::Duration;

use rustix::fs::statvfs;
use tokio::process::Command;

use crate::cli::findings::Finding;
use crate::config::Config;
use crate::intake::probe;
use crate::intake::probe::decoders::Decoders;
use crate::process::handles::HandleLimit;
use crate::worker::Worker;

/// Free disk below which jobs will soon fail, and below which they do, in GiB.
const LITTLE: f64 = 5.0;
const TOO_LITTLE: f64 = 0.5;
/// Files that may be open below which clients are soon turned away.
const FEW_HANDLES: u64 = 1024;
/// How long another program may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// What holds for this process, and for a gateway that is started as it was.
pub(in crate::cli) fn handles(config: &Config) -> Finding {
    let limit = HandleLimit::reachable();
    let (handles, wanted) = (limit.handles(), config.server.connections);
    let connections = limit.connections(wanted);
    let message = format!("{handles} files and connections may be open, {connections} of them connections of clients");
    let remedy = "raise the limit: `ulimit -Hn`, LimitNOFILE= of a systemd service, --ulimit nofile= of a container";
    match (handles, wanted) {
        (..FEW_HANDLES, _) => Finding::warning("handles", message, remedy),
        (_, wanted) if wanted > connections => {
            Finding::warning("handles", format!("{message}, and not server.connections = {wanted}"), remedy)
        }
        _ => Finding::ok("handles", message),
    }
}

/// Whether there is room for uploads and videos; nothing where the disk cannot be asked.
pub(in crate::cli) fn disk(config: &Config) -> Option<Finding> {
    let system = statvfs(&config.storage.data_dir).ok()?;
    let free = (system.f_bavail * system.f_frsize) as f64 / f64::from(1 << 30);
    let message = format!("{free:.1} GiB are free for uploads and videos");
    let remedy = "make room, or let old jobs be removed: see [retention]";
    Some(match free {
        free if free < TOO_LITTLE => Finding::failure("disk", message, remedy),
        free if free < LITTLE => Finding::warning("disk", message, remedy),
        _ => Finding::ok("disk", message),
    })
}

/// The program that children run, if the system can run it; else what is wrong.
pub(in crate::cli) async fn worker() -> Result<Worker, Finding> {
    let until = "nothing is decoded and no engine runs until it is there";
    let worker = Worker::find().map_err(|error| Finding::failure("worker", error.to_string(), until))?;
    let mut command = Command::new(worker.program());
    let asked = command.arg("--version").stdin(Stdio::null()).kill_on_drop(true).output();
    let failure = |message: String| {
        let remedy = "install FFmpeg and libheif as they were when it was built, or build it anew";
        Err(Finding::failure("worker", message, remedy))
    };
    match tokio::time::timeout(PATIENCE, asked).await {
        Ok(Ok(answer)) if answer.status.success() => Ok(worker),
        Ok(Ok(answer)) => {
            let words = String::from_utf8_lossy(&answer.stderr).trim().to_owned();
            failure(format!("it cannot be run ({}): {words}", answer.status))
        }
        Ok(Err(error)) => failure(format!("no process can be started for it: {error}")),
        Err(_) => failure("it does not answer".to_owned()),
    }
}

/// In a child: this process has no business with native code.
pub(in crate::cli) async fn ffmpeg(decoders: &Decoders) -> Finding {
    let remedy = "install FFmpeg with libx264; Debian's packages have it";
    match probe::missing_encoders(decoders).await.map(|missing| missing.join(", ")) {
        Ok(none) if none.is_empty() => Finding::ok("FFmpeg", "it encodes H.264 and AAC"),
        Ok(missing) => Finding::failure("FFmpeg", format!("it lacks the encoders {missing}"), remedy),
        Err(error) => Finding::failure("FFmpeg", format!("it does not answer: {error}"), remedy),
    }
}

/// What the kernel lacks is nothing that a gateway could not work without.
pub(in crate::cli) async fn fences(decoders: &Decoders) -> Finding {
    match probe::fences(decoders).await {
        Ok(fences) => Finding::ok("fences", fences.gap().unwrap_or("uploads are decoded behind Landlock and seccomp")),
        Err(error) => Finding::failure(
            "fences",
            format!("children that decode uploads cannot be fenced in: {error}"),
            "look at the limits of this user, and at what its container forbids",
        ),
    }
}
