//! Tests of squares around a drawn face in different layouts, and around landmarks that are none.

use std::f32::consts::PI;

use super::*;
use crate::face::landmark203;
use crate::face::landmarks::{AS_106, Layout};

/// The drawn face in the units of MediaPipe's canonical one: x to the right, y up, 0 at the nose; the eyes are 2.6 up,
/// brows 5.1 up, the lips 4.3 down, the chin 9.4 down, the hair 8.3 up.
const EYE: [[f32; 2]; 4] = [[-4.45, 2.66], [-3.2, 3.2], [-1.85, 2.58], [-3.2, 2.0]];
const LIPS: [[f32; 2]; 2] = [[-2.46, -4.34], [2.46, -4.34]];
const HAIR: [f32; 2] = [0.0, 8.3];

/// From eye height on the left over the chin to eye height on the right; `share` is 0 to 1.
fn outline(share: f32) -> [f32; 2] {
    [-7.7 * (PI * share).cos(), 2.4 - 11.8 * (PI * share).sin()]
}

fn brow(share: f32) -> [f32; 2] {
    [-6.0 + 4.7 * share, 4.3 + 0.8 * (PI * share).sin()]
}

fn mirrored([x, y]: [f32; 2]) -> [f32; 2] {
    [-x, y]
}

/// Points `count` along a curve.
fn along(count: usize, curve: impl Fn(f32) -> [f32; 2]) -> Vec<[f32; 2]> {
    (0..count).map(|index| curve(index as f32 / (count - 1) as f32)).collect()
}

fn face_of_106() -> Landmarks {
    let mut points = vec![[0.0, -1.0]; 106];
    points[..33].copy_from_slice(&along(33, outline));
    points[43..52].copy_from_slice(&along(9, brow));
    points[97..106].copy_from_slice(&along(9, |share| mirrored(brow(share))));
    for (places, turn) in [([35, 40, 39, 33], false), ([93, 94, 89, 87], true)] {
        places.into_iter().zip(EYE).for_each(|(place, at)| points[place] = if turn { mirrored(at) } else { at });
    }
    [points[52], points[61]] = LIPS;
    Landmarks { layout: Layout::InsightFace106, points }
}

fn face_of_478() -> Landmarks {
    let mut points = vec![HAIR; 478];
    AS_106.iter().for_each(|&place| points[place] = [0.0, -1.0]);
    AS_106[..23].iter().zip(along(23, outline)).for_each(|(&place, at)| points[place] = at);
    // The second row of a brow is the upper one.
    let brows = [along(5, brow), along(5, brow)].concat();
    AS_106[23..33].iter().zip(&brows).for_each(|(&place, &at)| points[place] = at);
    AS_106[33..43].iter().zip(&brows).for_each(|(&place, &at)| points[place] = mirrored(at));
    for (places, turn) in [([33, 159, 133, 145], false), ([263, 386, 362, 374], true)] {
        places.into_iter().zip(EYE).for_each(|(place, at)| points[place] = if turn { mirrored(at) } else { at });
    }
    [points[61], points[291]] = LIPS;
    Landmarks { layout: Layout::MediaPipe478, points }
}

/// Drawn in a picture: `scale` pixels per unit, turned clockwise.
fn drawn(face: &Landmarks, scale: f32, turned: f32) -> Landmarks {
    let (sin, cos) = turned.sin_cos();
    changed(face, |[x, y]| [400.0 + scale * (cos * x + sin * y), 300.0 + scale * (sin * x - cos * y)])
}

fn changed(face: &Landmarks, change: impl Fn([f32; 2]) -> [f32; 2]) -> Landmarks {
    Landmarks { points: face.points.iter().copied().map(change).collect(), ..*face }
}

const FRAMING: Framing = landmark203::FRAMING;

#[test]
fn the_mesh_leads_to_the_square_of_the_106_landmarks() {
    for (scale, turned) in [(20.0, 0.0), (3.0, 0.4), (11.0, -1.2), (7.0, PI - 0.1)] {
        let of = |face: &Landmarks| Placement::new(&drawn(face, scale, turned), &FRAMING).unwrap();
        let (expected, got) = (of(&face_of_106()), of(&face_of_478()));
        for corner in [[0.0, 0.0], [224.0, 0.0], [224.0, 224.0], [0.0, 224.0]] {
            let [x, y] = apply(&got.to_crop, apply(&expected.to_picture, corner));
            assert!((x - corner[0]).hypot(y - corner[1]) < 0.5, "{scale} {turned}: {corner:?} lies at {x} {y}");
        }
    }
}

#[test]
fn faces_stand_upright_in_the_square() {
    for turned in [0.0, 0.5, -2.0, 3.0] {
        let points = drawn(&face_of_478(), 10.0, turned);
        let placement = Placement::new(&points, &FRAMING).unwrap();
        let [left, right, chin] = [33, 263, 152].map(|place| apply(&placement.to_crop, points.points[place]));
        assert!(left[0] < right[0] && (left[1] - right[1]).abs() < 0.5, "{turned}: {left:?} {right:?}");
        assert!((chin[0] - 112.0).abs() < 0.5 && chin[1] > left[1], "{turned}: {chin:?}");
    }
}

#[test]
fn a_square_can_be_moved_along_its_own_sides() {
    for turned in [0.0, 0.7] {
        let points = drawn(&face_of_106(), 10.0, turned);
        let at = |down, right| Placement::new(&points, &Framing { down, right, ..FRAMING }).unwrap();
        // The centre of the one that is not moved, seen in the one that is.
        let centre = apply(&at(0.0, 0.0).to_picture, [112.0; 2]);
        for (down, right, seen) in [(0.25, 0.0, [112.0, 56.0]), (0.0, 0.25, [56.0, 112.0])] {
            let [x, y] = apply(&at(down, right).to_crop, centre);
            assert!((x - seen[0]).hypot(y - seen[1]) < 0.1, "{turned}: {x} {y}, not {seen:?}");
        }
    }
}

#[test]
fn points_of_the_mesh_are_taken_once() {
    let mut places = AS_106.to_vec();
    places.sort_unstable();
    places.dedup();
    assert_eq!(places.len(), AS_106.len());
    assert!(places.iter().all(|&place| place < 468), "the irises move with the gaze");
}

#[test]
fn landmarks_that_are_no_face_make_no_square() {
    let face = drawn(&face_of_106(), 10.0, 0.0);
    let with = |change: &dyn Fn(f32) -> f32| Placement::new(&changed(&face, |point| point.map(change)), &FRAMING);
    assert_eq!(with(&|_| f32::NAN), Err(CropError::NotFinite));
    assert_eq!(with(&|_| f32::NEG_INFINITY), Err(CropError::NotFinite));
    assert_eq!(with(&|_| 7.0), Err(CropError::NoExtent));
    assert_eq!(with(&|value| value * 1e35), Err(CropError::NoExtent));
    let fewer = Landmarks { points: face.points[1..].to_vec(), ..face };
    assert_eq!(Placement::new(&fewer, &FRAMING), Err(CropError::Count { got: 105, expected: 106 }));
    for value in [f32::NAN, f32::INFINITY] {
        let mut spoilt = face.clone();
        spoilt.points[105][1] = value;
        assert_eq!(Placement::new(&spoilt, &FRAMING), Err(CropError::NotFinite));
    }
    for scale in [0.0, -1.0, f32::NAN, f32::INFINITY] {
        assert_eq!(Placement::new(&face, &Framing { scale, ..FRAMING }), Err(CropError::NoExtent));
    }
    assert_eq!(Placement::new(&face, &Framing { down: f32::NAN, ..FRAMING }), Err(CropError::NoExtent));
}

#[test]
fn squares_lie_in_the_picture() {
    let image = Raster::zeros(800, 600, 3);
    let placed = |scale: f32, shift: [f32; 2]| {
        let points = changed(&drawn(&face_of_106(), scale, 0.3), |[x, y]| [x + shift[0], y + shift[1]]);
        Placement::new(&points, &FRAMING).unwrap().within(FRAMING.side, &image)
    };
    assert!(placed(10.0, [0.0; 2]).is_ok());
    // Half out of the picture is a face still.
    assert!(placed(10.0, [400.0, 0.0]).is_ok());
    for (scale, shift) in [
        (10.0, [800.0, 0.0]),
        (10.0, [-800.0, 0.0]),
        (10.0, [0.0, 700.0]),
        (10.0, [0.0, -700.0]),
        (0.5, [0.0; 2]),
        (1000.0, [0.0; 2]),
    ] {
        assert!(matches!(placed(scale, shift), Err(CropError::Outside { .. })), "{scale} {shift:?}");
    }
}
