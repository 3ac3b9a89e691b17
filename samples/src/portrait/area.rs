//! Places and rectangles in a picture.

/// A place in a picture, in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// To the right.
    pub x: f32,
    /// Downwards.
    pub y: f32,
}

/// An upright rectangle in a picture, in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Area {
    /// Left edge.
    pub x: f32,
    /// Upper edge.
    pub y: f32,
    /// From left to right, not negative.
    pub width: f32,
    /// From top to bottom, not negative.
    pub height: f32,
}

impl Area {
    /// The middle of the area.
    pub fn center(&self) -> Point {
        Point { x: self.x + self.width / 2.0, y: self.y + self.height / 2.0 }
    }

    /// The one around points.
    pub(super) fn around(points: impl Iterator<Item = Point>) -> Self {
        let (mut low, mut high) = ((f32::MAX, f32::MAX), (f32::MIN, f32::MIN));
        for point in points {
            low = (low.0.min(point.x), low.1.min(point.y));
            high = (high.0.max(point.x), high.1.max(point.y));
        }
        Self { x: low.0, y: low.1, width: high.0 - low.0, height: high.1 - low.1 }
    }
}
