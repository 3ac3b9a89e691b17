//! A face whose points a network has found: MediaPipe's face mesh.

use avatar_mediapipe::FaceMesh;
use image::RgbImage;

use super::crop::Crop;
use super::frame::Frame;
use super::head::{Head, Relief};
use super::lids::Lids;
use super::mouth::Mouth;
use super::parts::Geometry;
use super::row::Row;
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
const LEAST_HALF_WIDTH: f32 = 0.06;
/// Of a face that is seen so little nothing can be told: pixels to a unit, how much of its width is left, and how wide mouth and
/// head are, in units of the face.
const LEAST_UNIT: f32 = 4.0;
const LEAST_FLATNESS: f32 = 0.12;
const LEAST_MOUTH: f32 = 0.15;
const LEAST_HEAD: f32 = 0.5;

/// The face that a mesh in pixels of the picture shows; none where it is flattened to nothing, as in profile.
pub(crate) fn by_mesh(picture: &RgbImage, mesh: &FaceMesh) -> Option<Geometry> {
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
    let ends = MOUTH_CORNERS.map(|[outer, inner]| 0.5 * (face(outer)[0] + face(inner)[0]));
    let temples = TEMPLES.map(|index| face(index)[0]);
    let is_seen = unit >= LEAST_UNIT && frame.flatness() >= LEAST_FLATNESS;
    if !is_seen || ends[1] - ends[0] < LEAST_MOUTH || temples[1] - temples[0] < LEAST_HEAD {
        return None;
    }
    let lips = [UPPER_LIP, LOWER_LIP].map(|lip| Row::along(&lip.map(face), ends));
    let mut mouth = Mouth::between(ends, lips, mesh.presence);
    // Of closed lips the picture need not be read.
    if mouth.gap() > 0.0 {
        mouth.look_for_teeth(&Crop::new(picture, &frame));
    }
    let away = cross(across, down);
    let depth = |index: usize| dot(point(index), away) / unit;
    Some(Geometry {
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
    })
}

/// The lids of an eye; the left one in the picture is 0.
fn lids(eye: usize, face: impl Fn(usize) -> [f32; 2] + Copy, presence: f32) -> Lids {
    let ends = EYE_CORNERS[eye].map(|corner| face(corner)[0]);
    let row = |points: &[usize]| Row::along(&points.iter().map(|&point| face(point)).collect::<Vec<_>>(), ends);
    let (upper, lower) = (row(&UPPER_LIDS[eye]), row(&LOWER_LIDS[eye]));
    // An eye that is seen from the side is narrower than it is open, and hidden at last.
    let half_width = (0.5 * (ends[1] - ends[0])).max(LEAST_HALF_WIDTH);
    let open = (lower.at(0.0) - upper.at(0.0)) / half_width;
    Lids {
        centre: 0.5 * (ends[0] + ends[1]),
        half_width,
        upper,
        lower: lower.with(&upper, f32::max),
        brow: row(&BROWS[eye]),
        sure: if half_width > LEAST_HALF_WIDTH { presence * rise(OPEN.0, OPEN.1, open) } else { 0.0 },
    }
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

#[cfg(test)]
mod tests {
    use avatar_mediapipe::{MediaPipe, POINTS};
    use avatar_prerequisites::real_weights;
    use avatar_samples::portrait::{self, MouthLook, Point, PortraitSpec};

    use super::*;

    /// Pixels to a unit of the heads that are made here.
    const UNIT: f32 = 100.0;

    /// The mesh of a head that is turned by so many degrees and whose mouth is open by so much, in units; the parts that are
    /// not read lie between its eyes.
    fn mesh(yaw: f32, gap: f32) -> FaceMesh {
        let mut points = vec![[0.0; 3]; POINTS];
        let mut row = |numbers: &[usize], [left, right]: [f32; 2], v: f32, bend: f32, depth: f32| {
            for (index, &number) in numbers.iter().enumerate() {
                let x = 2.0 * index as f32 / (numbers.len() - 1) as f32 - 1.0;
                points[number] = [left + (right - left) * 0.5 * (x + 1.0), v + bend * (1.0 - x * x), depth];
            }
        };
        for (eye, middle) in [-0.5, 0.5].into_iter().enumerate() {
            let ends = [middle - 0.22, middle + 0.22];
            row(&UPPER_LIDS[eye], ends, 0.0, -0.1, 0.0);
            row(&LOWER_LIDS[eye], ends, 0.0, 0.08, 0.0);
            row(&BROWS[eye], [middle - 0.3, middle + 0.3], -0.3, -0.06, 0.0);
        }
        let ends = [-0.36, 0.36];
        row(&UPPER_LIP, ends, 1.1, 0.0, -0.1);
        row(&LOWER_LIP, ends, 1.1, gap, -0.1);
        row(&[MOUTH_CORNERS[0][0], MOUTH_CORNERS[1][0]], [-0.4, 0.4], 1.1, 0.0, -0.1);
        row(&TEMPLES, [-1.1, 1.1], 0.1, 0.0, 0.7);
        row(&[JAWS[0][0], JAWS[1][0]], [-0.95, 0.95], 1.1, 0.0, 0.6);
        row(&[JAWS[0][1], JAWS[1][1]], [-0.9, 0.9], 1.2, 0.0, 0.6);
        points[FOREHEAD] = [0.0, -0.9, 0.0];
        points[CHIN] = [0.0, 1.7, 0.0];
        points[NOSE] = [0.0, 0.6, -0.5];
        let (sin, cos) = yaw.to_radians().sin_cos();
        for [x, y, z] in &mut points {
            let turned = [*x * cos - *z * sin, *y, (*x * sin + *z * cos) / DEEPER];
            [*x, *y, *z] = [300.0 + UNIT * turned[0], 250.0 + UNIT * turned[1], UNIT * turned[2]];
        }
        FaceMesh { points, presence: 1.0 }
    }

    fn seen(yaw: f32, gap: f32) -> Geometry {
        by_mesh(&RgbImage::from_pixel(600, 500, image::Rgb([180, 150, 130])), &mesh(yaw, gap)).expect("it is seen")
    }

    #[test]
    fn a_face_in_profile_is_none_to_the_mesh() {
        assert!(by_mesh(&RgbImage::new(600, 500), &mesh(89.0, 0.0)).is_none());
        let all_in_one = FaceMesh { points: vec![[300.0, 250.0, 0.0]; POINTS], presence: 1.0 };
        assert!(by_mesh(&RgbImage::new(600, 500), &all_in_one).is_none());
    }

    #[test]
    fn a_turned_head_is_measured_in_its_own_frame() {
        for yaw in [0.0, 20.0, -35.0] {
            let Geometry { frame, eyes, mouth, chin, head } = seen(yaw, 0.0);
            assert!((head.yaw.unwrap() - yaw.abs()).abs() < 1.0, "{:?} for {yaw}", head.yaw);
            assert!((frame.unit() - UNIT).abs() < 1.0, "{} for {yaw}", frame.unit());
            assert!((chin - 1.7).abs() < 0.02 && (mouth.level() - 1.1).abs() < 0.02);
            assert!((mouth.half_width - 0.38).abs() < 0.02, "{} for {yaw}", mouth.half_width);
            for lids in eyes {
                assert!(
                    (lids.half_width - 0.22).abs() < 0.01
                        && (lids.lower.at(0.0) - lids.upper.at(0.0) - 0.18).abs() < 0.02
                        && lids.sure == 1.0
                );
                assert!((lids.brow.at(0.0) + 0.36).abs() < 0.02);
            }
            // The far side of the jaw is seen narrower than the near one.
            let [left, right] = head.jaws.map(f32::abs);
            assert_eq!(yaw == 0.0, (left - right).abs() < 0.02, "{left} and {right} for {yaw}");
        }
    }

    #[test]
    fn closed_eyes_are_not_sure_and_parted_lips_are_seen() {
        let mut closed = mesh(0.0, 0.2);
        for (upper, lower) in UPPER_LIDS[0].into_iter().zip(LOWER_LIDS[0]) {
            closed.points[lower][1] = closed.points[upper][1] + 1.0;
        }
        let geometry = by_mesh(&RgbImage::new(600, 500), &closed).unwrap();
        assert!(geometry.eyes[0].sure == 0.0 && geometry.eyes[1].sure == 1.0);
        assert!((geometry.mouth.gap() - 0.2).abs() < 0.02 && geometry.mouth.is_open());
        assert_eq!(seen(0.0, 0.01).mouth.gap(), 0.0);
    }

    #[test]
    fn the_nose_stands_out_and_the_temples_do_not() {
        let relief = seen(0.0, 0.0).head.relief.unwrap();
        assert!(relief.at(0.0, 0.6) > 0.9 && relief.at(1.1, 0.1) < 0.1);
    }

    /// What the real network sees of painted faces, where its files are.
    #[test]
    fn painted_faces_are_measured_where_they_were_painted() {
        let Some(blaze) = real_weights("blaze_face.onnx") else { return };
        let network = MediaPipe::load(blaze.parent().unwrap()).unwrap();
        for (seed, mouth, turn) in [
            (4, MouthLook::Closed, 0.0),
            (12, MouthLook::Smile, 0.0),
            (23, MouthLook::Open, 0.0),
            (4, MouthLook::Closed, 25.0),
            (23, MouthLook::Closed, -30.0),
        ] {
            let spec = PortraitSpec { seed, mouth, turn, ..PortraitSpec::default() };
            let (picture, truth) = (portrait::render(&spec), spec.landmarks());
            let middle = truth.face.center();
            let mesh = network.mesh(&picture, [middle.x, middle.y]).expect("a face is found");
            let measured = by_mesh(&picture, &mesh).expect("it is seen");
            let face = |point: Point| measured.frame.to_face(point.x, point.y);
            let miss = |[u, v]: [f32; 2], point: Point| {
                let [x, y] = face(point);
                (u - x).hypot(v - y)
            };
            let Mouth { centre, half_width, upper, lower, .. } = &measured.mouth;
            let mouth_miss = miss([*centre, upper.at(0.0)], truth.lips.upper[4])
                .max(miss([*centre, lower.at(0.0)], truth.lips.lower[4]));
            assert!(mouth_miss < 0.1, "seed {seed} {mouth:?} {turn}: lips {mouth_miss:.3}");
            for (side, corner) in [(-1.0, truth.mouth_corners[0]), (1.0, truth.mouth_corners[1])] {
                let corner = miss([centre + side * half_width, upper.at(side)], corner);
                assert!(corner < 0.16, "seed {seed} {mouth:?} {turn}: corner {corner:.3}");
            }
            for (lids, [top, bottom]) in measured.eyes.iter().zip(truth.lids) {
                let lids_miss =
                    (face(top)[1] - lids.upper.highest()).abs().max((face(bottom)[1] - lids.lower.lowest()).abs());
                assert!(lids_miss < 0.08, "seed {seed} {mouth:?} {turn}: lids {lids_miss:.3}");
            }
            let yaw = measured.head.yaw.unwrap();
            assert!((yaw - turn.abs()).abs() < 15.0, "seed {seed}: turned by {yaw:.0} instead of {turn}");
        }
    }
}
