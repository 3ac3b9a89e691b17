//! Parts of a picture around a face: what to propose where a face is small, and what is kept of several people.

use avatar_media::faces::Face;
use serde::{Deserialize, Serialize};

/// How much larger than the face's box a head with its shoulders is.
const HEAD_AND_SHOULDERS: f32 = 2.8;
/// How far down in it the middle of the face is, as a share of its height: shoulders need more room than hair.
const MIDDLE: f32 = 0.45;

/// A part of a picture, in its pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Region {
    /// Left edge.
    pub x: u32,
    /// Upper edge.
    pub y: u32,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
}

impl Region {
    /// The square with head and shoulders, with `least` pixels a side at least, shifted into a picture of this size and no
    /// larger than it.
    pub fn head_and_shoulders(face: &Face, picture: (u32, u32), least: u32) -> Self {
        let side = HEAD_AND_SHOULDERS * face.width.max(face.height);
        let side = (side.round() as u32).max(least).min(picture.0).min(picture.1);
        let place = |middle: f32, share: f32, length: u32| {
            let start = (middle - share * side as f32).round().max(0.0) as u32;
            start.min(length - side)
        };
        let (x, y) = (face.x + face.width / 2.0, face.y + face.height / 2.0);
        Self { x: place(x, 0.5, picture.0), y: place(y, MIDDLE, picture.1), width: side, height: side }
    }

    /// As much of it as shows `face` without `other`; all of it where their boxes overlap and no cut parts them.
    pub fn without(self, other: &Face, face: &Face) -> Self {
        let (left, top) = (self.x as f32, self.y as f32);
        let (right, bottom) = ((self.x + self.width) as f32, (self.y + self.height) as f32);
        let (other_right, other_bottom) = (other.x + other.width, other.y + other.height);
        if other.x >= right || other_right <= left || other.y >= bottom || other_bottom <= top {
            return self;
        }
        if other.x >= face.x + face.width {
            Self { width: other.x as u32 - self.x, ..self }
        } else if other_right <= face.x {
            let x = other_right.ceil() as u32;
            Self { x, width: self.x + self.width - x, ..self }
        } else if other.y >= face.y + face.height {
            Self { height: other.y as u32 - self.y, ..self }
        } else if other_bottom <= face.y {
            let y = other_bottom.ceil() as u32;
            Self { y, height: self.y + self.height - y, ..self }
        } else {
            self
        }
    }

    /// Whether it is all of a picture of this size.
    pub fn is_whole(&self, picture: (u32, u32)) -> bool {
        (self.width, self.height) == picture
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PICTURE: (u32, u32) = (1000, 800);

    fn face(x: f32, y: f32, side: f32) -> Face {
        Face { x, y, width: side, height: side, score: 20.0 }
    }

    #[test]
    fn a_head_has_room_around_it() {
        let crop = Region::head_and_shoulders(&face(450.0, 350.0, 100.0), PICTURE, 256);
        assert_eq!(crop, Region { x: 360, y: 274, width: 280, height: 280 });
        let crop = Region::head_and_shoulders(&face(460.0, 360.0, 80.0), PICTURE, 256);
        assert_eq!(crop, Region { x: 372, y: 285, width: 256, height: 256 }, "a small one has more of it");
    }

    #[test]
    fn a_crop_lies_in_the_picture() {
        for (x, y) in [(0.0, 0.0), (900.0, 0.0), (0.0, 700.0), (900.0, 700.0)] {
            let crop = Region::head_and_shoulders(&face(x, y, 100.0), PICTURE, 256);
            assert_eq!((crop.width, crop.height), (280, 280), "it is shifted, not cut");
            assert!(crop.x + crop.width <= 1000 && crop.y + crop.height <= 800, "{crop:?}");
        }
        let crop = Region::head_and_shoulders(&face(300.0, 200.0, 400.0), PICTURE, 256);
        assert_eq!(crop, Region { x: 100, y: 0, width: 800, height: 800 }, "as large as the picture lets it be");
    }

    #[test]
    fn other_faces_are_cut_away_on_the_side_where_they_are() {
        let whole = Region { x: 100, y: 100, width: 600, height: 600 };
        let chosen = face(350.0, 350.0, 100.0);
        for (other, rest) in [
            (face(520.5, 300.0, 90.0), Region { width: 420, ..whole }),
            (face(150.0, 300.0, 90.5), Region { x: 241, width: 459, ..whole }),
            (face(340.0, 480.0, 90.0), Region { height: 380, ..whole }),
            (face(340.0, 150.0, 90.0), Region { y: 240, height: 460, ..whole }),
            (face(800.0, 300.0, 90.0), whole),
            (face(400.0, 400.0, 90.0), whole),
        ] {
            assert_eq!(whole.without(&other, &chosen), rest, "{other:?}");
        }
    }
}
