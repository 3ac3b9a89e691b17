//! Decoded pictures of any pixel format as RGB.

use ffmpeg_next::format::Pixel;
use ffmpeg_next::software::scaling::{Context, Flags};
use ffmpeg_next::{color, frame};

/// Bytes of a pixel.
const RGB: usize = 3;

/// Writes the picture as RGB24, row by row from the top, into `out`, which holds three bytes for each of its pixels.
///
/// Matrix and range are those that the picture names: BT.601 and limited where it names none, as players take it. Light
/// is left as it is, so pictures of high dynamic range come out pale.
///
/// # Errors
/// FFmpeg knows no way from its pixel format to one of ours.
pub(super) fn write_rgb(picture: &frame::Video, out: &mut [u8]) -> Result<(), ffmpeg_next::Error> {
    if is_planar(picture) {
        from_planes(picture, picture, out);
        return Ok(());
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
    if target == Pixel::RGB24 {
        from_rows(&scaled, out);
    } else {
        from_planes(&scaled, picture, out);
    }
    Ok(())
}

/// Whether the planes can be read as they are. Pictures stored from the bottom up have strides below zero, which come
/// as very large ones.
fn is_planar(picture: &frame::Video) -> bool {
    [Pixel::YUV420P, Pixel::YUVJ420P].contains(&picture.format())
        && (0..3).all(|plane| picture.stride(plane) <= i32::MAX as usize)
}

/// 8-bit YUV 4:2:0, with the colours that `source` names.
fn from_planes(yuv: &frame::Video, source: &frame::Video, out: &mut [u8]) {
    let colours = Colours::of(yuv, source);
    let row = |plane: usize, y: usize| &yuv.data(plane)[y * yuv.stride(plane)..];
    for (y, out) in out.chunks_exact_mut(yuv.width() as usize * RGB).enumerate() {
        let (luma, cb, cr) = (row(0, y), row(1, y / 2), row(2, y / 2));
        for (((out, luma), cb), cr) in out.chunks_mut(2 * RGB).zip(luma.chunks(2)).zip(cb).zip(cr) {
            let (u, v) = (f32::from(*cb) - 128.0, f32::from(*cr) - 128.0);
            for (pixel, luma) in out.chunks_exact_mut(RGB).zip(luma) {
                pixel.copy_from_slice(&colours.rgb(*luma, u, v));
            }
        }
    }
}

/// How YUV becomes RGB.
struct Colours {
    black: f32,
    luma_scale: f32,
    red_v: f32,
    green_u: f32,
    green_v: f32,
    blue_u: f32,
}

impl Colours {
    fn of(yuv: &frame::Video, source: &frame::Video) -> Self {
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
        Self { black, luma_scale, red_v, green_u, green_v, blue_u }
    }

    fn rgb(&self, luma: u8, u: f32, v: f32) -> [u8; RGB] {
        let grey = self.luma_scale * (f32::from(luma) - self.black);
        [grey + self.red_v * v, grey + self.green_u * u + self.green_v * v, grey + self.blue_u * u].map(level)
    }
}

/// The nearest level. The cast cuts off at both ends.
fn level(value: f32) -> u8 {
    (value + 0.5) as u8
}

/// RGB24, whose rows may be followed by padding.
fn from_rows(rgb: &frame::Video, out: &mut [u8]) {
    let row = rgb.width() as usize * RGB;
    for (out, rgb) in out.chunks_exact_mut(row).zip(rgb.data(0).chunks(rgb.stride(0))) {
        out.copy_from_slice(&rgb[..row]);
    }
}
