//! What goes into the face mesh and what comes out: a turned square around a face, and 478 points with how sure it is.

use avatar_media::picture::RgbImage;

use crate::blaze::Candidate;

/// Side of the network's square in pixels.
pub(crate) const SIDE: usize = 256;
/// How many points the mesh has: 468 of the face, and five of each iris.
pub const POINTS: usize = 478;
/// How many values: across, down and depth of each point.
pub(crate) const VALUES: usize = 3 * POINTS;
/// The square's side as a multiple of the box's longer side.
const MARGIN: f32 = 1.5;
/// The points in front of the right and of the left ear.
const BEFORE_THE_EARS: [usize; 2] = [234, 454];

/// The outer corners of the person's right and left eye.
const EYE_CORNERS: [usize; 2] = [33, 263];

/// A face, point by point, numbered as MediaPipe's face mesh is.
#[derive(Debug, Clone, PartialEq)]
pub struct FaceMesh {
    /// [`POINTS`] points: across and down in pixels of the picture, 0 the middle of its first, and how far behind the head's
    /// middle, in the same unit.
    pub points: Vec<[f32; 3]>,
    /// How sure the network is that it is a face, 0 to 1.
    pub presence: f32,
}

/// A square in the picture that is turned with the head.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Region {
    middle: [f32; 2],
    side: f32,
    sin: f32,
    cos: f32,
}

impl Region {
    /// The one around a face.
    pub(crate) fn around(face: &Candidate) -> Self {
        let [left, top, right, bottom] = face.bounds;
        let (sin, cos) = face.roll().to_radians().sin_cos();
        let side = (right - left).max(bottom - top) * MARGIN;
        Self { middle: [(left + right) / 2.0, (top + bottom) / 2.0], side, sin, cos }
    }

    /// The one around a mesh, in pixels of the picture.
    pub(crate) fn around_points(points: &[[f32; 3]]) -> Self {
        let edge =
            |axis: usize, pick: fn(f32, f32) -> f32, from: f32| points.iter().map(|point| point[axis]).fold(from, pick);
        let [left, top] = [0, 1].map(|axis| edge(axis, f32::min, f32::MAX));
        let [right, bottom] = [0, 1].map(|axis| edge(axis, f32::max, f32::MIN));
        let eyes = EYE_CORNERS.map(|corner| [points[corner][0], points[corner][1]]);
        Self::around(&Candidate { bounds: [left, top, right, bottom], eyes, score: 1.0 })
    }

    /// The network's points as points of the picture.
    pub(crate) fn in_picture(&self, points: &[f32]) -> Vec<[f32; 3]> {
        let step = self.side / SIDE as f32;
        let place = |&[x, y, z]: &[f32; 3]| {
            let [x, y] = [x, y].map(|place| (place - SIDE as f32 / 2.0) * step);
            let across = self.middle[0] + x * self.cos - y * self.sin - 0.5;
            let down = self.middle[1] + x * self.sin + y * self.cos - 0.5;
            [across, down, z * step]
        };
        points.as_chunks().0.iter().map(place).collect()
    }

    /// The network's input: 0 to 1, black beyond the picture.
    pub(crate) fn input(&self, picture: &RgbImage) -> Vec<f32> {
        let step = self.side / SIDE as f32;
        let mut input = Vec::with_capacity(3 * SIDE * SIDE);
        for row in 0..SIDE {
            for column in 0..SIDE {
                let [x, y] = [column, row].map(|place| (place as f32 + 0.5 - SIDE as f32 / 2.0) * step);
                let across = self.middle[0] + x * self.cos - y * self.sin - 0.5;
                let down = self.middle[1] + x * self.sin + y * self.cos - 0.5;
                input.extend(between(picture, across, down).map(|level| level / 255.0));
            }
        }
        input
    }
}

/// A colour between four pixels.
fn between(picture: &RgbImage, x: f32, y: f32) -> [f32; 3] {
    let (left, top) = (x.floor(), y.floor());
    let mut colour = [0.0; 3];
    for (column, row, share) in [
        (left, top, (left + 1.0 - x) * (top + 1.0 - y)),
        (left + 1.0, top, (x - left) * (top + 1.0 - y)),
        (left, top + 1.0, (left + 1.0 - x) * (y - top)),
        (left + 1.0, top + 1.0, (x - left) * (y - top)),
    ] {
        if column >= 0.0
            && row >= 0.0
            && let Some(pixel) = picture.get_pixel_checked(column as u32, row as u32)
        {
            colour.iter_mut().zip(pixel.0).for_each(|(sum, level)| *sum += share * f32::from(level));
        }
    }
    colour
}

/// What the mesh says of a face.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct MeshReading {
    /// How sure it is that it is one, 0 to 1.
    pub(crate) presence: f32,
    /// How far it is turned to the side, in degrees; more than the mesh tells it is in truth, by about a half.
    pub(crate) yaw: f32,
}

impl MeshReading {
    /// Reads the network's outputs: points, and presence before the logistic function. None where they are no numbers.
    pub(crate) fn of(points: &[f32], presence: &[f32]) -> Option<Self> {
        let [right, left] = BEFORE_THE_EARS.map(|point| points.get(3 * point..3 * point + 3));
        let (right, left) = (right?, left?);
        let yaw = (left[2] - right[2]).atan2(left[0] - right[0]).to_degrees();
        let presence = 1.0 / (1.0 + (-presence.first()?).exp());
        (presence.is_finite() && yaw.is_finite()).then_some(Self { presence, yaw })
    }
}

#[cfg(test)]
mod tests {
    use avatar_media::picture::Rgb;

    use super::*;

    fn face(eyes: [[f32; 2]; 2]) -> Candidate {
        Candidate { bounds: [200.0, 100.0, 300.0, 200.0], eyes, score: 0.9 }
    }

    #[test]
    fn the_square_turns_with_the_head() {
        // Red on the left half, blue on the right.
        let picture = RgbImage::from_fn(500, 300, |x, _| Rgb(if x < 250 { [255, 0, 0] } else { [0, 0, 255] }));
        let red_at = |eyes, x: usize, y: usize| Region::around(&face(eyes)).input(&picture)[3 * (y * SIDE + x)] > 0.5;
        let upright = [[230.0, 140.0], [270.0, 140.0]];
        assert!(red_at(upright, 20, 128) && !red_at(upright, 236, 128));
        let lying = [[250.0, 130.0], [250.0, 170.0]];
        assert!(!red_at(lying, 128, 20) && red_at(lying, 128, 236), "its top is where the picture's right is");
        let beyond = Region { middle: [0.0, 0.0], side: 100.0, sin: 0.0, cos: 1.0 }.input(&picture);
        assert_eq!(beyond[..3], [0.0; 3], "black beyond the picture");
    }

    #[test]
    fn points_are_told_where_the_square_took_them_from() {
        let picture = RgbImage::from_fn(500, 300, |x, y| Rgb([(x / 2) as u8, (y / 2) as u8, 0]));
        for eyes in [[[230.0, 140.0], [270.0, 140.0]], [[240.0, 130.0], [260.0, 160.0]]] {
            let region = Region::around(&face(eyes));
            let input = region.input(&picture);
            let seen = [(128, 128), (90, 110), (150, 140)].map(|(x, y)| {
                let [red, green, _] = input[3 * (y * SIDE + x)..][..3] else { panic!("three values") };
                let point = region.in_picture(&[x as f32 + 0.5, y as f32 + 0.5, 10.0])[0];
                let off = (red * 510.0 - point[0]).hypot(green * 510.0 - point[1]);
                assert!((point[2] - 10.0 * 150.0 / 256.0).abs() < 1e-3);
                off
            });
            assert!(seen.iter().all(|off| *off < 1.5), "{seen:?}");
        }
    }

    #[test]
    fn presence_and_turn_are_read() {
        let mut points = vec![0.0; VALUES];
        points[3 * 454..3 * 454 + 3].copy_from_slice(&[100.0, 0.0, -100.0]);
        let reading = MeshReading::of(&points, &[0.0]).unwrap();
        assert_eq!(reading, MeshReading { presence: 0.5, yaw: -45.0 });
        assert_eq!(MeshReading::of(&points[..700], &[0.0]), None);
        assert_eq!(MeshReading::of(&points, &[f32::NAN]), None);
    }
}
