//! Decoded pictures of any pixel format as RGB that any screen shows: whole pictures with square pixels, in the colours and
//! the dynamic range of BT.709.

mod colours;
mod fields;
mod layout;
mod light;

use ffmpeg_next::format::Pixel;
use ffmpeg_next::frame;

use self::colours::Colours;
use self::layout::{laid_out, target};
use self::light::Light;

/// Bytes of a pixel.
const RGB: usize = 3;

/// Writes the picture, which becomes `width` pixels wide and keeps its lines, as RGB24, row by row from the top, into
/// `out`, which holds three bytes for each of its pixels.
///
/// Matrix, range, primaries and transfer are those that the picture names. Of an interlaced picture the first field is
/// kept. High dynamic range becomes standard.
///
/// # Errors
/// FFmpeg knows no way from its pixel format to one of ours.
pub(super) fn write_rgb(picture: &frame::Video, width: u32, out: &mut [u8]) -> Result<(), ffmpeg_next::Error> {
    let (colours, light) = (Colours::of(picture), Light::of(picture));
    let whole = fields::filled(picture);
    let whole = whole.as_ref().unwrap_or(picture);
    let target = target(whole.format(), light.is_some());
    let laid = laid_out(whole, target, width)?;
    let laid = laid.as_ref().unwrap_or(whole);
    match (target, light) {
        (Pixel::RGB24, None) => from_rows(laid, out),
        (Pixel::RGB24, Some(light)) => {
            from_rows(laid, out);
            for pixel in out.as_chunks_mut::<RGB>().0 {
                *pixel = light.shown(pixel.map(f32::from)).map(level);
            }
        }
        (Pixel::YUV420P10LE, Some(light)) => {
            from_planes::<2>(laid, out, |luma, u, v| light.shown(colours.rgb(luma, u, v)).map(level));
        }
        (_, Some(light)) => from_planes::<1>(laid, out, |luma, u, v| light.shown(colours.rgb(luma, u, v)).map(level)),
        (_, None) => from_planes::<1>(laid, out, |luma, u, v| colours.rgb(luma, u, v).map(level)),
    }
    Ok(())
}

/// Whether a picture shows one moment in the dynamic range and the gamut of BT.709.
pub(super) fn is_plain(picture: &frame::Video) -> bool {
    !picture.is_interlaced() && Light::of(picture).is_none()
}

/// YUV 4:2:0 whose samples have so many bytes: 8 bits or 10. What `shade` is given is on the scale of 8 bits, with the
/// colour differences around zero.
fn from_planes<const BYTES: usize>(yuv: &frame::Video, out: &mut [u8], shade: impl Fn(f32, f32, f32) -> [u8; RGB]) {
    let row = |plane: usize, y: usize| &yuv.data(plane)[y * yuv.stride(plane)..];
    for (y, out) in out.chunks_exact_mut(yuv.width() as usize * RGB).enumerate() {
        let (luma, cb, cr) = (row(0, y), row(1, y / 2), row(2, y / 2));
        let differences = cb.chunks_exact(BYTES).zip(cr.chunks_exact(BYTES));
        for ((out, luma), (cb, cr)) in out.chunks_mut(2 * RGB).zip(luma.chunks(2 * BYTES)).zip(differences) {
            let (u, v) = (sample::<BYTES>(cb) - 128.0, sample::<BYTES>(cr) - 128.0);
            for (pixel, luma) in out.chunks_exact_mut(RGB).zip(luma.chunks_exact(BYTES)) {
                pixel.copy_from_slice(&shade(sample::<BYTES>(luma), u, v));
            }
        }
    }
}

fn sample<const BYTES: usize>(bytes: &[u8]) -> f32 {
    match BYTES {
        1 => f32::from(bytes[0]),
        _ => f32::from(u16::from_le_bytes([bytes[0], bytes[1]])) / 4.0,
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
