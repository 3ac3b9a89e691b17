//! What a file says of its length, where it says so in words of its own. FFmpeg fills in what it makes of the packets, or of
//! the size of the file, and that promises nothing.

use ffmpeg_next::Stream;
use ffmpeg_next::format::context::Input;

use crate::ffmpeg;

/// A length in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Promise {
    /// Of the picture track.
    OfTrack(f64),
    /// Of the longest track, whichever that is.
    OfAllTracks(f64),
}

/// What the file says of the length of its picture track.
pub(super) fn of(input: &Input, pictures: &Stream<'_>) -> Option<Promise> {
    let of_track = |ticks: i64| Promise::OfTrack(ticks as f64 * f64::from(pictures.time_base()));
    match ffmpeg::container(input).as_str() {
        "mp4" => (pictures.duration() > 0).then(|| of_track(pictures.duration())),
        // One tick is one picture; of its length, FFmpeg believes the size of the file instead.
        "avi" => (pictures.frames() > 0).then(|| of_track(pictures.frames())),
        "matroska" | "flv" | "asf" => {
            let seconds = input.duration() as f64 / f64::from(ffmpeg_next::ffi::AV_TIME_BASE);
            (seconds > 0.0).then_some(Promise::OfAllTracks(seconds))
        }
        _ => None,
    }
}
