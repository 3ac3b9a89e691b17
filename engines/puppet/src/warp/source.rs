//! The portrait at double density, from which every frame is sampled.

use image::RgbImage;

/// A picture with the points between its pixels filled in.
///
/// Sampling it bilinearly loses far less sharpness between pixels than sampling the picture itself would, and still
/// gives back each pixel of the picture exactly at the pixel's own place.
pub(super) struct Source {
    /// Red, green, blue and nothing, in the four bytes of each number from the lowest up.
    points: Vec<u32>,
    columns: usize,
    rows: usize,
}

/// A colour as four 16-bit lanes: red, green, blue and nothing from the lowest up.
pub(super) type Lanes = u64;

impl Source {
    pub(super) fn new(picture: &RgbImage) -> Self {
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        let (columns, rows) = (2 * width, 2 * height);
        let mut points = vec![0u32; columns * rows];
        let pixel = |x: isize, y: usize| picture.get_pixel(x.clamp(0, width as isize - 1) as u32, y as u32).0;
        for y in 0..height {
            let row = &mut points[2 * y * columns..][..columns];
            for (x, pair) in row.chunks_exact_mut(2).enumerate() {
                let x = x as isize;
                pair[0] = pack(pixel(x, y));
                pair[1] = pack(between([x - 1, x, x + 1, x + 2].map(|x| pixel(x, y))));
            }
        }
        for y in 0..height {
            let near = [y.saturating_sub(1), y, (y + 1).min(height - 1), (y + 2).min(height - 1)];
            for x in 0..columns {
                let around = near.map(|y| points[2 * y * columns + x].to_le_bytes());
                points[(2 * y + 1) * columns + x] = pack(between(around.map(|[r, g, b, _]| [r, g, b])));
            }
        }
        Self { points, columns, rows }
    }

    /// The colour at a position in pixels of the picture; beyond its border, the border's.
    #[inline]
    pub(super) fn lanes(&self, x: f32, y: f32) -> Lanes {
        // 2 points per pixel and 256 steps between points.
        let x = ((x * 512.0 + 0.5) as i32).clamp(0, (self.columns as i32 - 2) << 8) as usize;
        let y = ((y * 512.0 + 0.5) as i32).clamp(0, (self.rows as i32 - 2) << 8) as usize;
        let at = (y >> 8) * self.columns + (x >> 8);
        let top = &self.points[at..at + 2];
        let bottom = &self.points[at + self.columns..at + self.columns + 2];
        let (fx, fy) = ((x & 255) as u64, (y & 255) as u64);
        let above = blend(spread(top[0]), spread(top[1]), fx);
        let below = blend(spread(bottom[0]), spread(bottom[1]), fx);
        blend(above, below, fy)
    }

    /// The colour at a position in pixels of the picture, 0 to 255 each.
    #[inline]
    pub(super) fn colour(&self, x: f32, y: f32) -> [f32; 3] {
        bytes(self.lanes(x, y)).map(f32::from)
    }
}

/// Red, green and blue of a colour.
#[inline]
pub(super) fn bytes(lanes: Lanes) -> [u8; 3] {
    [lanes as u8, (lanes >> 16) as u8, (lanes >> 32) as u8]
}

#[inline]
fn spread(point: u32) -> Lanes {
    let wide = u64::from(point);
    let wide = (wide | (wide << 16)) & 0x0000_ffff_0000_ffff;
    (wide | (wide << 8)) & 0x00ff_00ff_00ff_00ff
}

/// All four lanes at once: no product of 8-bit values and weights that add up to 256 leaves its 16 bits.
#[inline]
fn blend(a: Lanes, b: Lanes, share: u64) -> Lanes {
    ((a * (256 - share) + b * share + 0x0080_0080_0080_0080) >> 8) & 0x00ff_00ff_00ff_00ff
}

fn pack([r, g, b]: [u8; 3]) -> u32 {
    u32::from_le_bytes([r, g, b, 0])
}

/// The colour midway between the second and the third of four neighbours (Catmull-Rom).
fn between([a, b, c, d]: [[u8; 3]; 4]) -> [u8; 3] {
    std::array::from_fn(|channel| {
        let outer = i32::from(a[channel]) + i32::from(d[channel]);
        let inner = i32::from(b[channel]) + i32::from(c[channel]);
        ((9 * inner - outer + 8) >> 4).clamp(0, 255) as u8
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    fn noise() -> RgbImage {
        RgbImage::from_fn(9, 7, |x, y| Rgb([0, 80, 160].map(|add: u32| ((x * 89 + y * 151 + add) % 256) as u8)))
    }

    #[test]
    fn every_pixel_is_kept_at_its_own_place() {
        let picture = noise();
        let source = Source::new(&picture);
        for (x, y, pixel) in picture.enumerate_pixels() {
            assert_eq!(bytes(source.lanes(x as f32, y as f32)), pixel.0, "at {x}, {y}");
        }
    }

    #[test]
    fn beyond_the_border_lies_the_border() {
        let picture = noise();
        let source = Source::new(&picture);
        assert_eq!(bytes(source.lanes(-30.0, 3.0)), picture.get_pixel(0, 3).0);
        assert_eq!(bytes(source.lanes(4.0, 99.0)), picture.get_pixel(4, 6).0);
    }

    #[test]
    fn an_even_colour_stays_even_everywhere() {
        let source = Source::new(&RgbImage::from_pixel(6, 6, Rgb([255, 1, 128])));
        for step in 0..40 {
            assert_eq!(bytes(source.lanes(step as f32 * 0.137, step as f32 * 0.091)), [255, 1, 128]);
        }
    }
}
