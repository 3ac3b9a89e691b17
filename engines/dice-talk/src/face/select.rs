//! Which of the faces in a picture speaks.

use super::detector::output::Face;

/// The place of the largest face; of equal ones, the surest, which comes first.
#[must_use]
pub fn largest(faces: &[Face]) -> Option<usize> {
    (0..faces.len()).rev().max_by(|&a, &b| faces[a].place.area().total_cmp(&faces[b].place.area()))
}

/// The place of the face that DICE-Talk picks: it means the largest one, but compares all of them with the first. So it is
/// the last of those that are larger than the surest, or else the surest.
#[must_use]
pub fn original(faces: &[Face]) -> Option<usize> {
    let first = faces.first()?.place.area();
    Some(faces.iter().rposition(|face| face.place.area() > first).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::face::geometry::FaceBox;

    fn face(width: f64) -> Face {
        let place = FaceBox { left: 0.0, top: 0.0, width, height: 1.0 };
        Face { place, score: 1.0, landmarks: [[0.0; 2]; 5] }
    }

    #[test]
    fn the_largest_speaks_unless_the_originals_rule_is_wanted() {
        let picked = |widths: &[f64]| {
            let faces: Vec<Face> = widths.iter().map(|width| face(*width)).collect();
            (largest(&faces), original(&faces))
        };
        assert_eq!(picked(&[]), (None, None));
        assert_eq!(picked(&[3.0]), (Some(0), Some(0)));
        assert_eq!(picked(&[3.0, 9.0, 4.0, 2.0]), (Some(1), Some(2)));
        assert_eq!(picked(&[5.0, 5.0, 1.0]), (Some(0), Some(0)));
    }
}
