//! `/v1/photos`: pictures with a usable face.

use std::collections::BTreeMap;
use std::str::FromStr;
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
use crate::domain::client::Client;
use crate::domain::code::Code;
use crate::domain::fault::Fault;
use crate::domain::id::PhotoId;
use crate::domain::upload::Photo;
use crate::domain::upload::verdict::Choice;
use crate::http::problem::{ApiError, Problem};
use crate::http::v1::flag::Flag;
use crate::http::v1::upload_bodies::upload_bodies;
use crate::http::v1::uploads::{UploadResource, upload_routes};
use crate::http::v1::{pagination, query, uploads};
use crate::intake::incoming::Received;
use crate::intake::photo;
use crate::intake::photo::CheckedPhoto;
use crate::store::error::StoreResult;
use crate::view::address::address;
use crate::view::upload::{PhotoPage, PhotoView};

upload_bodies! {
    /// A photo on its way in.
    #[schema(example = json!({"file": "portrait.jpg"}))]
    form PhotoUpload,
        /// JPEG, PNG, WebP, HEIC, AVIF, TIFF, GIF or BMP, whatever its name says.
        file;
    /// A photo that is fetched from where it lies.
    #[schema(example = json!({"url": "https://example.org/me.jpg", "face": "largest"}))]
    address PhotoAddress,
        /// The file's address, http or https. Only public addresses are reached.
        #[schema(example = "https://example.org/me.jpg")]
        url;
    /// Which of several faces is meant: `largest`, or its number in `faces` from 0. The photo is cut so that engines
    /// see that face alone.
    #[schema(example = "")]
    beside face: String;
    /// Take a face that the detector doubts.
    #[schema(example = false)]
    beside accept_unsure: bool;
    /// `auto`, or nothing, cuts a photo whose face is small to head and shoulders; `none` keeps all of it, where there is
    /// one face.
    #[schema(example = "auto")]
    beside crop: String;
    /// Turns the photo clockwise before it is judged: by `90`, `180` or `270` degrees, or, with `auto`, as far as its face
    /// needs; `none`, or nothing, takes it as it stands.
    #[schema(example = "none")]
    beside turn: String;
}

upload_routes! {
    Photo as PhotoView, named PhotoId,
    at "/v1/photos", "/v1/photos/{id}", "/v1/photos/{id}/content",
    /// Upload a photo
    ///
    /// The picture is turned upright, flattened, searched for faces and judged. One that cannot be animated is refused,
    /// with `faces` and `verdict` beside the error.
    upload "upload_photo" from PhotoUpload, PhotoAddress, "Address of the photo";
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
    const TEXTS: &'static [&'static str] = &["face", "accept_unsure", "crop", "turn"];

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
        field: &str,
        texts: &BTreeMap<String, String>,
    ) -> Result<CheckedPhoto, ApiError> {
        let checked = photo::check(&app.intake, client, file, choice(texts)?).await;
        checked.map_err(|refusal| ApiError::refusal(field, refusal))
    }
}

/// What the form says about the photo.
fn choice(texts: &BTreeMap<String, String>) -> Result<Choice, ApiError> {
    let mut form = ChoiceForm { texts, faults: Vec::new() };
    let choice = Choice {
        face: form.read(
            "face",
            "this is no choice of a face",
            "send `largest`, or the number of one of `faces` from 0",
        ),
        accept_unsure: form
            .read("accept_unsure", "this is neither true nor false", "send `true` or `false`")
            .is_some_and(|Flag(accept)| accept),
        crop: form.read("crop", "this is no way to cut a photo", "send `auto` or `none`").unwrap_or_default(),
        turn: form
            .read("turn", "this is no way to turn a photo", "send `auto`, `none`, `90`, `180` or `270`")
            .unwrap_or_default(),
    };
    if form.faults.is_empty() { Ok(choice) } else { Err(ApiError::faults(form.faults)) }
}

/// The texts of the form, and what is wrong with them.
struct ChoiceForm<'a> {
    texts: &'a BTreeMap<String, String>,
    faults: Vec<Fault>,
}

impl ChoiceForm<'_> {
    /// One of them. An empty field says nothing, as browsers send it.
    fn read<T: FromStr>(&mut self, name: &str, message: &str, remedy: &str) -> Option<T> {
        let text = self.texts.get(name).map(|text| text.trim()).filter(|text| !text.is_empty())?;
        let read = text.parse().ok();
        if read.is_none() {
            self.faults.push(Fault::new(name, Code::FieldInvalid, message, remedy));
        }
        read
    }
}
