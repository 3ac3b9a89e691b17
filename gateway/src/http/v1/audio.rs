//! `/v1/audio`: speech.

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
use crate::domain::id::AudioId;
use crate::domain::upload::Audio;
use crate::http::problem::{ApiError, Problem};
use crate::http::v1::upload_bodies::upload_bodies;
use crate::http::v1::uploads::{UploadResource, upload_routes};
use crate::http::v1::{pagination, query, uploads};
use crate::store::error::StoreResult;
use crate::view::address::address;
use crate::view::upload::{AudioPage, AudioView};

upload_bodies! {
    /// Speech on its way in.
    #[schema(example = json!({"file": "speech.wav"}))]
    form AudioUpload,
        /// Anything FFmpeg decodes, whatever its name says: WAV, MP3, M4A, FLAC, Ogg, the sound of a video.
        file;
    /// Speech that is fetched from where it lies.
    #[schema(example = json!({"url": "https://example.org/speech.mp3"}))]
    address AudioAddress,
        /// The file's address, http or https. Only public addresses are reached.
        #[schema(example = "https://example.org/speech.mp3")]
        url;
}

upload_routes! {
    Audio as AudioView, named AudioId,
    at "/v1/audio", "/v1/audio/{id}", "/v1/audio/{id}/content",
    /// Upload speech
    ///
    /// The sound is decoded from start to end, so its length is the real one. Silence and clipping are warned of.
    upload "upload_audio" from AudioUpload, AudioAddress, "Address of the sound";
    /// Which speech to list.
    query AudioQuery {
        /// Only speech older than this one: `next` of the page before.
        before
    }
    /// List speech
    ///
    /// Newest first, a page at a time.
    list "list_audio" as AudioPage in audio;
    /// Show speech
    show "show_audio", "The sound's id";
    /// Fetch speech
    ///
    /// The file as it was sent.
    content "fetch_audio" as "application/octet-stream", "The range lies outside the file";
    /// Delete speech
    ///
    /// Jobs that have ended keep their videos; one that a queued, running or held job needs stays.
    delete "delete_audio";
}

impl UploadResource for Audio {
    const MEDIA_TYPE: &'static str = "application/octet-stream";

    async fn rows(app: &App, before: Option<AudioId>, limit: u32) -> StoreResult<Vec<Self>> {
        app.uploads.audios(before, limit).await
    }

    fn file(id: AudioId) -> BlobKey {
        BlobKey::Sound(id)
    }
}
