//! `/v1/photos`: pictures with a usable face.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use utoipa::ToSchema;

use super::receive;
use super::view::PhotoView;
use crate::app::App;
use crate::error::{ApiError, Problem};
use crate::intake::photo;

/// A photo on its way in.
#[derive(ToSchema)]
#[allow(dead_code, reason = "only documents the request")]
pub(super) struct PhotoUpload {
    /// JPEG, PNG or WebP, whatever its name says.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// Upload a photo
///
/// The picture is turned upright, flattened and searched for faces. One without a face is refused.
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
    let received = receive::single_file(request, &app, "image", app.config.limits.image_bytes).await?;
    let refused = |refusal| ApiError::refusal("file", refusal);
    let photo = photo::check(&app, received).await.map_err(refused)?.keep(&app).await.map_err(refused)?;
    let location = [(header::LOCATION, format!("/v1/photos/{}", photo.id))];
    Ok((StatusCode::CREATED, location, Json(PhotoView::from(photo))))
}
