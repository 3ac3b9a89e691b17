//! How pictures lie in memory, and how they are brought to lie: planes of YUV 4:2:0, or RGB.

use ffmpeg_next::format::Pixel;
use ffmpeg_next::frame;
use ffmpeg_next::software::scaling::{Context, Flags};

/// Pixel formats whose names begin like this hold YUV.
const YUV: [&str; 13] = ["yuv", "yuyv", "yvyu", "uyvy", "uyyv", "vuy", "ayuv", "nv", "p0", "p2", "p4", "y2", "xv"];
/// And like this, RGB in samples of whole bytes.
const RGB: [&str; 6] = ["gbr", "rgb24", "bgr24", "rgba", "bgra", "gray"];

/// What a picture is brought to before it becomes RGB. Only the layout, depth and width of YUV are changed by the scaler:
/// its own way to RGB knows BT.601 alone.
pub(super) fn target(format: Pixel, is_deep: bool) -> Pixel {
    let name = format.descriptor().map_or("", |descriptor| descriptor.name());
    match name {
        name if name.starts_with("yuvj") => Pixel::YUVJ420P,
        name if YUV.iter().any(|yuv| name.starts_with(yuv)) => match is_deep && name.ends_with('e') {
            true => Pixel::YUV420P10LE,
            false => Pixel::YUV420P,
        },
        _ => Pixel::RGB24,
    }
}

/// Bytes of a sample, where samples are whole bytes in our order.
pub(super) fn sample_bytes(picture: &frame::Video) -> Option<usize> {
    let name = picture.format().descriptor()?.name();
    let is_plain = YUV.iter().chain(&RGB).any(|kind| name.starts_with(kind));
    match name {
        _ if !is_plain || name.ends_with("be") => None,
        name if name.ends_with("le") => Some(2),
        _ => Some(1),
    }
}

/// Whether the planes can be read as they are. Pictures stored from the bottom up have strides below zero, which come
/// as very large ones.
pub(super) fn is_upright(picture: &frame::Video) -> bool {
    (0..picture.planes()).all(|plane| picture.stride(plane) <= i32::MAX as usize)
}

/// The picture in another layout and width; none where it has them.
///
/// # Errors
/// FFmpeg knows no way from its pixel format to the other.
pub(super) fn laid_out(
    picture: &frame::Video,
    target: Pixel,
    width: u32,
) -> Result<Option<frame::Video>, ffmpeg_next::Error> {
    if picture.format() == target && picture.width() == width && is_upright(picture) {
        return Ok(None);
    }
    let height = picture.height();
    let flags = Flags::BILINEAR | Flags::ACCURATE_RND | Flags::FULL_CHR_H_INT;
    let mut scaler = Context::get(picture.format(), picture.width(), height, target, width, height, flags)?;
    let mut scaled = frame::Video::empty();
    scaler.run(picture, &mut scaled)?;
    Ok(Some(scaled))
}
