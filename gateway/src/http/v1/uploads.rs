//! What the routes of photos, speech and source videos have in common.

use std::path::Path;
use std::sync::Arc;

use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::Response;

use crate::app::App;
use crate::http::problem::ApiError;
use crate::http::server::serve_file;
use crate::intake::upload_kind::UploadKind;
use crate::store::uploads::Deletion;

/// The upload of an id given by a client.
pub(crate) async fn find<K: UploadKind>(app: &App, id: &str) -> Result<K, ApiError> {
    let row = match id.parse() {
        Ok(id) => K::find(app, id).await?,
        Err(_) => None,
    };
    row.ok_or_else(|| missing::<K>(id))
}

/// Answers with a file of an upload that is known to be there.
pub(crate) async fn serve(file: &Path, media_type: &'static str, request: Request) -> Result<Response, ApiError> {
    if !file.is_file() {
        return Err(ApiError::internal(format!("{} is gone although its row is there", file.display())));
    }
    Ok(serve_file::serve(file, media_type, request).await)
}

/// Deletes an upload, row first: a file without a row harms nobody, a row without a file does.
pub(crate) async fn delete<K: UploadKind>(app: &Arc<App>, id: &str) -> Result<StatusCode, ApiError> {
    let name = find::<K>(app, id).await?.id().into();
    match app.uploads.delete_upload(name).await? {
        Deletion::Deleted => {}
        Deletion::Missing => return Err(missing::<K>(id)),
        Deletion::InUse => {
            let detail = format!("a queued or running job needs the {}; cancel the job or wait for its end", K::NOUN);
            return Err(ApiError::new(StatusCode::CONFLICT, &format!("{}.in_use", K::FIELD), detail));
        }
        Deletion::Held => {
            let detail = format!("a job on hold was made from the {}; lift the hold first", K::NOUN);
            return Err(ApiError::new(StatusCode::CONFLICT, &format!("{}.held", K::FIELD), detail));
        }
    }
    app.blobs.remove_upload(name)?;
    Ok(StatusCode::NO_CONTENT)
}

fn missing<K: UploadKind>(id: &str) -> ApiError {
    ApiError::not_found(&format!("{}.not_found", K::FIELD), format!("there is no {} {id}", K::NOUN))
}
