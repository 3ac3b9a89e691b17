//! Why a file is no usable picture.

use std::io;

/// Why a file is not taken as a picture. Each message is meant for the person who sent the file.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// No bytes at all.
    #[error("the picture is empty (0 bytes)")]
    Empty,
    /// More bytes than [`super::PictureLimits::max_bytes`].
    #[error("the picture has {bytes} bytes; at most {limit} are accepted")]
    TooManyBytes {
        /// Size of the file.
        bytes: u64,
        /// The limit that it passes.
        limit: u64,
    },
    /// The content is something else.
    #[error("a JPEG, PNG, WebP, HEIC, AVIF, TIFF, GIF or BMP picture is needed, of a common kind, but this is {what}")]
    Unsupported {
        /// The kind with its article: "an MP4 video".
        what: String,
    },
    /// More pixels than [`super::PictureLimits::max_pixels`], told from the header before anything is decoded.
    #[error("the picture measures {width}x{height}; at most {limit} pixels in all are accepted")]
    TooManyPixels {
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
        /// The limit that their product passes.
        limit: u64,
    },
    /// More memory than [`super::PictureLimits::max_memory`], told from the header before anything is decoded.
    #[error(
        "the picture measures {width}x{height} and is {kind}: decoding it takes {} MiB of memory; at most {} are given",
        needed.div_ceil(1 << 20), limit >> 20
    )]
    TooMuchMemory {
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
        /// What kind of file takes so much: "a progressive JPEG".
        kind: &'static str,
        /// Bytes that decoding takes.
        needed: u64,
        /// The limit that they pass.
        limit: u64,
    },
    /// The right kind of file, but damaged, cut short, or of a variant that no decoder here knows.
    #[error("the picture cannot be decoded: {reason}")]
    Undecodable {
        /// What the decoder found wrong.
        reason: String,
    },
    /// The picture could not be read or written.
    #[error("the picture could not be read or written: {0}")]
    Io(#[from] io::Error),
}

impl PictureError {
    pub(super) fn undecodable(reason: impl ToString) -> Self {
        Self::Undecodable { reason: reason.to_string() }
    }

    /// What reading a file's structure ran into.
    pub(super) fn of_reading(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::undecodable("the file is cut short"),
            _ => Self::Io(error),
        }
    }
}
