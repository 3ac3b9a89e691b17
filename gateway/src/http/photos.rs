//! `/v1/photos`: pictures with a usable face. Upload, list, show, fetch, delete.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tower::ServiceExt;
use tower_http::services::ServeFile;
use utoipa::{IntoParams, ToSchema};

use super::view::{PhotoPage, PhotoView};
use super::{page, receive};
use crate::app::App;
use crate::error::{ApiError, Problem};
use crate::intake::photo;
use crate::intake::verdict::Choice;
use crate::job::admission::Fault;
use crate::job::id::PhotoId;
use crate::store::Deletion;
use crate::upload::Photo;

/// A photo on its way in.
#[derive(ToSchema)]
#[allow(dead_code, reason = "only documents the request")]
pub(super) struct PhotoUpload {
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
pub(super) async fn upload(State(app): State<Arc<App>>, request: Request) -> Result<impl IntoResponse, ApiError> {
    let limit = app.config().limits.image_bytes;
    let (received, texts) = receive::file_and_texts(request, &app, "image", limit, &["face", "accept_unsure"]).await?;
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
pub(super) struct PhotoQuery {
    /// Only photos older than this one: `next` of the page before.
    before: Option<PhotoId>,
    /// How many, at most.
    #[serde(default = "page::default_length")]
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
pub(super) async fn list(
    State(app): State<Arc<App>>,
    query: Result<Query<PhotoQuery>, QueryRejection>,
) -> Result<Json<PhotoPage>, ApiError> {
    let query = page::checked(query, |query| query.limit)?;
    let rows = app.uploads.photos(query.before, query.limit).await?;
    let next = page::next(&rows, query.limit, |photo| photo.id);
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
pub(super) async fn show(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<Json<PhotoView>, ApiError> {
    find(&app, &id).await.map(|photo| Json(photo.into()))
}

/// Fetch the picture
///
/// The upright PNG that engines read: the part that `verdict.kept` tells, or else the whole photo.
#[utoipa::path(
    get, path = "/v1/photos/{id}/content", operation_id = "fetch_photo", tag = "uploads",
    params(("id" = PhotoId, Path, description = "The photo's id")),
    responses(
        (status = 200, body = Vec<u8>, content_type = "image/png"),
        (status = 304, description = "The client has it already"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn content(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, ApiError> {
    let photo = find(&app, &id).await?;
    let file = app.blobs.photo(photo.id);
    if !file.is_file() {
        return Err(ApiError::internal(format!("{} is gone although its row is there", file.display())));
    }
    let served = ServeFile::new(&file).oneshot(request).await;
    Ok(served.unwrap_or_else(|never| match never {}).into_response())
}

/// Delete a photo
///
/// Jobs that have ended keep their videos; a photo that a queued or running job needs stays.
#[utoipa::path(
    delete, path = "/v1/photos/{id}", operation_id = "delete_photo", tag = "uploads",
    params(("id" = PhotoId, Path, description = "The photo's id")),
    responses(
        (status = 204, description = "It is gone"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn delete(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    let photo = find(&app, &id).await?;
    match app.uploads.delete_photo(photo.id).await? {
        Deletion::Deleted => {}
        Deletion::Missing => return Err(missing(&id)),
        Deletion::InUse => {
            let detail = "a queued or running job needs the photo; cancel the job or wait for its end";
            return Err(ApiError::new(StatusCode::CONFLICT, "photo.in_use", detail));
        }
        Deletion::Held => {
            let detail = "a job on hold was made from the photo; lift the hold first";
            return Err(ApiError::new(StatusCode::CONFLICT, "photo.held", detail));
        }
    }
    match std::fs::remove_file(app.blobs.photo(photo.id)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(StatusCode::NO_CONTENT),
    }
}

/// The photo of an id given by a client.
async fn find(app: &App, id: &str) -> Result<Photo, ApiError> {
    let photo = match id.parse::<PhotoId>() {
        Ok(id) => app.uploads.photo(id).await?,
        Err(_) => None,
    };
    photo.ok_or_else(|| missing(id))
}

fn missing(id: &str) -> ApiError {
    ApiError::not_found("photo.not_found", format!("there is no photo {id}"))
}
