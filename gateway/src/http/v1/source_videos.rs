//! `/v1/source-videos`: videos of a person who shall say something else.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::app::App;
use crate::auth::caller::Caller;
use crate::blobs::key::BlobKey;
use crate::domain::id::VideoId;
use crate::domain::upload::Video;
use crate::http::problem::{ApiError, Problem};
use crate::http::v1::upload_bodies::upload_bodies;
use crate::http::v1::uploads::{UploadResource, upload_routes};
use crate::http::v1::{pagination, query, uploads};
use crate::store::error::StoreResult;
use crate::view::address::address;
use crate::view::upload::{VideoPage, VideoView};

upload_bodies! {
    /// A source video on its way in.
    #[schema(example = json!({"file": "me.mp4"}))]
    form VideoUpload,
        /// MP4, MOV, MKV, WebM or AVI, whatever its name says.
        file;
    /// A source video that is fetched from where it lies.
    #[schema(example = json!({"url": "https://example.org/me.mp4"}))]
    address VideoAddress,
        /// The file's address, http or https. Only public addresses are reached.
        #[schema(example = "https://example.org/me.mp4")]
        url;
}

upload_routes! {
    Video as VideoView, named VideoId,
    at "/v1/source-videos", "/v1/source-videos/{id}", "/v1/source-videos/{id}/content",
    /// Upload a source video
    ///
    /// Engines that redub a person start from it. It is read from start to end, and decoded where it is short or its
    /// packets do not tell what is shown. What is missing of it is warned of.
    upload "upload_source_video" from VideoUpload, VideoAddress, "Address of the video";
    /// Which source videos to list.
    query VideoQuery {
        /// Only source videos older than this one: `next` of the page before.
        before
    }
    /// List source videos
    ///
    /// Newest first, a page at a time.
    list "list_source_videos" as VideoPage in videos;
    /// Show a source video
    show "show_source_video", "The video's id";
    /// Fetch a source video
    ///
    /// The file as it was sent.
    content "fetch_source_video" as "application/octet-stream", "The range lies outside the file";
    /// Delete a source video
    ///
    /// Jobs that have ended keep their videos; one that a queued, running or held job needs stays.
    delete "delete_source_video";
}

impl UploadResource for Video {
    const MEDIA_TYPE: &'static str = "application/octet-stream";

    async fn rows(app: &App, before: Option<VideoId>, limit: u32) -> StoreResult<Vec<Self>> {
        app.uploads.videos(before, limit).await
    }

    fn file(id: VideoId) -> BlobKey {
        BlobKey::SourceVideo(id)
    }
}
