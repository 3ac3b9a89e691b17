//! RGB to the YUV 4:2:0 of video: BT.709, limited range, chroma sited left as H.264 has it.
//!
//! Done here and not by swscale, whose safe interface cannot be told to leave BT.601.

use ffmpeg_next::frame;

/// Luma weights of ITU-R BT.709-6, item 3.2.
const RED: f64 = 0.2126;
const BLUE: f64 = 0.0722;
const GREEN: f64 = 1.0 - RED - BLUE;

/// Limited range of item 3.4 in fixed point: 219 steps of luma, 224 of chroma.
const SHIFT: u32 = 16;
const LUMA: [i32; 3] = [fixed(RED * 219.0), fixed(GREEN * 219.0), fixed(BLUE * 219.0)];
const CB: [i32; 3] = difference(BLUE, [-RED, -GREEN, 1.0 - BLUE]);
const CR: [i32; 3] = difference(RED, [1.0 - RED, -GREEN, -BLUE]);

/// A chroma sample is the weighted sum of 2x3 pixels, whose weights add up to 8.
const CHROMA_SHIFT: u32 = SHIFT + 3;

/// Converts frames of one size; holds the rows it works on.
pub(super) struct Converter {
    width: usize,
    /// One row of each channel.
    row: [Vec<i32>; 3],
    /// Two rows added up, with the first column repeated on the left.
    pair: [Vec<i32>; 3],
}

impl Converter {
    pub(super) fn new(width: u32) -> Self {
        let width = width as usize;
        Self { width, row: std::array::from_fn(|_| vec![0; width]), pair: std::array::from_fn(|_| vec![0; width + 1]) }
    }

    /// Fills a YUV420P frame of the same size.
    pub(super) fn convert(&mut self, rgb: &[u8], yuv: &mut frame::Video) {
        let strides = [yuv.stride(0), yuv.stride(1), yuv.stride(2)];
        for (at, rows) in rgb.chunks_exact(self.width * 6).enumerate() {
            let (upper, lower) = rows.split_at(self.width * 3);
            for (below, rgb) in [upper, lower].into_iter().enumerate() {
                self.take(rgb, below == 1);
                let start = (at * 2 + below) * strides[0];
                self.luma(&mut yuv.data_mut(0)[start..start + self.width]);
            }
            for (plane, weights) in [(1, CB), (2, CR)] {
                let start = at * strides[plane];
                self.chroma(weights, &mut yuv.data_mut(plane)[start..start + self.width / 2]);
            }
        }
    }

    /// Splits a row into its channels, and adds it to the pair or starts a new one.
    fn take(&mut self, rgb: &[u8], below: bool) {
        for (channel, (row, pair)) in self.row.iter_mut().zip(&mut self.pair).enumerate() {
            for (value, pixel) in row.iter_mut().zip(rgb.chunks_exact(3)) {
                *value = i32::from(pixel[channel]);
            }
            if below {
                pair[1..].iter_mut().zip(&*row).for_each(|(sum, value)| *sum += value);
            } else {
                pair[1..].copy_from_slice(row);
            }
            pair[0] = pair[1];
        }
    }

    fn luma(&self, out: &mut [u8]) {
        const OFFSET: i32 = (16 << SHIFT) + (1 << (SHIFT - 1));
        let [red, green, blue] = &self.row;
        for (((y, r), g), b) in out.iter_mut().zip(red).zip(green).zip(blue) {
            *y = ((LUMA[0] * r + LUMA[1] * g + LUMA[2] * b + OFFSET) >> SHIFT) as u8;
        }
    }

    /// The sample stands on the left pixel of its pair, so that pixel counts twice and both neighbours once.
    fn chroma(&self, weights: [i32; 3], out: &mut [u8]) {
        const OFFSET: i32 = (128 << CHROMA_SHIFT) + (1 << (CHROMA_SHIFT - 1));
        for (sample, x) in out.iter_mut().zip((0..self.width).step_by(2)) {
            let sum = |pair: &[i32]| pair[x] + 2 * pair[x + 1] + pair[x + 2];
            let [red, green, blue] = &self.pair;
            let value = weights[0] * sum(red) + weights[1] * sum(green) + weights[2] * sum(blue);
            *sample = ((value + OFFSET) >> CHROMA_SHIFT) as u8;
        }
    }
}

/// The weights of (colour - luma), scaled so that it spans 224 steps.
const fn difference(own: f64, weights: [f64; 3]) -> [i32; 3] {
    let scale = 224.0 / (2.0 * (1.0 - own));
    [fixed(weights[0] * scale), fixed(weights[1] * scale), fixed(weights[2] * scale)]
}

/// Steps of the output per step (of 255) of the input.
const fn fixed(steps: f64) -> i32 {
    let value = steps / 255.0 * (1 << SHIFT) as f64;
    (if value < 0.0 { value - 0.5 } else { value + 0.5 }) as i32
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
