//! RGB to the YUV 4:2:0 of video: BT.709, limited range, chroma sited left as H.264 has it.
//!
//! Done here and not by swscale, whose safe interface cannot be told to leave BT.601.

use ffmpeg_next::frame;
use pulp::{Simd, WithSimd};

/// Luma weights of ITU-R BT.709-6, item 3.2.
const RED: f64 = 0.2126;
const BLUE: f64 = 0.0722;
const GREEN: f64 = 1.0 - RED - BLUE;

/// Limited range of item 3.4: luma spans 219 steps, chroma 224.
const LUMA: [u16; 3] = [fixed(RED * 219.0), fixed(GREEN * 219.0), fixed(BLUE * 219.0)];
/// The weight of blue in Cb and of red in Cr; the other two colours are taken away from it.
const OWN: u16 = fixed(112.0);
const CB_LESS: [u16; 2] = [fixed(RED / (1.0 - BLUE) * 112.0), fixed(GREEN / (1.0 - BLUE) * 112.0)];
const CR_LESS: [u16; 2] = [fixed(GREEN / (1.0 - RED) * 112.0), fixed(BLUE / (1.0 - RED) * 112.0)];

/// Converts frames of one size; holds the row that it works on.
pub(super) struct Converter {
    width: usize,
    /// The sums of two rows, red, green and blue, with the first column repeated on the left.
    pair: [Vec<u16>; 3],
}

impl Converter {
    pub(super) fn new(width: u32) -> Self {
        let width = width as usize;
        Self { width, pair: std::array::from_fn(|_| vec![0; width + 1]) }
    }

    /// Fills a YUV420P frame of the same size.
    pub(super) fn convert(&mut self, rgb: &[u8], yuv: &mut frame::Video) {
        // With the widest registers that the processor has: without them, taking the channels apart costs most.
        pulp::Arch::new().dispatch(Conversion { converter: self, rgb: rgb.as_chunks().0, yuv });
    }

    #[inline(always)]
    fn convert_rows(&mut self, rgb: &[[u8; 3]], yuv: &mut frame::Video) {
        let strides = [yuv.stride(0), yuv.stride(1), yuv.stride(2)];
        for (at, rows) in rgb.chunks_exact(2 * self.width).enumerate() {
            let (upper, lower) = rows.split_at(self.width);
            for (below, row) in [upper, lower].into_iter().enumerate() {
                let start = (at * 2 + below) * strides[0];
                luma(row, &mut yuv.data_mut(0)[start..start + self.width]);
            }
            self.add(upper, lower);
            let [red, green, blue] = &self.pair;
            let (cb, cr) = (at * strides[1], at * strides[2]);
            chroma(blue, [red, green], CB_LESS, &mut yuv.data_mut(1)[cb..cb + self.width / 2]);
            chroma(red, [green, blue], CR_LESS, &mut yuv.data_mut(2)[cr..cr + self.width / 2]);
        }
    }

    /// Adds two rows up.
    #[inline(always)]
    fn add(&mut self, upper: &[[u8; 3]], lower: &[[u8; 3]]) {
        let [red, green, blue] = &mut self.pair;
        let sums = red[1..].iter_mut().zip(&mut green[1..]).zip(&mut blue[1..]);
        for (((red, green), blue), (upper, lower)) in sums.zip(upper.iter().zip(lower)) {
            let sum = |channel: usize| u16::from(upper[channel]) + u16::from(lower[channel]);
            (*red, *green, *blue) = (sum(0), sum(1), sum(2));
        }
        for sums in &mut self.pair {
            sums[0] = sums[1];
        }
    }
}

/// One frame to be converted.
struct Conversion<'a> {
    converter: &'a mut Converter,
    rgb: &'a [[u8; 3]],
    yuv: &'a mut frame::Video,
}

impl WithSimd for Conversion<'_> {
    type Output = ();

    #[inline(always)] // as all that it calls: only so they are compiled for those registers
    fn with_simd<S: Simd>(self, _: S) {
        self.converter.convert_rows(self.rgb, self.yuv);
    }
}

#[inline(always)]
fn luma(row: &[[u8; 3]], out: &mut [u8]) {
    const OFFSET: u16 = (16 << 8) + 128;
    for (y, pixel) in out.iter_mut().zip(row) {
        let part = |channel: usize| weigh(u16::from(pixel[channel]) << 8, LUMA[channel]);
        let steps = part(0) + part(1) + part(2);
        *y = ((steps + OFFSET) >> 8) as u8;
    }
}

/// One row of colour differences. A sample is the sum of two rows and three columns: it stands on the left pixel of
/// its own two, so that pixel counts twice and its neighbours once, eight in all.
#[inline(always)]
fn chroma(own: &[u16], others: [&[u16]; 2], less: [u16; 2], out: &mut [u8]) {
    const OFFSET: u16 = (128 << 8) + 128;
    let sum = |window: &[u16]| (window[0] + 2 * window[1] + window[2]) << 5;
    let windows = |pair| <[u16]>::windows(pair, 3).step_by(2);
    for (((sample, own), first), second) in
        out.iter_mut().zip(windows(own)).zip(windows(others[0])).zip(windows(others[1]))
    {
        let away = weigh(sum(first), less[0]) + weigh(sum(second), less[1]);
        *sample = ((OFFSET + weigh(sum(own), OWN) - away) >> 8) as u8;
    }
}

/// 8.8 fixed point times a weight from [`fixed`], again 8.8. Sixteen bits throughout let the compiler work on eight
/// samples at once.
#[inline(always)]
fn weigh(value: u16, weight: u16) -> u16 {
    ((u32::from(value) * u32::from(weight)) >> 16) as u16
}

/// Steps of the output for 255 steps of the input, as a fraction of 65536.
const fn fixed(steps: f64) -> u16 {
    (steps / 255.0 * 65536.0 + 0.5) as u16
}

#[cfg(test)]
mod tests {
    use ffmpeg_next::format::Pixel;

    use super::*;

    fn yuv(width: u32, rows: &[&[[u8; 3]]]) -> frame::Video {
        let mut frame = frame::Video::new(Pixel::YUV420P, width, rows.len() as u32);
        Converter::new(width).convert(rows.concat().as_flattened(), &mut frame);
        frame
    }

    #[test]
    fn colours_land_on_the_bt709_values() {
        // Y, Cb, Cr of the 100 % colour bars.
        for (rgb, expected) in [
            ([255, 255, 255], [235, 128, 128]),
            ([0, 0, 0], [16, 128, 128]),
            ([255, 0, 0], [63, 102, 240]),
            ([0, 255, 0], [173, 42, 26]),
            ([0, 0, 255], [32, 240, 118]),
            ([255, 255, 0], [219, 16, 138]),
        ] {
            let frame = yuv(2, &[&[rgb; 2], &[rgb; 2]]);
            assert_eq!([frame.data(0)[0], frame.data(1)[0], frame.data(2)[0]], expected, "{rgb:?}");
        }
    }

    #[test]
    fn chroma_is_sited_on_the_left_pixel() {
        let (grey, blue) = ([128; 3], [0, 0, 255]);
        let row = [grey, grey, blue, grey, grey, grey];
        let frame = yuv(6, &[&row, &row]);
        let cb = &frame.data(1)[..3];
        // The blue column is the middle of the second sample and the neighbour of none.
        assert_eq!((cb[0], cb[2]), (128, 128));
        assert_eq!(cb[1], 184);
    }
}
