//! Settings of a double of the Duix generator: how fast it is, and how it misbehaves.

use serde::{Deserialize, Serialize};

/// What tests can ask for. By default, a double is quick and well-behaved.
///
/// Numbers of jobs, submissions and queries count down with each that they have met.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Behaviour {
    /// Speaks as newer images do: `msg` is `成功`, other steps, and more about a finished video.
    pub newer: bool,
    /// Milliseconds that a job stays at each step of its progress, beside its real work.
    pub step_ms: u64,
    /// Milliseconds until a query is answered. Meanwhile nobody else is served.
    pub query_ms: u64,
    /// FFmpeg's encoder of results, if not that of H.264 in 4:2:0.
    pub encoder: String,
    /// Inputs that are URLs cannot be fetched, as on some images.
    pub no_downloads: bool,

    /// So many of the next jobs stop at progress 20, and the service stays busy with them.
    pub wedge: u32,
    /// So many of the next jobs are forgotten at progress 20 and never make a file.
    pub lose: u32,
    /// So many of the next jobs are forgotten when they end; their files are there.
    pub lose_with_file: u32,
    /// So many of the next jobs end as errors.
    pub fail: u32,
    /// What such an error says; `{code}` stands for the job's code.
    pub fail_message: String,
    /// So many of the next jobs name a result that is not there.
    pub missing_result: u32,
    /// So many of the next jobs make a file that is no video.
    pub unplayable_result: u32,

    /// So many of the next submissions find the service busy.
    pub busy: u32,
    /// So many of the next submissions do not get its lock.
    pub lock_error: u32,
    /// So many of the next submissions meet a system error.
    pub submit_error: u32,
    /// So many of the next queries meet a system error.
    pub query_error: u32,
    /// So many of the next submissions are handled, but half of the answer is missing.
    pub truncate_submits: u32,
    /// So many of the next queries are handled, but half of the answer is missing.
    pub truncate_queries: u32,
}

impl Behaviour {
    /// Jobs that take some time: so many milliseconds for each of their four steps.
    pub fn slow(step_ms: u64) -> Self {
        Self { step_ms, ..Self::default() }
    }

    /// The next jobs end as errors with this message, in which `{code}` stands for the job's code.
    pub fn failing(jobs: u32, message: &str) -> Self {
        Self { fail: jobs, fail_message: message.to_owned(), ..Self::default() }
    }
}
