//! Decoded pictures of any pixel format as RGB, and turned upright.

use ffmpeg_next::format::Pixel;
use ffmpeg_next::frame::side_data;
use ffmpeg_next::software::scaling::{Context, Flags};
use ffmpeg_next::{color, frame};
use image::metadata::Orientation;
use image::{DynamicImage, Rgb, RgbImage};

/// Bytes of a display matrix: nine numbers of 32 bits.
const MATRIX_BYTES: usize = 36;

/// The picture in RGB, by the matrix and range that it names: BT.601 and limited where it names none, as players take
/// it. Light is left as it is, so pictures of high dynamic range come out pale.
///
/// # Errors
/// FFmpeg knows no way from its pixel format to one of ours.
pub(super) fn rgb(picture: &frame::Video) -> Result<RgbImage, ffmpeg_next::Error> {
    if is_planar(picture) {
        return Ok(from_planes(picture, picture));
    }
    // Only the layout and depth of YUV are changed by the scaler. Its own way to RGB knows BT.601 alone.
    let name = picture.format().descriptor().map_or("", |descriptor| descriptor.name());
    let target = match name {
        name if name.starts_with("yuvj") => Pixel::YUVJ420P,
        name if ["yuv", "yuyv", "yvyu", "uyvy", "nv", "p0", "p2", "p4", "y2"]
            .iter()
            .any(|yuv| name.starts_with(yuv)) =>
        {
            Pixel::YUV420P
        }
        _ => Pixel::RGB24,
    };
    let (width, height) = (picture.width(), picture.height());
    let flags = Flags::BILINEAR | Flags::ACCURATE_RND | Flags::FULL_CHR_H_INT;
    let mut scaler = Context::get(picture.format(), width, height, target, width, height, flags)?;
    let mut scaled = frame::Video::empty();
    scaler.run(picture, &mut scaled)?;
    Ok(if target == Pixel::RGB24 { from_rows(&scaled) } else { from_planes(&scaled, picture) })
}

/// Whether the planes can be read as they are. Pictures stored from the bottom up have strides below zero, which come
/// as very large ones.
fn is_planar(picture: &frame::Video) -> bool {
    [Pixel::YUV420P, Pixel::YUVJ420P].contains(&picture.format())
        && (0..3).all(|plane| picture.stride(plane) <= i32::MAX as usize)
}

/// 8-bit YUV 4:2:0, with the colours that `source` names.
fn from_planes(yuv: &frame::Video, source: &frame::Video) -> RgbImage {
    let (red, blue) = match source.color_space() {
        color::Space::BT709 => (0.2126, 0.0722),
        color::Space::BT2020NCL | color::Space::BT2020CL => (0.2627, 0.0593),
        _ => (0.299, 0.114),
    };
    let is_full = yuv.format() == Pixel::YUVJ420P || source.color_range() == color::Range::JPEG;
    let (black, luma_scale, chroma_scale) =
        if is_full { (0.0, 1.0, 1.0) } else { (16.0, 255.0 / 219.0, 255.0 / 224.0) };
    let green = 1.0 - red - blue;
    let (red_v, blue_u) = (2.0 * (1.0 - red) * chroma_scale, 2.0 * (1.0 - blue) * chroma_scale);
    let (green_u, green_v) = (-blue_u * blue / green, -red_v * red / green);

    let plane = |index: usize| (yuv.data(index), yuv.stride(index));
    let ((luma, luma_stride), (cb, cb_stride), (cr, cr_stride)) = (plane(0), plane(1), plane(2));
    RgbImage::from_fn(yuv.width(), yuv.height(), |x, y| {
        let (x, y) = (x as usize, y as usize);
        let grey: f32 = luma_scale * (f32::from(luma[y * luma_stride + x]) - black);
        let u = f32::from(cb[y / 2 * cb_stride + x / 2]) - 128.0;
        let v = f32::from(cr[y / 2 * cr_stride + x / 2]) - 128.0;
        let level = |value: f32| value.round().clamp(0.0, 255.0) as u8;
        Rgb([level(grey + red_v * v), level(grey + green_u * u + green_v * v), level(grey + blue_u * u)])
    })
}

/// RGB24, whose rows may be followed by padding.
fn from_rows(rgb: &frame::Video) -> RgbImage {
    let (bytes, stride) = (rgb.data(0), rgb.stride(0));
    RgbImage::from_fn(rgb.width(), rgb.height(), |x, y| {
        let at = y as usize * stride + x as usize * 3;
        Rgb([bytes[at], bytes[at + 1], bytes[at + 2]])
    })
}

/// How a picture is turned for display: by its own side data, or else by the display matrix of its stream.
pub(super) fn orientation(picture: &frame::Video, stream: Option<Orientation>) -> Orientation {
    let own = picture.side_data(side_data::Type::DisplayMatrix).and_then(|matrix| of_matrix(matrix.data()));
    own.or(stream).unwrap_or(Orientation::NoTransforms)
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

/// The picture as it is meant to be seen.
pub(super) fn turned(pixels: RgbImage, orientation: Orientation) -> RgbImage {
    let mut picture = DynamicImage::ImageRgb8(pixels);
    picture.apply_orientation(orientation);
    picture.into_rgb8()
}
