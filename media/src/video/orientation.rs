//! How the stored pictures of a video are turned for display: by the display matrix of a picture or of its track.

use ffmpeg_next::codec::packet::side_data as packet_data;
use ffmpeg_next::frame::side_data as frame_data;
use ffmpeg_next::{Stream, frame};
use image::metadata::Orientation;

/// Bytes of a display matrix: nine numbers of 32 bits.
const MATRIX_BYTES: usize = 36;

/// How all pictures of a track are turned, where the track says so.
pub(super) fn of_track(stream: &Stream<'_>) -> Option<Orientation> {
    let matrix = stream.side_data().find(|data| data.kind() == packet_data::Type::DisplayMatrix)?;
    of_matrix(matrix.data())
}

/// How one picture is turned, where it says so itself.
pub(super) fn of_picture(picture: &frame::Video) -> Option<Orientation> {
    of_matrix(picture.side_data(frame_data::Type::DisplayMatrix)?.data())
}

/// Whether width and height change places.
pub(super) fn is_on_its_side(orientation: Orientation) -> bool {
    matches!(
        orientation,
        Orientation::Rotate90 | Orientation::Rotate270 | Orientation::Rotate90FlipH | Orientation::Rotate270FlipH
    )
}

/// What a display matrix does, to the nearest quarter of a turn; none if it is no matrix.
///
/// Its first two rows tell where the directions to the right and down in the stored picture point on the screen.
pub(super) fn of_matrix(bytes: &[u8]) -> Option<Orientation> {
    let entry = |at: usize| bytes.get(at * 4..at * 4 + 4)?.try_into().ok().map(i32::from_ne_bytes).map(i64::from);
    if bytes.len() < MATRIX_BYTES {
        return None;
    }
    let [right_x, right_y, down_x, down_y] = [entry(0)?, entry(1)?, entry(3)?, entry(4)?];
    let is_upright = right_x.abs() + down_y.abs() >= right_y.abs() + down_x.abs();
    Some(match is_upright {
        true => match (right_x >= 0, down_y >= 0) {
            (true, true) => Orientation::NoTransforms,
            (false, true) => Orientation::FlipHorizontal,
            (true, false) => Orientation::FlipVertical,
            (false, false) => Orientation::Rotate180,
        },
        false => match (right_y >= 0, down_x >= 0) {
            (true, false) => Orientation::Rotate90,
            (false, true) => Orientation::Rotate270,
            (true, true) => Orientation::Rotate90FlipH,
            (false, false) => Orientation::Rotate270FlipH,
        },
    })
}
