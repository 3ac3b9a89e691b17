//! The face at one size and upright, as planes of brightness and redness that the searches read.

use image::RgbImage;

use super::frame::Frame;

/// Pixels of the crop per unit of the face.
pub(super) const DENSITY: f32 = 64.0;

/// Brightness of the skin.
pub(super) const SKIN: f32 = 0.65;

const LEFT: f32 = -1.3;
const TOP: f32 = -0.8;
const WIDTH: usize = (2.6 * DENSITY) as usize;
const HEIGHT: usize = (3.0 * DENSITY) as usize;

/// A face resampled to [`DENSITY`]; reads outside of it repeat its border.
pub(super) struct Crop {
    bright: Vec<f32>,
    red: Vec<f32>,
}

impl Crop {
    pub(super) fn new(picture: &RgbImage, frame: &Frame) -> Self {
        // Each pixel is the mean of as many samples as it covers pixels of the picture: no aliasing from large photos.
        let samples = (frame.unit() / DENSITY).ceil().clamp(1.0, 16.0) as usize;
        let step = 1.0 / (DENSITY * samples as f32);
        let mut bright = Vec::with_capacity(WIDTH * HEIGHT);
        let mut red = Vec::with_capacity(WIDTH * HEIGHT);
        for row in 0..HEIGHT {
            for column in 0..WIDTH {
                let mut sum = [0.0f32; 3];
                for index in 0..samples * samples {
                    let u = LEFT + column as f32 / DENSITY + (index % samples) as f32 * step;
                    let v = TOP + row as f32 / DENSITY + (index / samples) as f32 * step;
                    for (sum, value) in sum.iter_mut().zip(frame.pixel(picture, u, v)) {
                        *sum += value;
                    }
                }
                let [r, g, b] = sum.map(|sum| sum / (samples * samples) as f32 / 255.0);
                bright.push(0.299 * r + 0.587 * g + 0.114 * b);
                red.push((r - g) / (r + g + 0.06));
            }
        }
        let mut crop = Self { bright, red };
        crop.expose();
        crop
    }

    /// Brings the skin to one brightness, so that the same thresholds hold for every skin and every light.
    fn expose(&mut self) {
        let skin = self.mean_bright(0.0, 0.6, 0.45, 0.35).max(0.04);
        let gain = SKIN / skin;
        for value in &mut self.bright {
            *value = (*value * gain).min(1.0);
        }
    }

    /// Brightness at a point of the face, 0 to 1, where skin has [`SKIN`].
    pub(super) fn bright(&self, u: f32, v: f32) -> f32 {
        sample(&self.bright, across(u), v)
    }

    /// How much more red than green a point is, −1 to 1: skin about 0.15, lips more, teeth and sclera about 0.
    pub(super) fn red(&self, u: f32, v: f32) -> f32 {
        sample(&self.red, across(u), v)
    }

    /// The points of the face with this `u`.
    pub(super) fn column(&self, u: f32) -> Column<'_> {
        let (column, share) = across(u);
        Column { crop: self, column, share }
    }

    /// Mean brightness of a rectangle around a point.
    pub(super) fn mean_bright(&self, u: f32, v: f32, half_width: f32, half_height: f32) -> f32 {
        mean(half_width, half_height, |du, dv| self.bright(u + du, v + dv))
    }

    /// Mean redness of a rectangle around a point.
    pub(super) fn mean_red(&self, u: f32, v: f32, half_width: f32, half_height: f32) -> f32 {
        mean(half_width, half_height, |du, dv| self.red(u + du, v + dv))
    }
}

fn mean(half_width: f32, half_height: f32, value: impl Fn(f32, f32) -> f32) -> f32 {
    const STEPS: i32 = 2;
    let mut sum = 0.0;
    for j in -STEPS..=STEPS {
        for i in -STEPS..=STEPS {
            sum += value(half_width * i as f32 / STEPS as f32, half_height * j as f32 / STEPS as f32);
        }
    }
    sum / ((2 * STEPS + 1) * (2 * STEPS + 1)) as f32
}

/// Points one above the other: what is to be known of `u` is worked out once.
pub(super) struct Column<'a> {
    crop: &'a Crop,
    column: usize,
    share: f32,
}

impl Column<'_> {
    /// As [`Crop::bright`].
    pub(super) fn bright(&self, v: f32) -> f32 {
        sample(&self.crop.bright, (self.column, self.share), v)
    }

    /// As [`Crop::red`].
    pub(super) fn red(&self, v: f32) -> f32 {
        sample(&self.crop.red, (self.column, self.share), v)
    }
}

/// The column of a plane left of `u`, and how far it is from there to the next.
#[inline]
fn across(u: f32) -> (usize, f32) {
    let x = ((u - LEFT) * DENSITY - 0.5).clamp(0.0, (WIDTH - 2) as f32);
    (x as usize, x - (x as usize) as f32)
}

#[inline]
fn sample(plane: &[f32], (column, share): (usize, f32), v: f32) -> f32 {
    let y = ((v - TOP) * DENSITY - 0.5).clamp(0.0, (HEIGHT - 2) as f32);
    let row = y as usize;
    let near = &plane[row * WIDTH + column..][..WIDTH + 2];
    let top = near[0] + (near[1] - near[0]) * share;
    let bottom = near[WIDTH] + (near[WIDTH + 1] - near[WIDTH]) * share;
    top + (bottom - top) * (y - row as f32)
}
