//! A drawn face in good and in bad light, sharp and blurred, from the front and from the side.

use image::{Rgb, RgbImage, imageops};

use super::*;

const FACE: Face = Face { x: 30.0, y: 20.0, width: 200.0, height: 200.0, score: 20.0 };

/// Eyes, nose and mouth on skin, in a box of 200 at (30, 20); `turn` moves them to the side.
fn drawn(turn: f32) -> RgbImage {
    let spot = |x: f32, y: f32, at: (f32, f32), size: (f32, f32)| {
        ((x - at.0) / size.0).powi(2) + ((y - at.1) / size.1).powi(2) < 1.0
    };
    RgbImage::from_fn(260, 240, |x, y| {
        let (x, y) = ((x as f32 - 130.0) / 100.0, (y as f32 - 120.0) / 100.0);
        let dark = [(-0.4, -0.2), (0.4, -0.2)].iter().any(|&(eye, up)| spot(x, y, (eye + turn, up), (0.16, 0.09)))
            || spot(x, y, (turn, 0.5), (0.3, 0.08))
            || spot(x, y, (1.2 * turn, 0.15), (0.06, 0.2));
        let texture = ((x * 90.0).sin() * (y * 80.0).sin() * 8.0) as i32;
        Rgb(if dark { [60, 40, 40] } else { [200, 160, 140] }.map(|level| (level + texture) as u8))
    })
}

fn looks(picture: &RgbImage) -> Looks {
    Looks::of(Part::from(picture), &FACE).unwrap()
}

fn levels(picture: &RgbImage, change: impl Fn(f32) -> f32) -> RgbImage {
    let mut changed = picture.clone();
    changed.iter_mut().for_each(|level| *level = change(f32::from(*level)).clamp(0.0, 255.0) as u8);
    changed
}

#[test]
fn light_is_told() {
    let good = looks(&drawn(0.0));
    assert!((150.0..200.0).contains(&good.light) && good.white == 0.0, "{good:?}");
    let dark = looks(&levels(&drawn(0.0), |level| level * 0.2));
    assert!(dark.light < 40.0, "{dark:?}");
    let white = looks(&levels(&drawn(0.0), |level| level * 2.0));
    assert!(white.white > 0.6 && white.light > 250.0, "{white:?}");
}

#[test]
fn blur_is_told_whatever_its_direction_and_the_size() {
    let sharp = looks(&drawn(0.0)).sharpness;
    assert!(sharp > 0.1, "{sharp}");
    let blurred = looks(&imageops::blur(&drawn(0.0), 5.0)).sharpness;
    assert!(blurred < 0.045, "{blurred}");
    let pale = levels(&imageops::blur(&drawn(0.0), 5.0), |level| 150.0 + level / 6.0);
    let (pale, crisp) = (looks(&pale), looks(&levels(&drawn(0.0), |level| 150.0 + level / 6.0)));
    assert!(pale.sharpness < 0.06 && crisp.sharpness > 0.1, "with little contrast: {pale:?} {crisp:?}");
    let picture = drawn(0.0);
    let moved = RgbImage::from_fn(260, 240, |x, y| {
        let sum = (0..24).map(|k| picture.get_pixel((x + k).min(259), y).0.map(u32::from));
        Rgb(sum.fold([0; 3], |a: [u32; 3], b| [a[0] + b[0], a[1] + b[1], a[2] + b[2]]).map(|s| (s / 24) as u8))
    });
    assert!(looks(&moved).sharpness < 0.06, "{:?}", looks(&moved));
    let large = imageops::resize(&picture, 1040, 960, imageops::FilterType::Triangle);
    let at_four = Face { x: 120.0, y: 80.0, width: 800.0, height: 800.0, score: 20.0 };
    let large = Looks::of(Part::from(&large), &at_four).unwrap().sharpness;
    assert!((large / sharp - 1.0).abs() < 0.3, "{large} and {sharp}");
}

#[test]
fn a_turn_is_told() {
    let turns = [0.0, 0.1, 0.3].map(|turn| looks(&drawn(turn)).asymmetry);
    assert!(turns[0] < 0.1 && turns[2] > 0.7, "{turns:?}");
    assert!((looks(&drawn(-0.3)).asymmetry - turns[2]).abs() < 0.2, "to either side");
    let beside = Face { x: FACE.x + 6.0, ..FACE };
    let beside = Looks::of(Part::from(&drawn(0.0)), &beside).unwrap().asymmetry;
    assert!(beside < 0.2, "a box that lies beside the face makes it no turned one: {beside}");
}

#[test]
fn boxes_beyond_the_picture_are_cut_to_it() {
    let picture = drawn(0.0);
    let beyond = Face { x: 150.0, y: 130.0, ..FACE };
    assert!(Looks::of(Part::from(&picture), &beyond).is_some());
    assert_eq!(Looks::of(Part::from(&picture), &Face { x: 258.0, ..FACE }), None);
    assert_eq!(Looks::of(Part::from(&picture), &Face { width: 0.0, ..FACE }), None);
}
