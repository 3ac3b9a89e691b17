//! `POST /api/avatar/upload-photo`: whether a photo can be animated, in the original's sentences.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::{Extension, Json};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::auth::caller::Caller;
use crate::config::Photos;
use crate::domain::code::Code;
use crate::domain::upload::Photo;
use crate::domain::upload::verdict::{Choice, Turn};
use crate::http::facades::error::Refusal;
use crate::http::facades::fastapi::fields::Fields;
use crate::http::facades::fastapi::form::FileField;
use crate::http::problem::ApiError;
use crate::intake;
use crate::intake::error::Findings;
use crate::intake::photo;

/// The least pixels of either side that its sentences recommend.
const RECOMMENDED: &str = "512x512";

#[derive(ToSchema)]
#[schema(example = json!({"file": "portrait.png"}))]
#[allow(dead_code, reason = "only documents the request")]
struct PhotoForm {
    /// JPEG or PNG.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct UploadedPhoto {
    photo_id: String,
    #[schema(example = "/uploads/avatar_01890a5d-ac96-774b-bcce-b302099a8057.png")]
    photo_url: String,
    validation: Validation,
}

#[derive(Serialize, ToSchema)]
struct Validation {
    valid: bool,
    message: &'static str,
    face_count: usize,
    /// Left, top, width and height in pixels.
    face_bbox: [i64; 4],
    /// Width and height in pixels.
    image_size: [u32; 2],
}

/// Upload a photo
#[utoipa::path(
    post, path = "/api/avatar/upload-photo", operation_id = "ditto_upload_photo", tag = "Ditto",
    request_body(content = PhotoForm, content_type = "multipart/form-data"),
    responses(
        (status = 200, body = UploadedPhoto),
        (status = 400, description = "It cannot be animated; `detail` says why"),
        (status = 422, description = "The field `file` is missing"),
    )
)]
pub(super) async fn upload(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Json<UploadedPhoto>, Refusal> {
    let config = app.config();
    let takes = [FileField::of::<Photo>("file", &config.limits)];
    let mut fields = Fields::of_form(request, &app, &takes, &[]).await?;
    let Some(part) = fields.file("file") else { return Err(fields.refusal()) };
    if !part.extension().is_some_and(|extension| ["jpg", "jpeg", "png"].contains(&extension.as_str())) {
        return Err(Refusal::bad_request("Only JPG and PNG images are supported"));
    }
    // As the original, which does not doubt a face that it finds; and its clients know no word for a turn.
    let choice = Choice { accept_unsure: true, turn: Turn::Auto, ..Choice::default() };
    let checked = photo::check(&app.intake, caller.client(), part.received()?, choice).await;
    let photo = match checked {
        Ok(checked) => checked.keep(&app.intake).await.map_err(|refusal| Refusal::upload("file", refusal))?,
        Err(refusal) => return Err(in_ditto_words(refusal, &config.photos)),
    };
    let face = &photo.faces[photo.verdict.face.unwrap_or_default()];
    let box_of = [face.x, face.y, face.width, face.height].map(|pixels| pixels.round() as i64);
    Ok(Json(UploadedPhoto {
        photo_id: photo.id.to_string(),
        photo_url: format!("/uploads/avatar_{}.png", photo.id),
        validation: Validation {
            valid: true,
            message: "照片驗證通過",
            face_count: 1,
            face_bbox: box_of,
            image_size: [photo.width, photo.height],
        },
    }))
}

/// The photo that a generation names.
///
/// # Errors
/// There is none.
pub(super) async fn require(app: &App, id: &str) -> Result<Photo, Refusal> {
    find(app, id).await?.ok_or_else(|| Refusal::not_found(format!("Photo {id} not found")))
}

/// The photo of an id as it was given, or of the name of its file as older clients send it.
pub(super) async fn find(app: &App, id: &str) -> Result<Option<Photo>, ApiError> {
    let bare = id.strip_prefix("avatar_").unwrap_or(id);
    let bare = bare.rsplit_once('.').map_or(bare, |(stem, _)| stem);
    Ok(match bare.parse() {
        Ok(id) => app.uploads.photo(id).await?,
        Err(_) => None,
    })
}

fn in_ditto_words(refusal: intake::error::UploadError, limits: &Photos) -> Refusal {
    match refusal {
        intake::error::UploadError::Fault {
            code: Code::ImageEmpty | Code::ImageUndecodable | Code::ImageUnsupported,
            ..
        } => Refusal::bad_request("無法讀取圖片檔案"),
        intake::error::UploadError::Photo(findings) => Refusal::bad_request(sentence(&findings, limits)),
        other => Refusal::upload("file", other),
    }
}

fn sentence(findings: &Findings, limits: &Photos) -> String {
    let Findings { code, size: (width, height), faces, verdict } = findings;
    match code {
        Code::ImageTooSmall => format!("圖片解析度過低 ({width}x{height}),建議至少 {RECOMMENDED}"),
        Code::FaceNone => "未檢測到人臉,請使用清晰的正面人臉照片".to_owned(),
        Code::FaceMultiple => {
            let clear = faces.iter().filter(|face| face.score >= limits.sure_score).count();
            let count = if clear == 0 { faces.len() } else { clear };
            format!("檢測到 {count} 張人臉,請使用只有一個人的照片")
        }
        Code::FaceTooSmall => "人臉在照片中佔比過小,請使用人臉較大的照片".to_owned(),
        Code::FaceCutOff => "人臉被照片邊緣裁切,請使用頭部完整的照片".to_owned(),
        // None that the original knows.
        _ => format!("{}; {}", verdict.message, verdict.remedy),
    }
}
