//! The portrait at double density, from which every frame is sampled.

use image::RgbImage;

/// A picture with the points between its pixels filled in.
///
/// Sampling it bilinearly loses far less sharpness between pixels than sampling the picture itself would, and still
/// gives back each pixel of the picture exactly at the pixel's own place.
pub(super) struct Source {
    /// The points as four pictures: the pixels and what lies right of each, and both once more half a pixel lower. So
    /// points that are one pixel apart, as those of a row of a frame mostly are, lie side by side.
    planes: [[Plane; 2]; 2],
    /// Pixels across.
    width: usize,
    /// The last place that has points to its right and below it.
    last: [i32; 2],
}

/// Red, green and blue of each point, row by row, and what a [`Run`] may read behind the last.
type Plane = Vec<[u8; 3]>;

/// Places are told in 65536th of the way from point to point, of which there are two to a pixel.
const POINT: i32 = 1 << 16;
const PIXEL: i32 = 2 * POINT;

/// So many pixels are worked on at once.
const RUN: usize = 8;
/// Which of them each value belongs to.
const PIXEL_OF: [u16; 3 * RUN] = [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5, 6, 6, 6, 7, 7, 7];

impl Source {
    pub(super) fn new(picture: &RgbImage) -> Self {
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        let padded = |mut points: Plane| {
            points.resize(width * height + RUN, [0; 3]);
            points
        };
        let pixels = picture.as_raw().as_chunks().0;
        let right: Plane = pixels.chunks_exact(width).flat_map(midway_across).collect();
        let below = |points: &[[u8; 3]]| (0..height).flat_map(|y| midway_down(points, width, y)).collect();
        let lower = [below(pixels), below(&right)].map(padded);
        let last = [width, height].map(|side| (side as i32 - 1) * PIXEL);
        Self { planes: [[padded(pixels.to_vec()), padded(right)], lower], width, last }
    }

    /// The colour at a position in pixels of the picture, 0 to 255 each; beyond its border, the border's.
    #[inline(always)]
    pub(super) fn colour(&self, at: [f32; 2]) -> [f32; 3] {
        self.at(place(at)).map(f32::from)
    }

    /// Fills a row of a frame with the colours along a line.
    #[inline(always)]
    pub(super) fn fill(&self, line: &Line, row: &mut [[u8; 3]]) {
        let Line { mut at, step } = *line;
        let after = |at: [i32; 2], pixels: i32| [at[0] + step[0] * pixels, at[1] + step[1] * pixels];
        if !(self.covers(at) && self.covers(after(at, row.len() as i32 - 1))) {
            for (pixel, index) in row.iter_mut().zip(0..) {
                *pixel = self.at(after(at, index));
            }
            return;
        }
        // What is gained on the points, which are a pixel apart in their row.
        let drift = [step[0] - PIXEL, step[1]];
        let mut left = row;
        while !left.is_empty() {
            let most = left.len().min(RUN);
            let length = most.min(before_next(at[0], drift[0], most)).min(before_next(at[1], drift[1], most));
            let (run, rest) = left.split_at_mut(length);
            run.copy_from_slice(&self.run(at, drift)[..length]);
            at = after(at, length as i32);
            left = rest;
        }
    }

    /// Whether a place has points all around it.
    #[inline(always)]
    fn covers(&self, [x, y]: [i32; 2]) -> bool {
        (0..=self.last[0]).contains(&x) && (0..=self.last[1]).contains(&y)
    }

    /// The colours of pixels whose points lie side by side.
    #[inline(always)]
    fn run(&self, at: [i32; 2], drift: [i32; 2]) -> [[u8; 3]; RUN] {
        let [a, b, c, d] = self.around(at);
        let (a, b, c, d) = (a.as_flattened(), b.as_flattened(), c.as_flattened(), d.as_flattened());
        let (x, y, drift_x, drift_y) = (at[0] as u16, at[1] as u16, drift[0] as u16, drift[1] as u16);
        // The shares of the farther points, in 256ths.
        let share = |at: u16, drift: u16, index: usize| at.wrapping_add(drift.wrapping_mul(PIXEL_OF[index])) >> 8;
        let mut colours = [[0; 3]; RUN];
        for (index, value) in colours.as_flattened_mut().iter_mut().enumerate() {
            let (right, down) = (share(x, drift_x, index), share(y, drift_y, index));
            *value = blend(blend(a[index], c[index], down), blend(b[index], d[index], down), right);
        }
        colours
    }

    /// The colour at any place.
    #[inline(always)]
    fn at(&self, at: [i32; 2]) -> [u8; 3] {
        let (x, y) = (at[0].clamp(0, self.last[0]), at[1].clamp(0, self.last[1]));
        let [a, b, c, d] = self.around([x, y]);
        let (right, down) = ((x as u16) >> 8, (y as u16) >> 8);
        let channel = |n: usize| blend(blend(a[0][n], c[0][n], down), blend(b[0][n], d[0][n], down), right);
        [channel(0), channel(1), channel(2)]
    }

    /// The points around a place and those of the pixels that follow it: upper left, upper right, lower left, lower right.
    #[inline(always)]
    fn around(&self, at: [i32; 2]) -> [&[[u8; 3]; RUN]; 4] {
        let (x, y) = ((at[0] >> 16) as usize, (at[1] >> 16) as usize);
        let (upper, lower) = (&self.planes[y & 1], &self.planes[(y & 1) ^ 1]);
        let (row, row_below) = ((y >> 1) * self.width, ((y + 1) >> 1) * self.width);
        let (column, column_right) = (x >> 1, (x + 1) >> 1);
        let (near, far) = (x & 1, (x & 1) ^ 1);
        [
            points(&upper[near], row + column),
            points(&upper[far], row + column_right),
            points(&lower[near], row_below + column),
            points(&lower[far], row_below + column_right),
        ]
    }
}

/// The points from this one on.
#[inline(always)]
fn points(plane: &Plane, first: usize) -> &[[u8; 3]; RUN] {
    plane[first..].first_chunk().expect("planes go on behind their last point")
}

/// Where the pixels of a row come from: the first, and how much farther each is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    at: [i32; 2],
    step: [i32; 2],
}

impl Line {
    /// Both in pixels of the picture.
    fn new(from: [f32; 2], step: [f32; 2]) -> Self {
        Self { at: place(from), step: [way(step[0]), way(step[1])] }
    }
}

/// Rows one below the other, whose lines change evenly from the first to the one below the last.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lines {
    /// The next one.
    pub line: Line,
    change: Line,
}

impl Lines {
    /// Those of a square of so many pixels, by where its corners come from, in pixels of the picture: above and below, left
    /// before right.
    pub(super) fn between([a, b, c, d]: [[f32; 2]; 4], side: usize) -> Self {
        let line = |left: [f32; 2], right: [f32; 2]| {
            Line::new(left, [0, 1].map(|axis| (right[axis] - left[axis]) / side as f32))
        };
        let (first, last) = (line(a, b), line(c, d));
        let each = |from: [i32; 2], to: [i32; 2]| [0, 1].map(|axis| (to[axis] - from[axis]) / side as i32);
        Self { line: first, change: Line { at: each(first.at, last.at), step: each(first.step, last.step) } }
    }

    /// Goes on to the next row.
    #[inline(always)]
    pub(super) fn advance(&mut self) {
        let Self { line: Line { at, step }, change } = self;
        (at[0], at[1]) = (at[0] + change.at[0], at[1] + change.at[1]);
        (step[0], step[1]) = (step[0] + change.step[0], step[1] + change.step[1]);
    }
}

/// A number of pixels as places are told.
#[inline(always)]
fn way(pixels: f32) -> i32 {
    (pixels * PIXEL as f32) as i32
}

/// Shares are told in 256ths: rounded, and not cut.
#[inline(always)]
fn place(pixels: [f32; 2]) -> [i32; 2] {
    [way(pixels[0]) + 128, way(pixels[1]) + 128]
}

/// How many pixels, `most` at most, still lie between the same points or those that follow.
#[inline(always)]
fn before_next(at: i32, drift: i32, most: usize) -> usize {
    let within = at & (POINT - 1);
    let end = within + drift * (most as i32 - 1);
    if (0..POINT).contains(&end) {
        return most;
    }
    let room = if drift < 0 { within } else { POINT - 1 - within };
    (room / drift.abs()) as usize + 1
}

/// No product of 8-bit values and weights that add up to 256 leaves 16 bits.
#[inline(always)]
fn blend(a: u8, b: u8, share: u16) -> u8 {
    ((u16::from(a) * (256 - share) + u16::from(b) * share + 128) >> 8) as u8
}

/// The points right of each pixel of a row.
fn midway_across(row: &[[u8; 3]]) -> impl Iterator<Item = [u8; 3]> {
    let near = |x: usize, ahead: usize| row[(x + ahead).saturating_sub(1).min(row.len() - 1)];
    (0..row.len()).map(move |x| midway([near(x, 0), near(x, 1), near(x, 2), near(x, 3)]))
}

/// The points below those of a row.
fn midway_down(points: &[[u8; 3]], width: usize, y: usize) -> impl Iterator<Item = [u8; 3]> {
    let height = points.len() / width;
    let row = |ahead: usize| &points[(y + ahead).saturating_sub(1).min(height - 1) * width..][..width];
    let pairs = row(0).iter().zip(row(1)).zip(row(2).iter().zip(row(3)));
    pairs.map(|((a, b), (c, d))| midway([*a, *b, *c, *d]))
}

/// The colour midway between the second and the third of four neighbours (Catmull-Rom).
#[inline(always)]
fn midway([a, b, c, d]: [[u8; 3]; 4]) -> [u8; 3] {
    std::array::from_fn(|channel| {
        let outer = i16::from(a[channel]) + i16::from(d[channel]);
        let inner = i16::from(b[channel]) + i16::from(c[channel]);
        ((9 * inner - outer + 8) >> 4).clamp(0, 255) as u8
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    fn noise(width: u32, height: u32) -> RgbImage {
        RgbImage::from_fn(width, height, |x, y| {
            Rgb([0, 80, 160].map(|add: u32| ((x * 89 + y * 151 + x * y * 7 + add) % 256) as u8))
        })
    }

    fn sampled(source: &Source, x: f32, y: f32) -> [u8; 3] {
        let mut pixel = [[0; 3]];
        source.fill(&Line::new([x, y], [0.0; 2]), &mut pixel);
        assert_eq!(source.colour([x, y]), pixel[0].map(f32::from), "a point and a line agree");
        pixel[0]
    }

    #[test]
    fn every_pixel_is_kept_at_its_own_place() {
        for (width, height) in [(9, 7), (1, 1), (2, 5)] {
            let picture = noise(width, height);
            let source = Source::new(&picture);
            for (x, y, pixel) in picture.enumerate_pixels() {
                assert_eq!(sampled(&source, x as f32, y as f32), pixel.0, "at {x}, {y}");
            }
        }
    }

    #[test]
    fn beyond_the_border_lies_the_border() {
        let picture = noise(9, 7);
        let source = Source::new(&picture);
        assert_eq!(sampled(&source, -30.0, 3.0), picture.get_pixel(0, 3).0);
        assert_eq!(sampled(&source, 4.0, 99.0), picture.get_pixel(4, 6).0);
    }

    #[test]
    fn an_even_colour_stays_even_everywhere() {
        let source = Source::new(&RgbImage::from_pixel(6, 6, Rgb([255, 1, 128])));
        for step in 0..40 {
            assert_eq!(sampled(&source, step as f32 * 0.137, step as f32 * 0.091), [255, 1, 128]);
        }
    }

    /// The point `at` of the doubled picture along one axis, from `value` at whole pixels.
    fn doubled_at(at: usize, length: usize, value: impl Fn(usize) -> f32) -> f32 {
        let near = |ahead: usize| value((at / 2 + ahead).saturating_sub(1).min(length - 1));
        if at.is_multiple_of(2) {
            near(1)
        } else {
            ((9.0 * (near(1) + near(2)) - near(0) - near(3)) / 16.0).clamp(0.0, 255.0)
        }
    }

    #[test]
    fn a_line_follows_the_plain_arithmetic() {
        let (width, height) = (23, 19);
        let picture = noise(width, height);
        let source = Source::new(&picture);
        let point = |x: usize, y: usize, channel: usize| {
            let across = |y: usize| {
                doubled_at(x, width as usize, |x| f32::from(picture.get_pixel(x as u32, y as u32).0[channel]))
            };
            doubled_at(y, height as usize, across)
        };
        for (from, step) in [([0.0, 0.0], [1.0, 0.0]), ([2.3, 15.8], [0.93, -0.31]), ([15.2, 3.7], [-0.71, 0.66])] {
            let mut row = [[0; 3]; 16];
            source.fill(&Line::new(from, step), &mut row);
            for (index, pixel) in row.iter().enumerate() {
                let place = [0, 1].map(|axis| 2.0 * (from[axis] + step[axis] * index as f32));
                let (x, y) = (place[0] as usize, place[1] as usize);
                let share = [place[0] - x as f32, place[1] - y as f32];
                for (channel, &value) in pixel.iter().enumerate() {
                    let row =
                        |y: usize| point(x, y, channel) + (point(x + 1, y, channel) - point(x, y, channel)) * share[0];
                    let expected = row(y) + (row(y + 1) - row(y)) * share[1];
                    let off = (f32::from(value) - expected).abs();
                    assert!(off < 3.0, "{off} at pixel {index} from {from:?}");
                }
            }
        }
    }
}
