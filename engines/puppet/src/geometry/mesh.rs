//! A face whose points a network has found: MediaPipe's face mesh.

use avatar_mediapipe::FaceMesh;
use image::RgbImage;

use super::crop::Crop;
use super::row::Row;
use super::{Frame, Geometry, Head, Lids, Mouth, Relief};
use crate::curve::rise;

/// Points of the mesh, by number, from left to right in the picture.
const EYE_CORNERS: [[usize; 2]; 2] = [[33, 133], [362, 263]];
const UPPER_LIDS: [[usize; 9]; 2] =
    [[33, 246, 161, 160, 159, 158, 157, 173, 133], [362, 398, 384, 385, 386, 387, 388, 466, 263]];
const LOWER_LIDS: [[usize; 9]; 2] =
    [[33, 7, 163, 144, 145, 153, 154, 155, 133], [362, 382, 381, 380, 374, 373, 390, 249, 263]];
const BROWS: [[usize; 5]; 2] = [[46, 53, 52, 65, 55], [285, 295, 282, 283, 276]];
const UPPER_LIP: [usize; 11] = [78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308];
const LOWER_LIP: [usize; 11] = [78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308];
/// The corners of the lips' outer contour and those of the inner one.
const MOUTH_CORNERS: [[usize; 2]; 2] = [[61, 78], [291, 308]];
/// The outline of the face beside the mouth, and before the ears.
const JAWS: [[usize; 2]; 2] = [[58, 172], [288, 397]];
const TEMPLES: [usize; 2] = [234, 454];
const FOREHEAD: usize = 10;
const CHIN: usize = 152;
const NOSE: usize = 4;

/// The mesh is too flat: heads that are turned by 25 degrees come out as turned by 14.
const DEEPER: f32 = 1.7;
/// Of the mesh's points, one of so many is enough to know how far the face stands out.
const RELIEF_EVERY: usize = 6;
/// Points of the face without the irises.
const FACE_POINTS: usize = 468;
/// Eyes that are open by less than this share of their half width are closed already; by more than the second, surely not.
const OPEN: (f32, f32) = (0.16, 0.3);
/// Half the width of an eye that is hardly seen, in units of the face.
const LEAST_HALF_WIDTH: f32 = 0.09;

/// The face that a mesh in pixels of the picture shows.
pub(super) fn geometry(picture: &RgbImage, mesh: &FaceMesh) -> Geometry {
    let point = |index: usize| {
        let [x, y, z] = mesh.points[index];
        [x, y, DEEPER * z]
    };
    let eyes = EYE_CORNERS.map(|[left, right]| middle(point(left), point(right)));
    let (across, unit) = directed(minus(eyes[1], eyes[0]));
    let down = minus(point(CHIN), point(FOREHEAD));
    let lean = dot(down, across);
    let (down, _) = directed(minus(down, across.map(|value| lean * value)));
    let origin = middle(eyes[0], eyes[1]);
    let step = |axis: [f32; 3]| [unit * axis[0], unit * axis[1]];
    let frame = Frame::new([origin[0], origin[1]], step(across), step(down));

    let face = |index: usize| frame.to_face(mesh.points[index][0], mesh.points[index][1]);
    let crop = Crop::new(picture, &frame);
    let ends = MOUTH_CORNERS.map(|[outer, inner]| 0.5 * (face(outer)[0] + face(inner)[0]));
    let lips = [UPPER_LIP, LOWER_LIP].map(|lip| Row::along(&lip.map(face), ends));
    let mouth = Mouth::between(&crop, ends, lips, mesh.presence);
    let away = cross(across, down);
    let depth = |index: usize| dot(point(index), away) / unit;
    let temples = TEMPLES.map(|index| face(index)[0]);
    Geometry {
        frame,
        eyes: [0, 1].map(|eye| lids(eye, face, mesh.presence)),
        chin: face(CHIN)[1],
        head: Head {
            centre: 0.5 * (temples[0] + temples[1]),
            half_width: 0.5 * (temples[1] - temples[0]),
            jaws: JAWS.map(|[upper, lower]| 0.5 * (face(upper)[0] + face(lower)[0]) - mouth.centre),
            relief: Some(relief(face, depth)),
            yaw: Some(across[2].atan2(across[0].hypot(across[1])).to_degrees().abs()),
        },
        mouth,
    }
}

/// The lids of an eye; the left one in the picture is 0.
fn lids(eye: usize, face: impl Fn(usize) -> [f32; 2] + Copy, presence: f32) -> Lids {
    let ends = EYE_CORNERS[eye].map(|corner| face(corner)[0]);
    let row = |points: &[usize]| Row::along(&points.iter().map(|&point| face(point)).collect::<Vec<_>>(), ends);
    let (upper, lower) = (row(&UPPER_LIDS[eye]), row(&LOWER_LIDS[eye]));
    let half_width = 0.5 * (ends[1] - ends[0]);
    let lids = Lids {
        centre: 0.5 * (ends[0] + ends[1]),
        half_width,
        upper,
        lower: lower.with(&upper, f32::max),
        brow: row(&BROWS[eye]),
        sure: presence,
    };
    // An eye that is seen from the side is narrower than it is open.
    let open = lids.opening() / half_width.max(LEAST_HALF_WIDTH);
    Lids { sure: presence * rise(OPEN.0, OPEN.1, open), ..lids }
}

/// How far points of the face stand out: 0 at the temples, 1 at the tip of the nose.
fn relief(face: impl Fn(usize) -> [f32; 2], depth: impl Fn(usize) -> f32) -> Relief {
    let ears = 0.5 * (depth(TEMPLES[0]) + depth(TEMPLES[1]));
    let nose = (ears - depth(NOSE)).max(0.1);
    let points = (0..FACE_POINTS).step_by(RELIEF_EVERY).chain([NOSE, CHIN, FOREHEAD]).chain(TEMPLES);
    Relief(points.map(|index| (face(index), ((ears - depth(index)) / nose).clamp(0.0, 1.0))).collect())
}

fn middle(a: [f32; 3], b: [f32; 3]) -> [f32; 3] {
    std::array::from_fn(|axis| 0.5 * (a[axis] + b[axis]))
}

fn minus(a: [f32; 3], b: [f32; 3]) -> [f32; 3] {
    std::array::from_fn(|axis| a[axis] - b[axis])
}

fn dot(a: [f32; 3], b: [f32; 3]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn cross([ax, ay, az]: [f32; 3], [bx, by, bz]: [f32; 3]) -> [f32; 3] {
    [ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx]
}

/// The direction of a step, and its length.
fn directed(step: [f32; 3]) -> ([f32; 3], f32) {
    let length = dot(step, step).sqrt().max(1.0);
    (step.map(|value| value / length), length)
}
