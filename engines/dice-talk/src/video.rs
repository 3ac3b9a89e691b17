//! The size of a video.

use engine_api::EngineError;

use crate::face::geometry::LONGEST_SIDE;
use crate::face::prepare::Prepared;
use crate::params::Params;

/// Columns and rows of a video.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VideoSize {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

/// The size of a portrait's video: that of the picture that is worked on, or, where `keep_resolution` asks for it, of what is
/// shown of the portrait, made even.
///
/// # Errors
/// A side would be longer than any video is made.
pub fn size(prepared: &Prepared, params: &Params) -> Result<VideoSize, EngineError> {
    let of = |width: usize, height: usize| VideoSize { width: width as u32, height: height as u32 };
    if !params.keep_resolution {
        return Ok(of(prepared.picture.width(), prepared.picture.height()));
    }
    let [width, height] = [prepared.shown.width(), prepared.shown.height()];
    if width.max(height) > LONGEST_SIDE {
        return Err(EngineError::input(format!(
            "keep_resolution would make a video of {width} by {height} pixels, and a side can have {LONGEST_SIDE} at most; \
             set keep_resolution to false, or send a smaller portrait"
        )));
    }
    let even = |side: usize| (side & !1).max(2);
    Ok(of(even(width), even(height)))
}
