//! Where an input of a job comes from, and what becomes of a file that was sent with the request.

use crate::app::App;
use crate::blobs::Staged;
use crate::blobs::error::BlobResult;
use crate::blobs::key::BlobKey;
use crate::domain::job::Inputs;
use crate::domain::upload::{Photo, UploadId, Video};
use crate::http::problem::ApiError;
use crate::intake::incoming::Received;
use crate::intake::upload_kind::UploadKind;
use crate::store::uploads::Deletion;

/// Where an input comes from.
pub(crate) enum Source<K: UploadKind> {
    /// An earlier upload.
    Uploaded(K::Id),
    /// A file in this request.
    File(Received),
}

impl<K: UploadKind> Source<K> {
    /// What tells it from other inputs: the id, or the content.
    pub(crate) fn identity(&self) -> String {
        match self {
            Self::Uploaded(id) => id.to_string(),
            Self::File(file) => file.sha256().to_owned(),
        }
    }
}

/// An input that may be used.
pub(crate) enum Checked<K: UploadKind> {
    /// An earlier upload.
    Uploaded(K),
    /// A file in this request, not kept yet.
    New(K::Checked),
}

impl<K: UploadKind> Checked<K> {
    /// Its row, present or future.
    pub(crate) fn row(&self) -> &K {
        match self {
            Self::Uploaded(row) => row,
            Self::New(checked) => K::row(checked),
        }
    }

    /// What its sender should know, in sentences.
    pub(crate) fn warnings(&self) -> impl Iterator<Item = String> {
        self.row().warnings().iter().map(|warning| warning.message.clone())
    }

    /// Whether it came with this request.
    pub(crate) fn is_new(&self) -> bool {
        matches!(self, Self::New(_))
    }
}

impl Checked<Photo> {
    /// The PNG that engines read.
    ///
    /// # Errors
    /// It is gone, or cannot be read.
    pub(crate) async fn file(&self, app: &App) -> BlobResult<Staged> {
        match self {
            Self::Uploaded(photo) => app.blobs.stage(BlobKey::Photo(photo.id)).await,
            Self::New(checked) => Ok(Staged::in_place(checked.file().to_owned())),
        }
    }
}

impl Checked<Video> {
    /// The file as it was sent.
    ///
    /// # Errors
    /// It is gone, or cannot be read.
    pub(crate) async fn file(&self, app: &App) -> BlobResult<Staged> {
        match self {
            Self::Uploaded(video) => app.blobs.stage(BlobKey::SourceVideo(video.id)).await,
            Self::New(checked) => Ok(Staged::in_place(checked.file().to_owned())),
        }
    }
}

/// Keeps an input that came with the request.
pub(crate) async fn keep<K: UploadKind>(app: &App, checked: Option<Checked<K>>) -> Result<Option<K::Id>, ApiError> {
    match checked {
        None => Ok(None),
        Some(Checked::Uploaded(row)) => Ok(Some(row.id())),
        Some(Checked::New(checked)) => match K::keep(checked, &app.intake).await {
            Ok(row) => Ok(Some(row.id())),
            Err(refusal) => Err(ApiError::refusal(K::FIELD, refusal)),
        },
    }
}

/// Removes the inputs that were kept for a job which is not written after all: of photo, speech and video, the new.
pub(crate) async fn discard_new(app: &App, inputs: Inputs, is_new: [bool; 3]) {
    let ids: [Option<UploadId>; 3] =
        [inputs.photo_id.map(Into::into), inputs.audio_id.map(Into::into), inputs.video_id.map(Into::into)];
    for id in ids.into_iter().zip(is_new).filter_map(|(id, is_new)| id.filter(|_| is_new)) {
        discard(app, id).await;
    }
}

/// Removes an upload that was kept in vain.
pub(crate) async fn discard(app: &App, id: impl Into<UploadId>) {
    let id = id.into();
    match app.uploads.delete_upload(id).await {
        // Without a row nobody finds the files.
        Ok(Deletion::Deleted) => drop(app.blobs.delete_all(&BlobKey::of_upload(id)).await),
        Ok(_) => {}
        Err(error) => tracing::warn!(%error, "an upload is left behind"),
    }
}
