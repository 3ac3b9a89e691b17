//! Where is looked, how often, and what becomes of what is seen, with a detector whose faces are red and blue squares.

use std::sync::atomic::{AtomicU32, Ordering};

use image::{Rgb, RgbImage, imageops};

use super::*;

const FRAME: u32 = 96;
const RED: [u8; 3] = [255, 0, 0];
const BLUE: [u8; 3] = [0, 0, 255];

/// Finds one face in what it is shown: red hair above a blue chin, 8 pixels across at least.
#[derive(Default)]
struct Eye(AtomicU32);

impl FaceDetector for Eye {
    fn detect(&self, picture: &RgbImage) -> Vec<Face> {
        self.0.fetch_add(1, Ordering::Relaxed);
        assert!(picture.width().max(picture.height()) <= FRAME, "{:?}", picture.dimensions());
        let is = |colour: [u8; 3]| move |pixel: &Rgb<u8>| pixel.0.iter().zip(colour).all(|(a, b)| a.abs_diff(b) < 90);
        let (Some(hair), Some(chin)) = (extent(picture, is(RED)), extent(picture, is(BLUE))) else { return vec![] };
        let (x, y) = (hair.0 as f32, hair.1 as f32);
        let (width, height) = (hair.2 as f32 + 1.0 - x, chin.3 as f32 + 1.0 - y);
        let is_upright = chin.1 > hair.1 && chin.3 > hair.3 && hair.0.abs_diff(chin.0) <= 2;
        let is_square = (0.6..1.6).contains(&(width / height));
        if is_upright && is_square && width >= 8.0 { vec![Face { x, y, width, height, score: 20.0 }] } else { vec![] }
    }

    fn frame(&self) -> u32 {
        FRAME
    }
}

/// Left, top, right and bottom of the pixels of a kind.
fn extent(picture: &RgbImage, is: impl Fn(&Rgb<u8>) -> bool) -> Option<(u32, u32, u32, u32)> {
    let mut places = picture.enumerate_pixels().filter(|(_, _, pixel)| is(pixel)).map(|(x, y, _)| (x, y, x, y));
    let first = places.next()?;
    Some(places.fold(first, |a, b| (a.0.min(b.0), a.1.min(b.1), a.2.max(b.2), a.3.max(b.3))))
}

fn room(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| Rgb([100, if (x / 16 + y / 16) % 2 == 0 { 160 } else { 110 }, 100]))
}

fn paint(room: &mut RgbImage, x: u32, y: u32, side: u32) {
    let face = RgbImage::from_fn(side, side, |_, down| Rgb(if down < side / 2 { RED } else { BLUE }));
    imageops::replace(room, &face, x.into(), y.into());
}

fn look(picture: &RgbImage) -> (Sight, u32) {
    let eye = Eye::default();
    let sight = Search { detector: &eye, sure_score: 8.0 }.look(Part::from(picture));
    (sight, eye.0.into_inner())
}

#[test]
fn a_large_face_takes_one_look() {
    let mut picture = room(600, 800);
    paint(&mut picture, 200, 300, 120);
    let (sight, looks) = look(&picture);
    assert_eq!((sight.faces.len(), sight.rotation, looks), (1, None, 1));
}

#[test]
fn small_faces_are_found_wherever_they_are_and_once() {
    for (x, y) in [(0, 0), (287, 400), (571, 771), (290, 0), (140, 188), (0, 385), (431, 583)] {
        // A 27th of the longer side, of which one look shows a twelfth.
        let mut picture = room(600, 800);
        paint(&mut picture, x, y, 29);
        let (sight, looks) = look(&picture);
        let [face] = sight.faces.as_slice() else { panic!("at {x}, {y}: {sight:?}") };
        assert!((face.x - x as f32).abs() < 3.0 && (face.y - y as f32).abs() < 3.0, "{x}, {y}: {face:?}");
        assert!((face.width - 29.0).abs() < 6.0 && sight.rotation.is_none(), "{face:?}");
        assert!(looks <= 1 + 3 + 9 + 25, "{looks}");
    }
}

#[test]
fn every_small_face_is_found() {
    let mut picture = room(900, 500);
    paint(&mut picture, 30, 40, 48);
    paint(&mut picture, 700, 60, 48);
    assert_eq!(look(&picture).0.faces.len(), 2);
}

#[test]
fn a_picture_that_lies_is_told_with_its_turn() {
    for side in [200, 50] {
        let mut upright = room(800, 800);
        paint(&mut upright, 300, 350, side);
        for rotation in Rotation::ALL {
            // A turn and what is left to a whole one.
            let lying = (0..(360 - rotation.degrees()) / 90).fold(upright.clone(), |p, _| imageops::rotate90(&p));
            let (sight, _) = look(&lying);
            assert_eq!((sight.rotation, sight.faces.len()), (Some(rotation), 0), "a face of {side}");
        }
    }
}

#[test]
fn looking_ends_where_nothing_is() {
    for (width, height) in [(1, 1), (3, 900), (900, 3), (97, 95), (1500, 1500), (0, 0)] {
        let (sight, looks) = look(&room(width, height));
        assert!(sight.faces.is_empty() && sight.rotation.is_none());
        assert!(looks <= 1 + 3 + 9 + 25 + 27, "{width}x{height}: {looks}");
    }
    assert_eq!(look(&RgbImage::from_pixel(900, 900, Rgb([90; 3]))).1, 0, "a wall is not looked at");
}

#[test]
fn parts_cover_the_picture_and_overlap() {
    for (length, side) in [(100, 100), (101, 100), (400, 100), (4000, 1000), (3000, 1000), (7, 3)] {
        let starts = starts(length, side);
        assert_eq!((starts[0], starts[starts.len() - 1] + side), (0, length.max(side)));
        for pair in starts.windows(2) {
            assert!(pair[1] > pair[0] && pair[1] - pair[0] <= (side as f32 * 0.75).ceil() as u32, "{starts:?}");
        }
    }
}
