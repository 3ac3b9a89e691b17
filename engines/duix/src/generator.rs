//! The generator's two routes, and what its answers mean.
//!
//! It answers HTTP/1.0 with JSON that it calls `text/html`; it says `success: true` to errors; `msg` of a submission is a
//! number; the only word to go by is `code`.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use ureq::Agent;

use crate::options::Options;
use crate::params::Params;

/// How long looking whether a generator is there may take: clients wait for it.
const GLANCE: Duration = Duration::from_secs(5);
/// The longest answer that is read, in bytes.
const LONGEST_ANSWER: u64 = 1 << 20;

/// One generator.
#[derive(Debug, Clone)]
pub(crate) struct Generator {
    pub(crate) url: String,
    agent: Agent,
}

/// What became of a submission.
#[derive(Debug, PartialEq)]
pub(crate) enum Submitted {
    /// It works on the job.
    Accepted,
    /// It works on another one.
    Busy,
    /// It does not take it, and would not at another time.
    Refused(String),
    /// It answers, and is out of order.
    Trouble(String),
    /// It does not answer. It may have taken the job all the same.
    Down(String),
}

/// What it says of a job.
#[derive(Debug, PartialEq)]
pub(crate) enum Told {
    /// It works on it and is at so many percent.
    Running(u64),
    /// There is a video of this name. It says so only once.
    Done(String),
    /// There will be none. It says so only once.
    Failed(String),
    /// It knows of no such job: it never did, or has told its end before.
    Unknown,
    /// It answers, and is out of order.
    Trouble(String),
    /// It does not answer.
    Down(String),
}

/// What a job is submitted with.
#[derive(Debug, Clone)]
pub(crate) struct Submission {
    pub(crate) code: String,
    pub(crate) audio: String,
    pub(crate) video: String,
    pub(crate) params: Params,
}

/// The generators of a configuration.
pub(crate) fn all(options: &Options) -> Vec<Generator> {
    options.addresses().into_iter().map(|url| Generator::new(url, options.request())).collect()
}

impl Generator {
    fn new(url: &str, patience: Duration) -> Self {
        // Each answer closes its connection, and no proxy stands between neighbours.
        let config = Agent::config_builder().http_status_as_error(false).timeout_global(Some(patience)).proxy(None);
        Self { url: url.to_owned(), agent: config.build().into() }
    }

    /// Whether anybody answers. Whoever works on a job may take long for it.
    ///
    /// # Errors
    /// A sentence on why not.
    pub(crate) fn is_there(&self) -> Result<(), String> {
        match Self::new(&self.url, GLANCE).query("avatar-is-there") {
            Told::Down(reason) => Err(reason),
            _ => Ok(()),
        }
    }

    /// Asks it to work on a job.
    pub(crate) fn submit(&self, submission: &Submission) -> Submitted {
        let Submission { code, audio, video, params } = submission;
        // Its switches are numbers, under names of its own ("chaofen" is super-resolution, "pn" is ping-pong).
        let body = json!({
            "audio_url": audio, "video_url": video, "code": code, "chaofen": u8::from(params.super_resolution),
            "watermark_switch": u8::from(params.watermark), "pn": u8::from(params.ping_pong),
        });
        let sent = self.agent.post(format!("{}/easy/submit", self.url)).header("content-type", "application/json");
        match self.read(sent.send(body.to_string())) {
            Ok(answer) => answer.submitted(),
            Err(Silence::Down(reason)) => Submitted::Down(reason),
            Err(Silence::Trouble(reason)) => Submitted::Trouble(reason),
        }
    }

    /// Asks how far a job is.
    pub(crate) fn query(&self, code: &str) -> Told {
        match self.read(self.agent.get(format!("{}/easy/query", self.url)).query("code", code).call()) {
            Ok(answer) => answer.told(),
            Err(Silence::Down(reason)) => Told::Down(reason),
            Err(Silence::Trouble(reason)) => Told::Trouble(reason),
        }
    }

    fn read(&self, answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Result<Envelope, Silence> {
        let mut answer = answer.map_err(|error| Silence::Down(self.silent(&error)))?;
        let status = answer.status();
        let body = answer.body_mut().with_config().limit(LONGEST_ANSWER).read_to_vec();
        let body = body.map_err(|error| Silence::Down(self.silent(&error)))?;
        serde_json::from_slice(&body).map_err(|_| {
            let words: String = String::from_utf8_lossy(&body).chars().take(80).collect();
            Silence::Trouble(format!("the generator at {} answered {status} with {words:?}", self.url))
        })
    }

    fn silent(&self, error: &ureq::Error) -> String {
        format!("the generator at {} does not answer: {error}", self.url)
    }
}

enum Silence {
    Down(String),
    Trouble(String),
}

/// What all answers have. `msg` is a text or a number, `data` may be anything, `success` means nothing.
#[derive(Debug, Deserialize)]
struct Envelope {
    code: i64,
    #[serde(default)]
    data: Value,
    #[serde(default)]
    msg: Value,
}

impl Envelope {
    fn submitted(&self) -> Submitted {
        match self.code {
            // A fork with a queue says 10005 of a job that it has already.
            10_000 | 10_005 => Submitted::Accepted,
            10_001 => Submitted::Busy,
            10_002 => Submitted::Refused(format!("the generator lacks something: {}", self.words())),
            _ => Submitted::Trouble(format!("the generator said {}: {}", self.code, self.words())),
        }
    }

    fn told(&self) -> Told {
        let text = |name: &str| self.data.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let number = |name: &str| {
            let value = self.data.get(name)?;
            let told = value.as_f64().or_else(|| value.as_str()?.parse().ok())?;
            (told >= 0.0).then_some(told as u64)
        };
        let progress = number("progress").unwrap_or_default();
        match (self.code, number("status")) {
            // Some images leave the status at 1, or tell none, and are done all the same.
            (10_000, None | Some(1)) if progress >= 100 && !text("result").is_empty() => Told::Done(text("result")),
            (10_000, Some(1)) => Told::Running(progress.min(100)),
            (10_000, Some(2)) => Told::Done(text("result")),
            (10_000, Some(3)) => Told::Failed(text("msg")),
            (10_004, _) => Told::Unknown,
            _ => Told::Trouble(format!("the generator said {}: {}", self.code, self.words())),
        }
    }

    fn words(&self) -> String {
        self.msg.as_str().map_or_else(|| self.msg.to_string(), str::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope(text: &str) -> Envelope {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn a_submission_is_judged_by_its_code_alone() {
        let judged = |text| envelope(text).submitted();
        assert_eq!(judged(r#"{"code": 10000, "data": {}, "msg": 10000, "success": true}"#), Submitted::Accepted);
        assert_eq!(judged(r#"{"code": 10000, "data": {}, "msg": "成功", "success": true}"#), Submitted::Accepted);
        assert_eq!(judged(r#"{"code": 10001, "data": {}, "msg": "忙碌中", "success": true}"#), Submitted::Busy);
        let refused = judged(r#"{"code": 10002, "data": {}, "msg": "audio_url参数缺失", "success": false}"#);
        assert_eq!(refused, Submitted::Refused("the generator lacks something: audio_url参数缺失".into()));
        assert!(matches!(judged(r#"{"code": 9999, "msg": "系统异常"}"#), Submitted::Trouble(_)));
        assert!(matches!(judged(r#"{"code": 10003, "msg": "获取锁异常"}"#), Submitted::Trouble(_)));
    }

    #[test]
    fn what_is_told_of_a_job_is_read_whichever_image_tells_it() {
        let told =
            |data: &str| envelope(&format!(r#"{{"code": 10000, "data": {data}, "msg": "", "success": true}}"#)).told();
        assert_eq!(told(r#"{"code": "x", "msg": "", "progress": 20, "result": "", "status": 1}"#), Told::Running(20));
        assert_eq!(told(r#"{"status": 1}"#), Told::Running(0));
        let done = r#"{"progress": 100, "result": "/x-r.mp4", "status": 2, "cost": 3.5, "video_duration": 2000}"#;
        assert_eq!(told(done), Told::Done("/x-r.mp4".into()));
        for done in [
            r#"{"progress": 100.0, "result": "/x-r.mp4", "status": 1.0}"#,
            r#"{"progress": 100, "result": "/x-r.mp4", "status": 1}"#,
            r#"{"progress": "100", "result": "/x-r.mp4"}"#,
        ] {
            assert_eq!(told(done), Told::Done("/x-r.mp4".into()));
        }
        assert_eq!(told(r#"{"progress": 100, "result": "", "status": 1}"#), Told::Running(100), "it is muxing");
        assert_eq!(told(r#"{"progress": 0, "msg": "存在多人脸", "status": 3}"#), Told::Failed("存在多人脸".into()));
        assert_eq!(
            envelope(r#"{"code": 10004, "data": {}, "msg": "任务不存在", "success": true}"#).told(),
            Told::Unknown
        );
        assert!(matches!(told("{}"), Told::Trouble(_)));
    }
}
