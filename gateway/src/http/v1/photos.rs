//! `/v1/photos`: pictures with a usable face.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::app::App;
use crate::auth::caller::Caller;
use crate::blobs::key::BlobKey;
use crate::domain::client::Client;
use crate::domain::code::Code;
use crate::domain::fault::Fault;
use crate::domain::id::PhotoId;
use crate::domain::upload::Photo;
use crate::domain::upload::verdict::Choice;
use crate::http::problem::{ApiError, Problem};
use crate::http::v1::uploads::{UploadResource, upload_routes};
use crate::http::v1::{pagination, uploads};
use crate::intake::incoming::Received;
use crate::intake::photo;
use crate::intake::photo::CheckedPhoto;
use crate::store::error::StoreResult;
use crate::view::upload::{PhotoPage, PhotoView};

/// A photo on its way in.
#[derive(ToSchema)]
#[allow(dead_code, reason = "only documents the request")]
pub(crate) struct PhotoUpload {
    /// JPEG, PNG or WebP, whatever its name says.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// Which of several faces is meant: `largest`, or its number in `faces` from 0. The photo is cut so that engines
    /// see that face alone.
    #[schema(example = "largest")]
    face: Option<String>,
    /// Take a face that the detector doubts.
    accept_unsure: Option<bool>,
    /// Refuse a file that was cut or damaged, which is taken with a warning otherwise.
    #[schema(default = false)]
    strict: Option<bool>,
}

upload_routes! {
    Photo as PhotoView, named PhotoId,
    at "/v1/photos", "/v1/photos/{id}", "/v1/photos/{id}/content",
    /// Upload a photo
    ///
    /// The picture is turned upright, flattened, searched for faces and judged. One that cannot be animated is refused,
    /// with `faces` and `verdict` beside the error.
    upload "upload_photo" from PhotoUpload, "Address of the photo";
    /// Which photos to list.
    query PhotoQuery {
        /// Only photos older than this one: `next` of the page before.
        before
    }
    /// List photos
    ///
    /// Newest first, a page at a time.
    list "list_photos" as PhotoPage in photos;
    /// Show a photo
    show "show_photo", "The photo's id";
    /// Fetch the picture
    ///
    /// The upright PNG that engines read: the part that `verdict.kept` tells, or else the whole photo.
    content "fetch_photo" as "image/png", "The range lies outside the picture";
    /// Delete a photo
    ///
    /// Jobs that have ended keep their videos; a photo that a queued, running or held job needs stays.
    delete "delete_photo";
}

impl UploadResource for Photo {
    const MEDIA_TYPE: &'static str = "image/png";
    const TEXTS: &'static [&'static str] = &["face", "accept_unsure"];

    async fn rows(app: &App, before: Option<PhotoId>, limit: u32) -> StoreResult<Vec<Self>> {
        app.uploads.photos(before, limit).await
    }

    fn file(id: PhotoId) -> BlobKey {
        BlobKey::Photo(id)
    }

    async fn check_form(
        app: &Arc<App>,
        client: Client,
        file: Received,
        texts: &BTreeMap<String, String>,
    ) -> Result<CheckedPhoto, ApiError> {
        let checked = photo::check(&app.intake, client, file, choice(texts)?).await;
        checked.map_err(|refusal| ApiError::refusal("file", refusal))
    }
}

/// What the form says about faces. An empty field says nothing, as browsers send it.
fn choice(texts: &BTreeMap<String, String>) -> Result<Choice, ApiError> {
    let text = |name: &str| texts.get(name).map(|text| text.trim()).filter(|text| !text.is_empty());
    let mut faults = Vec::new();
    let face = text("face").and_then(|text| {
        let which = text.parse().ok();
        if which.is_none() {
            let remedy = "send `largest`, or the number of one of `faces` from 0";
            faults.push(Fault::new("face", Code::FieldInvalid, "this is no choice of a face", remedy));
        }
        which
    });
    let accept_unsure = text("accept_unsure").is_some_and(|text| {
        let flag = text.parse().ok();
        if flag.is_none() {
            let message = "this is neither true nor false";
            faults.push(Fault::new("accept_unsure", Code::FieldInvalid, message, "send `true` or `false`"));
        }
        flag.unwrap_or_default()
    });
    if faults.is_empty() { Ok(Choice { face, accept_unsure }) } else { Err(ApiError::faults(faults)) }
}
