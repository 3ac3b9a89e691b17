//! Pictures that people upload, decoded by memory-safe code, except for those of phones (HEIC, AVIF): no FFmpeg here.
//!
//! The content decides what a file is, never its name; its header decides whether it is decoded at all, and how much
//! memory that takes. No more than one copy of a picture is ever held, of three bytes a pixel: rows are converted while
//! they are read, and turned upright while they are written.

use std::io::Cursor;

use image::metadata::Orientation;

pub use error::PictureError;
pub use format::PictureFormat;
pub use header::{Header, PictureLimits};
pub use image::{Rgb, RgbImage};
pub use part::Part;
pub use resize::resized_sharply;
pub use rotation::{NoRotation, Rotation};
pub use write::{save_png, save_thumbnail};

mod bitmap;
mod colour;
mod demand;
mod error;
mod format;
mod header;
mod heif;
mod jpeg;
mod part;
mod png;
mod resize;
mod rotation;
mod tiff;
mod webp;
mod write;

/// A decoded picture: 8 bits per channel, transparency flattened onto white. Its pixels stay as the file has them; what
/// is asked of it is upright, by the EXIF orientation.
#[derive(Debug, Clone)]
pub struct Picture {
    /// What the file was.
    pub format: PictureFormat,
    stored: RgbImage,
    orientation: Orientation,
}

impl Picture {
    /// Pixels across and down.
    pub fn dimensions(&self) -> (u32, u32) {
        self.whole().dimensions()
    }

    /// All of it.
    pub fn whole(&self) -> Part<'_> {
        Part::new(&self.stored, self.orientation)
    }

    /// The pixels. Takes the memory of a second copy where the file has the picture lying on its side.
    pub fn into_upright(self) -> RgbImage {
        if self.orientation == Orientation::NoTransforms { self.stored } else { self.whole().to_image() }
    }

    /// The picture turned clockwise.
    #[must_use]
    pub fn turned(self, rotation: Rotation) -> Self {
        Self { orientation: rotation.after(self.orientation), ..self }
    }
}

/// Loads what decoders need beside this program, which on some systems are libraries of their own. A process that will not
/// be allowed to open files calls it before.
pub fn load_decoders() {
    heif::load();
}

/// Decodes a whole picture or nothing: a file that was cut short is an error, never half a picture.
///
/// # Errors
/// It is none, damaged, or passes a limit.
pub fn decode(bytes: Vec<u8>, limits: &PictureLimits) -> Result<Picture, PictureError> {
    let header = Header::read(&mut Cursor::new(&bytes), limits)?;
    if !matches!(header.format, PictureFormat::Heic | PictureFormat::Avif) {
        return decode_safely(bytes, &header);
    }
    let (stored, orientation) = heif::decode(&bytes)?;
    Ok(Picture { format: header.format, stored, orientation })
}

/// Decodes a whole picture of a format for which no libraries are needed.
pub(crate) fn decode_safely(bytes: Vec<u8>, header: &Header) -> Result<Picture, PictureError> {
    let (stored, orientation) = match header.format {
        PictureFormat::Jpeg => jpeg::decode(bytes, (header.width, header.height)),
        PictureFormat::Png => png::decode(Cursor::new(bytes)),
        PictureFormat::WebP => webp::decode(Cursor::new(bytes)),
        PictureFormat::Heic | PictureFormat::Avif => {
            Err(PictureError::Unsupported { what: format!("a {} picture", header.format) })
        }
        PictureFormat::Tiff => tiff::decode(Cursor::new(bytes)),
        PictureFormat::Gif | PictureFormat::Bmp => bitmap::decode(Cursor::new(bytes), header.format),
    }?;
    Ok(Picture { format: header.format, stored, orientation })
}

#[cfg(test)]
mod tests;
