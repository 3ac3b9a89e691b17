//! Which of the faces in a picture speaks.

use super::mtcnn::Face;

/// Faces of a lower probability, or of this one, are not used.
const SURE: f64 = 0.8;

/// Whether it is sure enough that this is a face.
#[must_use]
pub fn is_sure(face: &Face) -> bool {
    f64::from(face.probability) > SURE
}

/// The place of the largest face that is sure enough; of equal ones, the first.
#[must_use]
pub fn speaking(faces: &[Face]) -> Option<usize> {
    let sure = (0..faces.len()).rev().filter(|&place| is_sure(&faces[place]));
    sure.max_by(|&a, &b| faces[a].area().total_cmp(&faces[b].area()))
}
