//! The skin of the cheeks, against which teeth stand out.

use super::crop::Crop;

/// How bright and how red the skin is.
pub(super) struct Skin {
    bright: f32,
    red: f32,
}

impl Skin {
    pub(super) fn of(crop: &Crop) -> Self {
        Self {
            bright: 0.5 * (crop.mean_bright(-0.45, 0.75, 0.1, 0.1) + crop.mean_bright(0.45, 0.75, 0.1, 0.1)),
            red: 0.5 * (crop.mean_red(-0.45, 0.75, 0.1, 0.1) + crop.mean_red(0.45, 0.75, 0.1, 0.1)),
        }
    }

    /// How pale a point is: skin 0, lips less, teeth more, as they are brighter or less red.
    pub(super) fn pale(&self, crop: &Crop, u: f32, v: f32) -> f32 {
        crop.bright(u, v) / self.bright - crop.red(u, v) / self.red.max(0.05)
    }

    /// Whether a point may be a tooth: at least so bright and at most so red, as shares of the skin.
    pub(super) fn is_tooth(&self, crop: &Crop, [u, v]: [f32; 2], least_bright: f32, most_red: f32) -> bool {
        // In a grey photograph nothing is red.
        const GREY: f32 = 0.01;
        crop.bright(u, v) > least_bright * self.bright && crop.red(u, v) < most_red * self.red.max(0.0) + GREY
    }
}
