//! The test set of the face check: painted portraits, changed as people's photos differ, each with the right verdict.

use avatar_samples::portrait::{PortraitSpec, render};
use image::{DynamicImage, Rgb, RgbImage, imageops};

/// How many people are painted.
const PEOPLE: u64 = 8;

/// A picture and what should be thought of it.
pub(crate) struct Case {
    /// What was done to the portrait.
    pub(crate) kind: &'static str,
    /// The codes that are right; `ok` for usable ones.
    pub(crate) right: &'static [&'static str],
    /// The picture.
    pub(crate) picture: DynamicImage,
}

/// Every case, the same in every run.
pub(crate) fn all() -> Vec<Case> {
    let mut cases = Vec::new();
    for seed in 1..=PEOPLE {
        let one = portrait(seed, 0.0, 1.0);
        let other = portrait(seed + PEOPLE, 0.0, 1.0);
        usable(&mut cases, seed, &one);
        unusable(&mut cases, &one, &other);
    }
    let none: &[&str] = &["face.none"];
    for seed in 0..6 {
        add(&mut cases, "no face: noise", none, noise(&flat(640, [128; 3]), 90, seed));
        add(&mut cases, "no face: landscape", none, landscape(seed));
        add(&mut cases, "no face: stripes", none, stripes(seed));
        add(&mut cases, "no face: discs", none, discs(seed));
    }
    cases
}

fn usable(cases: &mut Vec<Case>, seed: u64, one: &RgbImage) {
    let ok: &[&str] = &["ok"];
    add(cases, "as painted", ok, one.clone());
    add(cases, "large", ok, imageops::resize(one, 1536, 1536, imageops::FilterType::Triangle));
    add(cases, "small", ok, imageops::resize(one, 300, 300, imageops::FilterType::Triangle));
    add(cases, "mirrored", ok, imageops::flip_horizontal(one));
    add(cases, "tilted 10 degrees", ok, portrait(seed, 10.0, 1.0));
    add(cases, "tilted -15 degrees", ok, portrait(seed, -15.0, 1.0));
    add(cases, "face half as large", ok, portrait(seed, 0.0, 0.6));
    add(cases, "close up", ok, portrait(seed, 0.0, 1.3));
    add(cases, "darker", ok, levels(one, |level| level * 0.5));
    add(cases, "brighter", ok, levels(one, |level| level * 1.3 + 15.0));
    add(cases, "low contrast", ok, levels(one, |level| 80.0 + level * 0.4));
    add(cases, "mild blur", ok, imageops::blur(one, 2.0));
    add(cases, "mild noise", ok, noise(one, 20, seed));
    add(cases, "grey", ok, DynamicImage::ImageRgb8(one.clone()).grayscale().into_rgb8());
    add(cases, "far away", ok, far(one));
    add(cases, "wide room", ok, beside(one, &flat(512, [140, 150, 150]), 512));
}

fn unusable(cases: &mut Vec<Case>, one: &RgbImage, other: &RgbImage) {
    let doubtful: &[&str] = &["face.none", "face.low_confidence"];
    let cut: &[&str] = &["face.cut_off", "face.none", "face.low_confidence"];
    add(cases, "two people", &["face.multiple"], beside(one, other, 512));
    let speck = imageops::resize(&far(one), 400, 400, imageops::FilterType::Triangle);
    add(cases, "a face of a few pixels", &["face.too_small", "face.none"], speck);
    add(cases, "tiny picture", &["image.too_small"], imageops::resize(one, 200, 200, imageops::FilterType::Triangle));
    add(cases, "upside down", doubtful, imageops::rotate180(one));
    add(cases, "on its side", doubtful, imageops::rotate90(one));
    add(cases, "heavy blur", doubtful, imageops::blur(one, 24.0));
    add(cases, "almost black", doubtful, levels(one, |level| level * 0.02));
    add(cases, "drowned in noise", doubtful, noise(&levels(one, |level| level * 0.3 + 60.0), 200, 3));
    add(cases, "only the body", doubtful, part(one, 0, 400, 512, 112));
    add(cases, "left half", cut, part(one, 0, 0, 256, 512));
    add(cases, "right half", cut, part(one, 256, 0, 256, 512));
    add(cases, "lower half of the face", cut, part(one, 0, 270, 512, 242));
}

fn add(cases: &mut Vec<Case>, kind: &'static str, right: &'static [&'static str], picture: RgbImage) {
    cases.push(Case { kind, right, picture: DynamicImage::ImageRgb8(picture) });
}

fn portrait(seed: u64, tilt: f32, scale: f32) -> RgbImage {
    render(&PortraitSpec { seed, tilt, scale, ..PortraitSpec::default() })
}

fn flat(side: u32, colour: [u8; 3]) -> RgbImage {
    RgbImage::from_pixel(side, side, Rgb(colour))
}

/// Two pictures side by side; the second begins at `x`.
fn beside(left: &RgbImage, right: &RgbImage, x: u32) -> RgbImage {
    let mut wide = RgbImage::new(x + right.width(), left.height().max(right.height()));
    imageops::replace(&mut wide, left, 0, 0);
    imageops::replace(&mut wide, right, x.into(), 0);
    wide
}

/// The portrait in a corner of a large room.
fn far(one: &RgbImage) -> RgbImage {
    let mut room = flat(1600, [120, 125, 130]);
    imageops::replace(&mut room, &imageops::resize(one, 480, 480, imageops::FilterType::Triangle), 500, 700);
    room
}

/// A part, enlarged so that its size alone is no fault.
fn part(one: &RgbImage, x: u32, y: u32, width: u32, height: u32) -> RgbImage {
    let part = imageops::crop_imm(one, x, y, width, height).to_image();
    let factor = 600.0 / width.min(height) as f32;
    let side = |pixels: u32| (pixels as f32 * factor) as u32;
    imageops::resize(&part, side(width), side(height), imageops::FilterType::Triangle)
}

fn levels(one: &RgbImage, change: impl Fn(f32) -> f32) -> RgbImage {
    let mut picture = one.clone();
    picture.iter_mut().for_each(|level| *level = change(f32::from(*level)).clamp(0.0, 255.0) as u8);
    picture
}

/// Each level moved by at most `amount`, up or down.
fn noise(one: &RgbImage, amount: i32, seed: u64) -> RgbImage {
    let mut dice = Dice(seed + 1);
    let mut picture = one.clone();
    for level in picture.iter_mut() {
        let moved = i32::from(*level) + dice.below(2 * amount as u64 + 1) as i32 - amount;
        *level = moved.clamp(0, 255) as u8;
    }
    picture
}

/// Sky, hills and a field.
fn landscape(seed: u64) -> RgbImage {
    let hill = |x: f32| 260.0 + 60.0 * (x / 90.0 + seed as f32).sin() + 25.0 * (x / 31.0).sin();
    let picture = RgbImage::from_fn(640, 480, |x, y| match y as f32 - hill(x as f32) {
        above if above < 0.0 => Rgb([130, 170, (255.0 + above / 3.0) as u8]),
        below => Rgb([60 + (below / 4.0) as u8, 110, 50]),
    });
    noise(&picture, 12, seed)
}

fn stripes(seed: u64) -> RgbImage {
    let width = 8 + 9 * seed as u32;
    RgbImage::from_fn(640, 640, |x, y| {
        if ((x + y / (1 + seed as u32)) / width).is_multiple_of(2) { Rgb([220; 3]) } else { Rgb([40; 3]) }
    })
}

/// Round things on a ground, as fruit on a table.
fn discs(seed: u64) -> RgbImage {
    let mut dice = Dice(seed + 11);
    let mut picture = flat(640, [90, 80, 70]);
    for _ in 0..12 {
        let (x, y, radius) = (dice.below(640) as i32, dice.below(640) as i32, 20 + dice.below(70) as i32);
        let colour = Rgb([dice.below(256) as u8, dice.below(256) as u8, dice.below(256) as u8]);
        for (at_x, at_y, pixel) in picture.enumerate_pixels_mut() {
            if (at_x as i32 - x).pow(2) + (at_y as i32 - y).pow(2) < radius * radius {
                *pixel = colour;
            }
        }
    }
    imageops::blur(&picture, 1.5)
}

/// Numbers without aim that are the same in every run: Knuth's MMIX generator.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}
