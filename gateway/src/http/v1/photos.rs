//! `/v1/photos`: pictures with a usable face. Upload, list, show, fetch, delete.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::app::App;
use crate::domain::admission::Fault;
use crate::domain::id::PhotoId;
use crate::domain::upload::Photo;
use crate::http::problem::{ApiError, Problem};
use crate::http::server::multipart;
use crate::http::v1::{pagination, uploads};
use crate::intake::judge::Choice;
use crate::intake::photo;
use crate::view::{PhotoPage, PhotoView};

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
}

/// Upload a photo
///
/// The picture is turned upright, flattened, searched for faces and judged. One that cannot be animated is refused,
/// with `faces` and `verdict` beside the error.
#[utoipa::path(
    post, path = "/v1/photos", operation_id = "upload_photo", tag = "uploads",
    request_body(content = PhotoUpload, content_type = "multipart/form-data"),
    responses(
        (status = 201, body = PhotoView, headers(("Location" = String, description = "Address of the photo"))),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 413, body = Problem, content_type = "application/problem+json"),
        (status = 415, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
        (status = 507, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn upload(State(app): State<Arc<App>>, request: Request) -> Result<impl IntoResponse, ApiError> {
    let limit = app.config().limits.image_bytes;
    let (received, texts) =
        multipart::file_and_texts(request, &app, "image", limit, &["face", "accept_unsure"]).await?;
    let refused = |refusal| ApiError::refusal("file", refusal);
    let checked = photo::check(&app, received, choice(&texts)?).await.map_err(refused)?;
    let photo = checked.keep(&app).await.map_err(refused)?;
    let location = [(header::LOCATION, format!("/v1/photos/{}", photo.id))];
    Ok((StatusCode::CREATED, location, Json(PhotoView::from(photo))))
}

/// What the form says about faces. An empty field says nothing, as browsers send it.
fn choice(texts: &BTreeMap<String, String>) -> Result<Choice, ApiError> {
    let text = |name: &str| texts.get(name).map(|text| text.trim()).filter(|text| !text.is_empty());
    let mut faults = Vec::new();
    let face = text("face").and_then(|text| {
        let which = text.parse().ok();
        if which.is_none() {
            let remedy = "send `largest`, or the number of one of `faces` from 0";
            faults.push(Fault::new("face", "field.invalid", "this is no choice of a face", remedy));
        }
        which
    });
    let accept_unsure = text("accept_unsure").is_some_and(|text| {
        let flag = text.parse().ok();
        if flag.is_none() {
            let message = "this is neither true nor false";
            faults.push(Fault::new("accept_unsure", "field.invalid", message, "send `true` or `false`"));
        }
        flag.unwrap_or_default()
    });
    if faults.is_empty() { Ok(Choice { face, accept_unsure }) } else { Err(ApiError::faults(faults)) }
}

/// Which photos to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PhotoQuery {
    /// Only photos older than this one: `next` of the page before.
    before: Option<PhotoId>,
    /// How many, at most.
    #[serde(default = "crate::http::v1::pagination::default_length")]
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: u32,
}

/// List photos
///
/// Newest first, a page at a time.
#[utoipa::path(
    get, path = "/v1/photos", operation_id = "list_photos", tag = "uploads", params(PhotoQuery),
    responses(
        (status = 200, body = PhotoPage),
        (status = 422, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    query: Result<Query<PhotoQuery>, QueryRejection>,
) -> Result<Json<PhotoPage>, ApiError> {
    let query = pagination::checked(query, |query| query.limit)?;
    let rows = app.uploads.photos(query.before, query.limit).await?;
    let next = pagination::next(&rows, query.limit, |photo| photo.id);
    Ok(Json(PhotoPage { photos: rows.into_iter().map(PhotoView::from).collect(), next }))
}

/// Show a photo
#[utoipa::path(
    get, path = "/v1/photos/{id}", operation_id = "show_photo", tag = "uploads",
    params(("id" = PhotoId, Path, description = "The photo's id")),
    responses(
        (status = 200, body = PhotoView),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn show(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<Json<PhotoView>, ApiError> {
    uploads::find(&app, &id).await.map(|photo: Photo| Json(photo.into()))
}

/// Fetch the picture
///
/// The upright PNG that engines read: the part that `verdict.kept` tells, or else the whole photo.
#[utoipa::path(
    get, path = "/v1/photos/{id}/content", operation_id = "fetch_photo", tag = "uploads",
    params(("id" = PhotoId, Path, description = "The photo's id")),
    responses(
        (status = 200, body = Vec<u8>, content_type = "image/png"),
        (status = 206, body = Vec<u8>, content_type = "image/png"),
        (status = 304, description = "The client has it already"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 416, description = "The range lies outside the picture"),
    )
)]
pub(crate) async fn content(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, ApiError> {
    let photo: Photo = uploads::find(&app, &id).await?;
    uploads::serve(&app.blobs.photo(photo.id), "image/png", request).await
}

/// Delete a photo
///
/// Jobs that have ended keep their videos; a photo that a queued, running or held job needs stays.
#[utoipa::path(
    delete, path = "/v1/photos/{id}", operation_id = "delete_photo", tag = "uploads",
    params(("id" = PhotoId, Path, description = "The photo's id")),
    responses(
        (status = 204, description = "It is gone"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn delete(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    uploads::delete::<Photo>(&app, &id).await
}
