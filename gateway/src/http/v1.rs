//! The gateway's own API, under `/v1`.

pub(crate) mod artifacts;
pub(crate) mod audio;
pub(crate) mod engines;
pub(crate) mod events;
mod flag;
pub(crate) mod hold;
mod job_bodies;
mod job_metadata;
mod job_request;
mod job_webhook;
pub(crate) mod jobs;
mod json_object;
pub(crate) mod lookup;
pub(crate) mod pagination;
pub(crate) mod photos;
pub(crate) mod query;
pub(crate) mod source_videos;
mod unknown_field;
mod upload_bodies;
mod upload_request;
pub(crate) mod uploads;
mod wait;
pub(crate) mod webhooks;
