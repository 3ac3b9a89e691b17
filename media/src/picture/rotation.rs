//! Turns by quarters, which bring a picture upright that lies on its side or upside down.

use image::metadata::Orientation;
use image::{RgbImage, imageops};
use serde::{Deserialize, Serialize};

/// A turn clockwise. It is written as its degrees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "u16", try_from = "u16")]
pub enum Rotation {
    /// What points to the left points up afterwards.
    By90,
    /// Upside down.
    By180,
    /// What points to the right points up afterwards.
    By270,
}

impl Rotation {
    /// All there are.
    pub const ALL: [Self; 3] = [Self::By90, Self::By180, Self::By270];

    /// Clockwise.
    pub fn degrees(self) -> u16 {
        match self {
            Self::By90 => 90,
            Self::By180 => 180,
            Self::By270 => 270,
        }
    }

    /// A turned copy.
    pub fn applied(self, picture: &RgbImage) -> RgbImage {
        match self {
            Self::By90 => imageops::rotate90(picture),
            Self::By180 => imageops::rotate180(picture),
            Self::By270 => imageops::rotate270(picture),
        }
    }

    /// What has to be done to a picture that has this orientation and is turned then.
    pub(super) fn after(self, orientation: Orientation) -> Orientation {
        (0..self.degrees() / 90).fold(orientation, |orientation, _| quarter_after(orientation))
    }
}

/// A quarter clockwise behind an orientation.
fn quarter_after(orientation: Orientation) -> Orientation {
    match orientation {
        Orientation::NoTransforms => Orientation::Rotate90,
        Orientation::Rotate90 => Orientation::Rotate180,
        Orientation::Rotate180 => Orientation::Rotate270,
        Orientation::Rotate270 => Orientation::NoTransforms,
        Orientation::FlipHorizontal => Orientation::Rotate270FlipH,
        Orientation::Rotate270FlipH => Orientation::FlipVertical,
        Orientation::FlipVertical => Orientation::Rotate90FlipH,
        Orientation::Rotate90FlipH => Orientation::FlipHorizontal,
    }
}

impl From<Rotation> for u16 {
    fn from(rotation: Rotation) -> Self {
        rotation.degrees()
    }
}

impl TryFrom<u16> for Rotation {
    type Error = NoRotation;

    fn try_from(degrees: u16) -> Result<Self, NoRotation> {
        Self::ALL.into_iter().find(|rotation| rotation.degrees() == degrees).ok_or(NoRotation)
    }
}

/// Not 90, 180 or 270 degrees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a picture is turned by 90, 180 or 270 degrees")]
pub struct NoRotation;

#[cfg(test)]
mod tests {
    use image::{DynamicImage, Rgb};

    use super::*;

    #[test]
    fn a_turn_comes_behind_the_orientation() {
        let stored = RgbImage::from_fn(5, 3, |x, y| Rgb([x as u8, y as u8, 9]));
        let under = |orientation| {
            let mut picture = DynamicImage::ImageRgb8(stored.clone());
            picture.apply_orientation(orientation);
            picture.into_rgb8()
        };
        for exif in 1..=8 {
            let orientation = Orientation::from_exif(exif).unwrap();
            for rotation in Rotation::ALL {
                let turned = rotation.applied(&under(orientation));
                assert_eq!(under(rotation.after(orientation)), turned, "orientation {exif}, then {rotation:?}");
            }
        }
    }

    #[test]
    fn degrees_are_read_as_they_are_written() {
        for rotation in Rotation::ALL {
            assert_eq!(Rotation::try_from(rotation.degrees()), Ok(rotation));
        }
        assert!([0, 45, 360].into_iter().all(|degrees| Rotation::try_from(degrees) == Err(NoRotation)));
    }
}
