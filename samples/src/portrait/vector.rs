//! Three numbers that are a colour (linear light, 0 to 1) or a direction; inside the portrait renderer.

use std::ops::{Add, Mul, Sub};

/// A colour in linear RGB, or a direction with x right, y down and z towards the viewer.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Vec3 {
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) z: f32,
}

impl Vec3 {
    pub(super) const fn new(x: f32, y: f32, z: f32) -> Self {
        Self { x, y, z }
    }

    /// The linear colour of `0xRRGGBB` as it is written for the web (sRGB).
    pub(super) fn srgb(hex: u32) -> Self {
        let channel = |shift: u32| decoded(((hex >> shift) & 0xff) as f32 / 255.0);
        Self::new(channel(16), channel(8), channel(0))
    }

    pub(super) fn dot(self, other: Self) -> f32 {
        self.x * other.x + self.y * other.y + self.z * other.z
    }

    pub(super) fn unit(self) -> Self {
        self * (1.0 / self.dot(self).sqrt().max(1e-9))
    }

    /// `self` at 0, `other` at 1.
    pub(super) fn mix(self, other: Self, share: f32) -> Self {
        self + (other - self) * share
    }

    /// The pixel this colour becomes on a screen (sRGB, 8 bits).
    pub(super) fn pixel(self) -> [u8; 3] {
        [self.x, self.y, self.z].map(|value| (encoded(value) * 255.0).round() as u8)
    }
}

impl Add for Vec3 {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self::new(self.x + other.x, self.y + other.y, self.z + other.z)
    }
}

impl Sub for Vec3 {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self::new(self.x - other.x, self.y - other.y, self.z - other.z)
    }
}

impl Mul<f32> for Vec3 {
    type Output = Self;
    fn mul(self, factor: f32) -> Self {
        Self::new(self.x * factor, self.y * factor, self.z * factor)
    }
}

impl Mul for Vec3 {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Self::new(self.x * other.x, self.y * other.y, self.z * other.z)
    }
}

/// sRGB to linear light (IEC 61966-2-1).
fn decoded(value: f32) -> f32 {
    if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
}

/// Linear light to sRGB.
fn encoded(value: f32) -> f32 {
    let value = value.clamp(0.0, 1.0);
    if value <= 0.003_130_8 { value * 12.92 } else { 1.055 * value.powf(1.0 / 2.4) - 0.055 }
}
