//! Photos: decoded in this process by memory-safe code, checked for a face, kept as the PNG that engines read.

use std::io;
use std::path::Path;
use std::sync::Arc;

use avatar_media::faces::Face;
use avatar_media::picture::{self, PictureError, PictureFormat, PictureLimits, RgbImage};
use tempfile::TempPath;

use crate::blobs::key::BlobKey;
use crate::domain::client::Client;
use crate::domain::code::{Code, kinds};
use crate::domain::upload::Photo;
use crate::domain::upload::region::Region;
use crate::domain::upload::verdict::{Choice, Verdict};
use crate::intake::Intake;
use crate::intake::error::{Findings, UploadError};
use crate::intake::incoming::Received;
use crate::intake::judge::judge;

/// A photo that may be kept.
pub struct CheckedPhoto {
    photo: Photo,
    png: TempPath,
}

/// Decodes a photo when it is this client's turn, looks for faces in it and judges what it finds.
///
/// # Errors
/// It is no usable picture, or the verdict is against it.
pub async fn check(
    intake: &Arc<Intake>,
    client: Client,
    received: Received,
    choice: Choice,
) -> Result<CheckedPhoto, UploadError> {
    let limits = PictureLimits {
        max_bytes: intake.handles.settings.current().limits.image_bytes,
        max_pixels: intake.handles.settings.current().limits.image_pixels,
    };
    let png = intake.handles.scratch.file()?.into_temp_path();
    let decoding = Arc::clone(intake);
    let decoded = intake.decode(client, move || decode(&decoding, &received, choice, &limits, png));
    let Decoded { format, width, height, faces, verdict, png, sha256, bytes } = decoded.await??;
    let (id, created_at) = (intake.handles.ids.next(), intake.handles.clock.now());
    let photo = Photo { id, format, width, height, bytes, sha256, faces, verdict, created_at };
    Ok(CheckedPhoto { photo, png })
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
    pub async fn keep(self, intake: &Intake) -> Result<Photo, UploadError> {
        let files = [(BlobKey::Photo(self.photo.id), &*self.png)];
        intake.keep(&files, intake.handles.uploads.insert_photo(&self.photo)).await?;
        Ok(self.photo)
    }
}

struct Decoded {
    format: PictureFormat,
    width: u32,
    height: u32,
    faces: Vec<Face>,
    verdict: Verdict,
    png: TempPath,
    sha256: String,
    bytes: u64,
}

fn decode(
    intake: &Intake,
    received: &Received,
    choice: Choice,
    limits: &PictureLimits,
    png: TempPath,
) -> Result<Decoded, UploadError> {
    let bytes = std::fs::read(&received.file)?;
    let picture = picture::decode(&bytes, limits).map_err(refusal)?;
    drop(bytes);
    let faces = intake.detector().detect(&picture.pixels);
    let (width, height) = picture.pixels.dimensions();
    let verdict = judge((width, height), &faces, choice, &intake.handles.settings.current().photos);
    if let Some(code) = verdict.code {
        return Err(UploadError::Photo(Box::new(Findings { code, size: (width, height), faces, verdict })));
    }
    let kept = match verdict.kept {
        Some(part) => cut(&picture.pixels, part),
        None => picture.pixels,
    };
    picture::save_png(&kept, &png).map_err(refusal)?;
    Ok(Decoded {
        format: picture.format,
        width,
        height,
        faces,
        verdict,
        png,
        sha256: received.sha256.clone(),
        bytes: received.bytes,
    })
}

/// The part of a picture that is kept.
pub(super) fn cut(picture: &RgbImage, part: Region) -> RgbImage {
    RgbImage::from_fn(part.width, part.height, |x, y| *picture.get_pixel(part.x + x, part.y + y))
}

fn refusal(error: PictureError) -> UploadError {
    let Some(code) = kinds::of_picture(&error) else { return UploadError::Io(io::Error::other(error)) };
    let remedy = match code {
        Code::ImageEmpty => "send the file's content",
        Code::ImageTooLarge => "make the picture smaller",
        Code::ImageUnsupported => "send a JPEG, PNG or WebP picture",
        _ => "export the picture again; the file is damaged or incomplete",
    };
    UploadError::Fault { code, message: error.to_string(), remedy }
}
