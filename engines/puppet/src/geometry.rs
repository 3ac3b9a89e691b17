//! Where eyes, mouth and chin lie in a portrait: by the face mesh where its network is there, else by the detector's box,
//! refined by what the picture shows.
//!
//! Everything is told in **face coordinates**: the origin lies between the eyes, one unit is the distance between
//! the pupils, `u` runs to the right of the picture along the line of the eyes and `v` down the face. Proportions that
//! hold for most faces are therefore constants here, whatever the size and tilt of the picture.

mod crop;
mod eyes;
mod frame;
mod head;
mod lids;
mod lip_line;
mod mesh;
mod mouth;
mod row;
mod skin;

use avatar_media::faces::Face;
use avatar_mediapipe::FaceMesh;
use image::RgbImage;

use crop::Crop;
pub(crate) use frame::Frame;
pub(crate) use head::{Head, Relief, USUAL_HALF_WIDTH, USUAL_JAW};
pub(crate) use lids::Lids;
pub(crate) use mouth::Mouth;
pub(crate) use row::{PLACES, Row};

/// The parts of one face.
#[derive(Debug, Clone)]
pub(crate) struct Geometry {
    /// Face coordinates.
    pub frame: Frame,
    /// The eyes, left in the picture first.
    pub eyes: [Lids; 2],
    pub mouth: Mouth,
    /// `v` of the chin's lowest point.
    pub chin: f32,
    pub head: Head,
}

impl Geometry {
    /// The face that a network found, point by point.
    pub(crate) fn of_mesh(picture: &RgbImage, mesh: &FaceMesh) -> Self {
        mesh::geometry(picture, mesh)
    }

    /// Measures the face that the detector found in `picture`. Never fails: what the picture does not show clearly is
    /// taken from the proportions of the box.
    pub(crate) fn measure(picture: &RgbImage, face: &Face) -> Self {
        let guess = Frame::of_box(face);
        let crop = Crop::new(picture, &guess);
        let found = eyes::pupils(&crop).and_then(|pupils| {
            let [left, right] = pupils.map(|pupil| guess.to_picture(pupil.u, pupil.v));
            let frame = Frame::through(left, right);
            let crop = Crop::new(picture, &frame);
            Some((frame, eyes::lids(&crop, &pupils)?, crop))
        });
        // Eyes that are not surely eyes would put everything else in the wrong place.
        let (frame, eyes, crop) = found.unwrap_or_else(|| (guess, eyes::usual(), crop));
        let mouth = lip_line::mouth(&crop);
        let chin = lip_line::chin(&crop, &mouth);
        Self { frame, eyes, mouth, chin, head: Head::usual() }
    }

    /// A face of the usual proportions, its eyes 100 pixels apart.
    #[cfg(test)]
    pub(crate) fn usual() -> Self {
        let face = Face { x: 100.0, y: 100.0, width: 250.0, height: 250.0, score: 10.0 };
        Self::measure(&RgbImage::from_pixel(450, 500, image::Rgb([180, 150, 130])), &face)
    }

    /// The same face in a part of the picture that begins at (`x`, `y`).
    pub(crate) fn moved(mut self, x: f32, y: f32) -> Self {
        self.frame = self.frame.moved(x, y);
        self
    }

    /// The same face in a picture that is `factor` times as large.
    pub(crate) fn scaled(mut self, factor: f32) -> Self {
        self.frame = self.frame.scaled(factor);
        self
    }
}

#[cfg(test)]
mod tests {
    use avatar_media::faces::{FaceDetector, SeetaFace};
    use avatar_samples::portrait::{self, Landmarks, PortraitSpec};

    use super::*;

    /// Distances of what was measured from the truth, in units of the face: eyes, mouth, chin, corners of the mouth.
    fn misses(geometry: &Geometry, truth: &Landmarks) -> [f32; 4] {
        let frame = &geometry.frame;
        let face = |point: portrait::Point| frame.to_face(point.x, point.y);
        let distance = |[u, v]: [f32; 2], [x, y]: [f32; 2]| (u - x).hypot(v - y);
        let mouth = &geometry.mouth;
        let corner = |side: f32| [mouth.centre + side * mouth.half_width, mouth.level()];
        let eyes = distance(face(truth.eyes[0]), [-0.5, 0.0]).max(distance(face(truth.eyes[1]), [0.5, 0.0]));
        let middle = distance(face(truth.mouth), [mouth.centre, mouth.line_at(mouth.centre)]);
        let chin = (face(truth.chin)[1] - geometry.chin).abs();
        let corners = [(-1.0, truth.mouth_corners[0]), (1.0, truth.mouth_corners[1])];
        let corners = corners.map(|(side, truth)| distance(face(truth), corner(side)));
        [eyes, middle, chin, corners[0].max(corners[1])]
    }

    #[test]
    fn painted_faces_are_measured_where_they_were_painted() {
        let detector = SeetaFace::new();
        for (seed, tilt, size) in
            [(4, 0.0, (400, 400)), (1, -6.0, (480, 400)), (8, 9.0, (400, 520)), (12, 0.0, (768, 768))]
        {
            let spec = PortraitSpec { seed, tilt, size, ..PortraitSpec::default() };
            let picture = portrait::render(&spec);
            let face = detector.detect(&picture).into_iter().next().expect("a painted face is found");
            let geometry = Geometry::measure(&picture, &face);
            let [eyes, middle, chin, corners] = misses(&geometry, &spec.landmarks());
            assert!(eyes < 0.1, "seed {seed}: eyes {eyes:.3}");
            assert!(middle < 0.09, "seed {seed}: mouth {middle:.3}");
            assert!(chin < 0.25, "seed {seed}: chin {chin:.3}");
            assert!(corners < 0.14, "seed {seed}: corners of the mouth {corners:.3}");
            assert_ne!(geometry.eyes, eyes::usual(), "seed {seed}: the lids were not made out");
        }
    }

    #[test]
    fn without_features_the_proportions_of_the_box_hold() {
        let picture = RgbImage::from_pixel(300, 300, image::Rgb([180, 150, 130]));
        let face = Face { x: 100.0, y: 90.0, width: 100.0, height: 100.0, score: 10.0 };
        let geometry = Geometry::measure(&picture, &face);
        assert_eq!(geometry.eyes, eyes::usual());
        let [x, y] = geometry.frame.to_picture(geometry.mouth.centre, geometry.mouth.level());
        assert!((x - 150.0).abs() < 3.0 && (y - 170.0).abs() < 6.0, "mouth at {x}, {y}");
        let [_, chin] = geometry.frame.to_picture(0.0, geometry.chin);
        assert!((185.0..200.0).contains(&chin), "chin at {chin}");
    }
}
