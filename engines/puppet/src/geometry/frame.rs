//! Face coordinates: where the points of a face lie in a picture, and the other way round.

use avatar_media::faces::Face;
use image::RgbImage;

/// Face coordinates inside a picture: the plane of the face as the camera sees it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Frame {
    /// Between the pupils, in pixels.
    origin: [f32; 2],
    /// Steps of the picture, in pixels, for a unit across the face and for one down. A turned face is narrower than high.
    across: [f32; 2],
    down: [f32; 2],
}

/// Where SeetaFace's box puts an upright face: pupils at 30 % and 70 % of its width, 38 % down.
const BOX_EYES: (f32, f32) = (0.5, 0.38);
const BOX_UNIT: f32 = 0.4;

impl Frame {
    pub(super) fn of_box(face: &Face) -> Self {
        // The detector's box is a square that the picture's border may have cut: put back what was cut off.
        let side = face.width.max(face.height);
        let left = if face.x > 0.0 { face.x } else { face.width - side };
        let top = if face.y > 0.0 { face.y } else { face.height - side };
        let (origin, half) = ([left + BOX_EYES.0 * side, top + BOX_EYES.1 * side], 0.5 * BOX_UNIT * side);
        Self::through([origin[0] - half, origin[1]], [origin[0] + half, origin[1]])
    }

    /// The frame of a face that looks at the camera, whose pupils lie at two points of the picture.
    pub(crate) fn through(left: [f32; 2], right: [f32; 2]) -> Self {
        let across = [right[0] - left[0], right[1] - left[1]];
        Self::new([(left[0] + right[0]) / 2.0, (left[1] + right[1]) / 2.0], across, [-across[1], across[0]])
    }

    /// The frame with this origin and these steps, in pixels.
    pub(super) fn new(origin: [f32; 2], across: [f32; 2], down: [f32; 2]) -> Self {
        Self { origin, across, down }
    }

    /// Pixels per unit, down the face.
    pub(crate) fn unit(&self) -> f32 {
        self.down[0].hypot(self.down[1])
    }

    /// How much of its width a face shows: 1 if it looks at the camera, 0 in profile.
    pub(super) fn flatness(&self) -> f32 {
        let ([ax, ay], [bx, by]) = (self.across, self.down);
        (ax * by - ay * bx) / (bx * bx + by * by).max(1e-6)
    }

    /// Position in the picture, in pixels, of a point of the face.
    pub(crate) fn to_picture(self, u: f32, v: f32) -> [f32; 2] {
        let [x, y] = self.turn(u, v);
        [self.origin[0] + x, self.origin[1] + y]
    }

    /// The colour of the pixel at a point of the face, 0 to 255 each; beyond the picture's border, the border's.
    pub(crate) fn pixel(self, picture: &RgbImage, u: f32, v: f32) -> [f32; 3] {
        let [x, y] = self.to_picture(u, v);
        let x = (x.max(0.0) as u32).min(picture.width() - 1);
        let y = (y.max(0.0) as u32).min(picture.height() - 1);
        picture.get_pixel(x, y).0.map(f32::from)
    }

    /// Point of the face at a position in the picture.
    pub(crate) fn to_face(self, x: f32, y: f32) -> [f32; 2] {
        let ([ax, ay], [bx, by]) = (self.across, self.down);
        let (dx, dy) = (x - self.origin[0], y - self.origin[1]);
        let scale = 1.0 / (ax * by - ay * bx);
        [(dx * by - dy * bx) * scale, (dy * ax - dx * ay) * scale]
    }

    /// A step of the face as a step of the picture.
    #[inline(always)]
    pub(crate) fn turn(&self, u: f32, v: f32) -> [f32; 2] {
        let ([ax, ay], [bx, by]) = (self.across, self.down);
        [u * ax + v * bx, u * ay + v * by]
    }

    /// The same frame in a part of the picture that begins at (`x`, `y`).
    pub(super) fn moved(self, x: f32, y: f32) -> Self {
        Self { origin: [self.origin[0] - x, self.origin[1] - y], ..self }
    }

    /// The same frame in a picture that is `factor` times as large.
    pub(super) fn scaled(self, factor: f32) -> Self {
        let scaled = |step: [f32; 2]| step.map(|value| value * factor);
        // 0 is the middle of the first pixel.
        let origin = self.origin.map(|value| (value + 0.5) * factor - 0.5);
        Self { origin, across: scaled(self.across), down: scaled(self.down) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn face_and_picture_coordinates_are_inverse() {
        let frame = Frame::through([100.0, 90.0], [160.0, 110.0]);
        let [x, y] = frame.to_picture(-0.3, 1.2);
        let [u, v] = frame.to_face(x, y);
        assert!((u + 0.3).abs() < 1e-4 && (v - 1.2).abs() < 1e-4);
        assert_eq!(frame.to_picture(-0.5, 0.0).map(f32::round), [100.0, 90.0]);
        let [_, below] = frame.to_picture(0.0, 1.0);
        assert!(below > 100.0, "v must run down the picture");
        let turned = Frame::new([50.0, 60.0], [40.0, 4.0], [-3.0, 66.0]);
        let [x, y] = turned.to_picture(0.7, 1.1);
        let [u, v] = turned.to_face(x, y);
        assert!((u - 0.7).abs() < 1e-4 && (v - 1.1).abs() < 1e-4);
    }
}
