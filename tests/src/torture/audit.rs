//! Goes through the ledger once a kind is over: what was accepted must be there, right, and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::client::Api;
use crate::site::Site;
use crate::torture::ledger::{Expected, Faults, Ledger, sum};
use crate::torture::listing::listing;
use crate::torture::terms::Terms;
use crate::video::Video;

/// How long the jobs that are left may take.
const JOBS_END: Duration = Duration::from_secs(120);
/// How long a gateway may take to be ready again, and to tidy up after the last job.
const SETTLED: Duration = Duration::from_secs(30);
/// Between two looks.
const GLANCE: Duration = Duration::from_millis(200);

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// Jobs and uploads that were accepted.
    pub(super) tried: u64,
    /// Jobs that have failed as they may.
    pub(super) failed: u64,
    /// What is not there any more, or does not end.
    pub(super) lost: Faults,
    /// What is there and not right.
    pub(super) wrong: Faults,
    /// Files without a row, where the kind allows them.
    pub(super) orphans: u64,
}

/// Asks a gateway that runs about everything that it has accepted.
pub(super) fn audit(api: &Api, site: &Site, ledger: &Ledger, terms: &Terms) -> Findings {
    let mut audit = Audit { api, site, terms, found: Findings::default() };
    audit.readiness();
    let jobs = audit.jobs(ledger);
    audit.uploads(ledger);
    audit.files(&jobs);
    audit.log();
    audit.found
}

struct Audit<'a> {
    api: &'a Api,
    site: &'a Site,
    terms: &'a Terms,
    found: Findings,
}

impl Audit<'_> {
    fn readiness(&mut self) {
        if let Err(answer) = settled(SETTLED, || {
            let answer = self.api.get("/readyz");
            if answer.status == 200 { Ok(()) } else { Err(String::from_utf8_lossy(&answer.body).into_owned()) }
        }) {
            self.found.wrong.add(format!("the gateway is not ready again: {answer}"));
        }
    }

    /// Waits for the end of all jobs, and holds each to its order. Returns them as they are.
    fn jobs(&mut self, ledger: &Ledger) -> BTreeMap<String, Value> {
        let expected = ledger.jobs();
        let limit = JOBS_END + Duration::from_secs(self.terms.patience);
        let open = |jobs: &BTreeMap<String, Value>| jobs.values().filter(|job| job["finished_at"].is_null()).count();
        let _ = settled(limit, || match open(&listing(self.api, "jobs")) {
            0 => Ok(()),
            left => Err(left),
        });
        let jobs = listing(self.api, "jobs");
        for (id, expected) in &expected {
            self.found.tried += 1;
            match jobs.get(id) {
                None => self.found.lost.add(format!("job {id} was accepted, and is not there")),
                Some(job) if job["finished_at"].is_null() => {
                    self.found.lost.add(format!("job {id} does not end within {limit:?}: {}", told(job)));
                }
                Some(job) => {
                    if let Err(fault) = self.ended_well(id, job, expected) {
                        self.found.wrong.add(format!("job {id} {fault}: {}", told(job)));
                    }
                }
            }
        }
        let strangers = jobs.keys().filter(|id| !expected.contains_key(*id)).count() as u64;
        if strangers > ledger.count_unanswered() {
            let unanswered = ledger.count_unanswered();
            self.found
                .wrong
                .add(format!("{strangers} jobs nobody has been told of, and {unanswered} unanswered requests"));
        }
        jobs
    }

    fn ended_well(&mut self, id: &str, job: &Value, expected: &Expected) -> Result<(), String> {
        let state = job["state"].as_str().unwrap_or_default();
        match state {
            "canceled" if expected.may_be_canceled => Ok(()),
            "failed" => {
                let code = job["error"]["code"].as_str().unwrap_or_default();
                let allowed = expected.failures.contains(&code) || self.terms.failures.contains(&code);
                self.found.failed += u64::from(allowed);
                if allowed { Ok(()) } else { Err(format!("failed with {code}")) }
            }
            "succeeded" if expected.failures.is_empty() => self.video_is_whole(id, job, expected),
            _ => Err(format!("ended as {state}")),
        }
    }

    fn video_is_whole(&self, id: &str, job: &Value, expected: &Expected) -> Result<(), String> {
        let answer = self.api.get(&format!("/v1/jobs/{id}/video"));
        if answer.status != 200 || job["video"]["bytes"] != answer.body.len() {
            return Err(format!("has a video that is answered {} with {} bytes", answer.status, answer.body.len()));
        }
        let file = self.site.scratch().join("fetched.mp4");
        fs::write(&file, &answer.body).map_err(|error| error.to_string())?;
        let video = Video::try_read(file).map_err(|fault| format!("has a video that is none: {fault}"))?;
        let frames = expected.frames.unwrap_or(video.frames);
        if video.frames == frames && job["video"]["frames"] == frames {
            Ok(())
        } else {
            Err(format!("has a video of {} frames, and not {frames}", video.frames))
        }
    }

    fn uploads(&mut self, ledger: &Ledger) {
        for (id, upload) in ledger.uploads() {
            self.found.tried += 1;
            let routes = if upload.routes == "videos" { "source-videos" } else { upload.routes };
            let answer = self.api.get(&format!("/v1/{routes}/{id}/content"));
            match answer.status {
                200 if upload.sum.is_none_or(|sent| sent == sum(&answer.body)) => {}
                200 => self.found.wrong.add(format!("upload {id} of {routes} has another content")),
                404 if upload.may_be_gone => {}
                status => {
                    self.found.lost.add(format!("upload {id} of {routes} was accepted, and is answered {status}"))
                }
            }
        }
    }

    /// Every kept file has its row, and the work folder is empty.
    fn files(&mut self, jobs: &BTreeMap<String, Value>) {
        let artifacts = jobs.iter().filter(|(_, job)| job["state"] == "succeeded");
        let mut named: BTreeSet<String> =
            artifacts.map(|(id, job)| format!("artifacts/{id}-{}", job["attempt"])).collect();
        for list in ["photos", "audio", "videos"] {
            named.extend(listing(self.api, list).into_keys().map(|id| format!("{list}/{id}")));
        }
        let left = settled(SETTLED, || {
            let strangers: Vec<String> = self.site.files().iter().filter_map(|file| stranger(file, &named)).collect();
            if strangers.is_empty() || self.terms.orphans && !strangers.iter().any(|file| is_work(file)) {
                Ok(strangers)
            } else {
                Err(strangers)
            }
        });
        match left {
            Ok(orphans) => self.found.orphans = orphans.len() as u64,
            Err(strangers) => {
                for file in strangers.iter().filter(|file| !self.terms.orphans || is_work(file)) {
                    self.found.wrong.add(format!("{file} is left, and nobody knows it"));
                }
            }
        }
    }

    /// A panic of the gateway itself; those of hosts come with a time before them.
    fn log(&mut self) {
        let log = fs::read_to_string(self.site.log()).unwrap_or_default();
        for line in log.lines().filter(|line| line.starts_with("thread '") && line.contains("panicked")) {
            self.found.wrong.add(format!("the gateway panicked: {line}"));
        }
    }
}

/// A kept file that no row names, or any file of the work folder.
fn stranger(file: &Path, named: &BTreeSet<String>) -> Option<String> {
    let name = file.to_string_lossy().into_owned();
    let (folder, _) = name.split_once('/')?;
    let stem = name.split_once('.').map_or(name.as_str(), |(stem, _)| stem);
    let is_kept = ["photos", "audio", "videos", "artifacts"].contains(&folder);
    (is_work(&name) || is_kept && !named.contains(stem)).then_some(name)
}

fn is_work(file: &str) -> bool {
    file.starts_with("work/")
}

/// What a fault says of a job.
fn told(job: &Value) -> String {
    let Value::Object(params) = &job["params"] else { return job.to_string() };
    let fault = params.get("fault").unwrap_or(&Value::Null);
    let (engine, state, attempt, error) = (&job["engine"], &job["state"], &job["attempt"], &job["error"]);
    format!("{engine} with the fault {fault} is {state} after attempt {attempt}: {error}")
}

/// Looks again and again until it is well or the time is over; returns the last answer.
fn settled<T, E>(limit: Duration, mut look: impl FnMut() -> Result<T, E>) -> Result<T, E> {
    let start = Instant::now();
    loop {
        let seen = look();
        if seen.is_ok() || start.elapsed() > limit {
            return seen;
        }
        drop(seen);
        thread::sleep(GLANCE);
    }
}
