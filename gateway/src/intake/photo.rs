//! Photos: decoded in this process by memory-safe code, checked for a face, kept as the PNG that engines read.

use std::io;
use std::sync::Arc;

use avatar_media::faces::Face;
use avatar_media::picture::{self, PictureError, PictureFormat, PictureLimits};
use tempfile::TempPath;

use super::{Received, Refusal};
use crate::app::App;
use crate::job::id::PhotoId;
use crate::upload::Photo;

/// A photo that may be kept.
pub struct CheckedPhoto {
    photo: Photo,
    png: TempPath,
}

/// Decodes a photo and looks for faces in it.
///
/// # Errors
/// It is no usable picture, or shows no face.
pub async fn check(app: &Arc<App>, received: Received) -> Result<CheckedPhoto, Refusal> {
    let _turn = app.intake.decoding.acquire().await.expect("the semaphore is never closed");
    let limits = PictureLimits { max_bytes: app.config.limits.image_bytes, max_pixels: app.config.limits.image_pixels };
    let png = app.blobs.incoming()?.into_temp_path();
    let decoding = Arc::clone(app);
    let decoded = tokio::task::spawn_blocking(move || decode(&decoding, &received, &limits, png));
    let Decoded { format, width, height, faces, png, sha256, bytes } = decoded.await.map_err(io::Error::other)??;
    if faces.is_empty() {
        return Err(Refusal::Fault {
            code: "face.none",
            message: "no face was found in the photo".into(),
            remedy: "send a photo in which one face is seen clearly from the front",
        });
    }
    let photo = Photo { id: app.ids.next(), format, width, height, bytes, sha256, faces, created_at: app.clock.now() };
    Ok(CheckedPhoto { photo, png })
}

impl CheckedPhoto {
    /// Its future id.
    pub fn id(&self) -> PhotoId {
        self.photo.id
    }

    /// Puts file and row in place.
    ///
    /// # Errors
    /// Disk or database; nothing is left behind then.
    pub async fn keep(self, app: &App) -> Result<Photo, Refusal> {
        let kept = app.blobs.photo(self.photo.id);
        app.blobs.publish(&self.png, &kept)?;
        if let Err(error) = app.uploads.insert_photo(&self.photo).await {
            let _ = std::fs::remove_file(&kept);
            return Err(error.into());
        }
        Ok(self.photo)
    }
}

struct Decoded {
    format: PictureFormat,
    width: u32,
    height: u32,
    faces: Vec<Face>,
    png: TempPath,
    sha256: String,
    bytes: u64,
}

fn decode(app: &App, received: &Received, limits: &PictureLimits, png: TempPath) -> Result<Decoded, Refusal> {
    let bytes = std::fs::read(received.file.path())?;
    let picture = picture::decode(&bytes, limits).map_err(refusal)?;
    drop(bytes);
    let faces = app.intake.detector().detect(&picture.pixels);
    picture::save_png(&picture.pixels, &png).map_err(refusal)?;
    let (width, height) = picture.pixels.dimensions();
    Ok(Decoded {
        format: picture.format,
        width,
        height,
        faces,
        png,
        sha256: received.sha256.clone(),
        bytes: received.bytes,
    })
}

fn refusal(error: PictureError) -> Refusal {
    let remedy = match &error {
        PictureError::Io(_) => return Refusal::Io(io::Error::other(error)),
        PictureError::Empty => "send the file's content",
        PictureError::TooManyBytes { .. } | PictureError::TooManyPixels { .. } => "make the picture smaller",
        PictureError::Unsupported { .. } => "send a JPEG, PNG or WebP picture",
        PictureError::Undecodable { .. } => "export the picture again; the file is damaged or incomplete",
    };
    Refusal::Fault { code: error.code(), message: error.to_string(), remedy }
}
