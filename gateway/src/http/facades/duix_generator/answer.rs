//! What all answers of the generator have.

use serde::Serialize;
use utoipa::ToSchema;

/// What was asked for is done, or told.
pub(super) const OK: u32 = 10_000;
/// The request lacks something, or something in it cannot be used.
pub(super) const WRONG_PARAMETERS: u32 = 10_002;
/// There is no such job.
pub(super) const UNKNOWN: u32 = 10_004;
/// There is such a job already.
pub(super) const KNOWN: u32 = 10_005;
/// The gateway could not do its part.
pub(super) const INTERNAL: u32 = 9999;

/// An answer.
#[derive(Serialize, ToSchema)]
pub(super) struct Answer {
    /// 10000 where all is well; see the route for the others.
    #[schema(example = 10000)]
    code: u32,
    data: Data,
    msg: String,
    success: bool,
}

/// How far a job is; empty where none is told of.
#[derive(Default, Serialize, ToSchema)]
pub(super) struct Data {
    /// What the client calls the job.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) code: Option<String>,
    /// Seconds that rendering took.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cost: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) height: Option<u32>,
    /// What it is at, or why there will be no video.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) msg: Option<String>,
    /// 0 to 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) progress: Option<u8>,
    /// The video's name in the folder `temp` of the shared folder, behind a slash.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) result: Option<String>,
    /// 1 while it runs, 2 once there is a video, 3 if there will be none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) status: Option<u8>,
    /// Milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) video_duration: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) width: Option<u32>,
}

impl Answer {
    /// What was asked for is done.
    pub(super) fn ok(data: Data) -> Self {
        Self { code: OK, data, msg: String::new(), success: true }
    }

    /// There is no such job; the generator calls that a success.
    pub(super) fn unknown() -> Self {
        Self { code: UNKNOWN, data: Data::default(), msg: "任务不存在".to_owned(), success: true }
    }

    /// It is not done, for this reason.
    pub(super) fn failure(code: u32, why: impl Into<String>) -> Self {
        Self { code, data: Data::default(), msg: why.into(), success: false }
    }
}
