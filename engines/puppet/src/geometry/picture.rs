//! A face that is measured by the picture alone: the detector's box, refined by what the picture shows.

use avatar_media::faces::Face;
use image::RgbImage;

use super::crop::Crop;
use super::frame::Frame;
use super::head::Head;
use super::parts::Geometry;
use super::{eyes, lip_line};

/// Measures the face that the detector found in `picture`. Never fails: what the picture does not show clearly is taken from
/// the proportions of the box.
pub(crate) fn by_picture(picture: &RgbImage, face: &Face) -> Geometry {
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
    Geometry { frame, eyes, mouth, chin, head: Head::usual() }
}

/// A face of the usual proportions, its eyes 100 pixels apart.
#[cfg(test)]
pub(crate) fn usual() -> Geometry {
    let face = Face { x: 100.0, y: 100.0, width: 250.0, height: 250.0, score: 10.0 };
    by_picture(&RgbImage::from_pixel(450, 500, image::Rgb([180, 150, 130])), &face)
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
            let geometry = by_picture(&picture, &face);
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
        let geometry = by_picture(&picture, &face);
        assert_eq!(geometry.eyes, eyes::usual());
        let [x, y] = geometry.frame.to_picture(geometry.mouth.centre, geometry.mouth.level());
        assert!((x - 150.0).abs() < 3.0 && (y - 170.0).abs() < 6.0, "mouth at {x}, {y}");
        let [_, chin] = geometry.frame.to_picture(0.0, geometry.chin);
        assert!((185.0..200.0).contains(&chin), "chin at {chin}");
    }
}
