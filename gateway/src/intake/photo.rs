//! Photos: decoded in a short-lived child, checked for a face, kept as the PNG that engines read.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use avatar_media::picture::{Header, PictureError, PictureLimits};

use crate::blobs::key::BlobKey;
use crate::blobs::scratch::ScratchFile;
use crate::config::Limits;
use crate::domain::client::Client;
use crate::domain::code::kinds;
use crate::domain::upload::Photo;
use crate::domain::upload::verdict::Choice;
use crate::intake::checked_before::made_before;
use crate::intake::error::{Findings, UploadError};
use crate::intake::incoming::Received;
use crate::intake::probe;
use crate::intake::probe::answer::refusal;
use crate::intake::probe::photo::{Order, PhotoReport};
use crate::intake::{Intake, seen_through};

/// A photo that may be kept.
pub struct CheckedPhoto {
    photo: Photo,
    png: ScratchFile,
    /// What it was checked as.
    check: String,
}

/// Takes a photo that was checked before as it was found then; decodes any other when it is this client's turn and there is memory for it, looks for faces in it and judges what it
/// finds.
///
/// # Errors
/// It is no usable picture, takes more memory than there is, or the verdict is against it.
pub async fn check(
    intake: &Arc<Intake>,
    client: Client,
    received: Received,
    choice: Choice,
) -> Result<CheckedPhoto, UploadError> {
    let handles = &intake.handles;
    let settings = handles.settings.current();
    let limits = picture_limits(&settings.limits);
    let order = Order { choice, photos: settings.photos.clone(), limits };
    let check = intake.build.check_of(&received.sha256, &order, client);
    let (id, created_at) = (handles.ids.next(), handles.clock.now());
    if let Some(before) = handles.uploads.photo_checked_as(&check).await?
        && let Some(png) = made_before(BlobKey::Photo(before.id), &*handles.blobs, &handles.scratch).await
    {
        return Ok(CheckedPhoto { photo: Photo { id, created_at, ..before }, png, check });
    }
    let png = handles.scratch.file()?;
    let _turn = intake.decoding.take(client).await;
    let header = header(received.file.to_path_buf(), limits).await?;
    let room = intake.room(header.memory).await;
    let report = probe::photo::photo(&handles.decoders, &received.file, &png, &order, &header).await?;
    drop(room);
    let PhotoReport { format, width, height, faces, verdict } = report;
    if let Some(code) = verdict.code {
        return Err(UploadError::Photo(Box::new(Findings { code, size: (width, height), faces, verdict })));
    }
    let Received { bytes, sha256, .. } = received;
    let photo = Photo { id, format, width, height, bytes, sha256, faces, verdict, created_at };
    Ok(CheckedPhoto { photo, png, check })
}

/// What a photo may cost.
pub fn picture_limits(limits: &Limits) -> PictureLimits {
    PictureLimits { max_bytes: limits.image_bytes, max_pixels: limits.image_pixels, max_memory: limits.image_memory }
}

/// What a file says of itself.
async fn header(file: PathBuf, limits: PictureLimits) -> Result<Header, UploadError> {
    let read = move || Header::read(&mut BufReader::new(File::open(file)?), &limits);
    let header = tokio::task::spawn_blocking(read).await.map_err(io::Error::other)?;
    header.map_err(|error| match error {
        PictureError::Io(error) => UploadError::Io(error),
        error => refusal(kinds::of_picture(&error), None, error.to_string()),
    })
}

impl CheckedPhoto {
    /// Its future row.
    pub fn photo(&self) -> &Photo {
        &self.photo
    }

    /// The PNG that engines will read.
    pub fn file(&self) -> &Path {
        &self.png
    }

    /// Puts file and row in place.
    ///
    /// # Errors
    /// Disk or database; nothing is left behind then.
    pub async fn keep(self, intake: &Arc<Intake>) -> Result<Photo, UploadError> {
        let intake = Arc::clone(intake);
        seen_through(async move {
            let files = [(BlobKey::Photo(self.photo.id), &*self.png)];
            intake.keep(&files, intake.handles.uploads.insert_photo(&self.photo, Some(&self.check))).await?;
            Ok(self.photo)
        })
        .await
    }
}
