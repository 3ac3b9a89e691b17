//! What a sitter's mouth, brows, glasses and turn of the head look like lies where the landmarks say it does.

use avatar_samples::portrait::{self, Area, Landmarks, MouthLook, Point, PortraitSpec};
use image::RgbImage;

/// Leaning and turned heads of all complexions.
const HEADS: [(u64, f32, f32); 6] =
    [(23, 0.0, 0.0), (1, 6.0, 20.0), (3, -8.0, -15.0), (4, 0.0, 35.0), (9, 0.0, -40.0), (2, 5.0, -25.0)];

#[test]
fn pictures_without_a_look_are_what_they_were_before_there_were_looks() {
    for (size, seed, hash) in [((96, 96), 23, 0xdae7_2461_a48c_7342), ((72, 96), 6, 0xd763_d1f9_b3f8_ab75_u64)] {
        let picture = portrait::render(&PortraitSpec { size, seed, ..PortraitSpec::default() });
        assert_eq!(fnv(picture.as_raw()), hash, "seed {seed}");
    }
}

#[test]
fn closed_lips_meet_from_corner_to_corner() {
    for spec in specs(MouthLook::Closed) {
        let Landmarks { lips, mouth, mouth_corners, .. } = spec.landmarks();
        assert_eq!(lips.upper, lips.lower);
        assert_eq!([lips.upper[0], lips.upper[4], lips.upper[8]], [mouth_corners[0], mouth, mouth_corners[1]]);
    }
}

#[test]
fn a_smile_is_full_of_bright_teeth_between_red_lips() {
    for spec in specs(MouthLook::Smile) {
        let (picture, truth) = (portrait::render(&spec), spec.landmarks());
        for step in 2..=6 {
            for share in [0.3, 0.5, 0.7] {
                let color = seen(&picture, between(truth.lips.upper[step], truth.lips.lower[step], share));
                assert!(bright(color) > 120.0, "{spec:?} step {step} {share}: teeth are bright, not {color:?}");
                assert!(red(color).abs() < 0.12, "{spec:?} step {step} {share}: teeth are colourless, not {color:?}");
            }
        }
        check_lips(&picture, &spec);
    }
}

#[test]
fn an_open_mouth_is_a_dark_gap_with_teeth_above_between_red_lips() {
    for spec in specs(MouthLook::Open) {
        let (picture, truth) = (portrait::render(&spec), spec.landmarks());
        let upright = PortraitSpec { turn: 0.0, ..spec.clone() }.landmarks();
        let gap = distance(upright.lips.upper[4], upright.lips.lower[4]) / distance(upright.eyes[0], upright.eyes[1]);
        assert!((0.2..=0.25).contains(&gap), "{spec:?}: the gap is {gap}");
        for step in 2..=6 {
            let color = seen(&picture, between(truth.lips.upper[step], truth.lips.lower[step], 0.55));
            assert!(bright(color) < 60.0, "{spec:?} step {step}: it is dark inside, not {color:?}");
        }
        let tooth = seen(&picture, between(truth.lips.upper[4], truth.lips.lower[4], 0.15));
        assert!(bright(tooth) > 70.0 && red(tooth) < 0.15, "{spec:?}: teeth above, not {tooth:?}");
        check_lips(&picture, &spec);
    }
}

#[test]
fn brows_are_dark_hair_and_strong_ones_are_thicker_and_closer_to_the_eye() {
    // People without hair over their brows, upright: boxes around leaning brows hold more skin.
    for (seed, turn) in [(1, 0.0), (3, 20.0), (4, -30.0)] {
        let usual = PortraitSpec { size: (360, 360), seed, turn, ..PortraitSpec::default() };
        let strong = PortraitSpec { brows: 2.0, ..usual.clone() };
        let (usual, strong) = (Brows::of(&usual), Brows::of(&strong));
        for side in 0..2 {
            let (one, two) = (usual.truth.brows[side], strong.truth.brows[side]);
            assert!(two.height > 1.35 * one.height && two.y + two.height > one.y + one.height, "{one:?} {two:?}");
            let lid = strong.truth.lids[side][0].y;
            assert!(two.y + two.height < lid, "seed {seed}: {two:?} above the lid at {lid}");
            for brows in [&usual, &strong] {
                let area = brows.truth.brows[side];
                let inside = brows.dark_share(side, &area);
                assert!(inside > 0.25, "seed {seed} side {side}: {inside} of {area:?} is dark");
                let (x, y) = (area.x + 0.25 * area.width, area.y - 0.5 * area.height - 2.0);
                let above = Area { x, y, width: 0.5 * area.width, height: 0.5 * area.height };
                let outside = brows.dark_share(side, &above);
                assert!(outside < 0.02, "seed {seed} side {side}: {outside} above {area:?} is dark");
            }
            assert!(strong.dark_share(side, &two) > usual.dark_share(side, &one), "seed {seed} side {side}");
        }
    }
}

#[test]
fn lids_end_at_their_lashes_and_eyes_turn_with_the_head() {
    for spec in specs(MouthLook::Closed) {
        let (picture, truth) = (portrait::render(&spec), spec.landmarks());
        for side in 0..2 {
            let (eye, [above, below]) = (truth.eyes[side], truth.lids[side]);
            assert!(bright(seen(&picture, eye)) < 70.0, "{spec:?}: a pupil is dark");
            let lash = bright(seen(&picture, above));
            assert!(lash < 90.0, "{spec:?}: {lash} at the upper lid's edge");
            assert!(above.y < eye.y && eye.y < below.y, "{spec:?}");
            let open = distance(above, below) / distance(truth.mouth, truth.chin);
            assert!((0.2..0.6).contains(&open), "{spec:?}: the lids are {open} apart");
        }
    }
}

#[test]
fn glasses_are_dark_rims_around_eyes_that_stay_as_they_are() {
    for bare in specs(MouthLook::Closed) {
        let worn = PortraitSpec { glasses: true, ..bare.clone() };
        let truth = worn.landmarks();
        assert_eq!(truth, bare.landmarks());
        let (with, without) = (portrait::render(&worn), portrait::render(&bare));
        let face = distance(truth.chin, between(truth.eyes[0], truth.eyes[1], 0.5));
        for [_, lid] in truth.lids {
            let down = |share: f32| toward(lid, between(truth.eyes[0], truth.eyes[1], 0.5), truth.chin, share * face);
            let darkest = |picture: &RgbImage| {
                (20..60).map(|step| bright(seen(picture, down(step as f32 / 250.0)))).fold(f32::MAX, f32::min)
            };
            let (rim, skin) = (darkest(&with), darkest(&without));
            assert!(rim < 0.75 * skin, "{worn:?}: {rim} at the rim, {skin} without glasses");
        }
        for eye in truth.eyes {
            let (seen, bare) = (bright(seen(&with, eye)), bright(seen(&without, eye)));
            assert!((seen - bare).abs() < 12.0, "{worn:?}: {seen} through the glasses, {bare} without");
        }
    }
}

#[test]
fn a_turned_face_shifts_to_its_side_and_foreshortens_there() {
    for seed in [1, 3, 9] {
        let [left, ahead, right] =
            [-30.0, 0.0, 30.0].map(|turn| PortraitSpec { seed, turn, ..PortraitSpec::default() }.landmarks());
        assert!(left.mouth.x < ahead.mouth.x - 10.0 && ahead.mouth.x + 10.0 < right.mouth.x);
        let halves = |truth: &Landmarks| {
            let [first, last] = truth.mouth_corners;
            (truth.mouth.x - first.x) / (last.x - truth.mouth.x)
        };
        assert!(halves(&left) < 0.9 && (halves(&ahead) - 1.0).abs() < 0.01 && halves(&right) > 1.1);
        let apart = |truth: &Landmarks| distance(truth.eyes[0], truth.eyes[1]);
        assert!(apart(&right) < 0.9 * apart(&ahead) && (apart(&right) - apart(&left)).abs() < 0.5);
    }
}

/// A painted face with its brows.
struct Brows {
    picture: RgbImage,
    truth: Landmarks,
}

impl Brows {
    fn of(spec: &PortraitSpec) -> Self {
        Self { picture: portrait::render(spec), truth: spec.landmarks() }
    }

    /// The share of an area that is much darker than the skin between the brow and the hairline.
    fn dark_share(&self, side: usize, area: &Area) -> f32 {
        let brow = self.truth.brows[side];
        let forehead = Point { y: brow.y - 0.25 * (brow.y - self.truth.face.y), ..brow.center() };
        let skin = bright(seen(&self.picture, forehead));
        let (mut dark, mut all) = (0.0, 0.0);
        for y in area.y as u32 + 1..(area.y + area.height) as u32 {
            for x in area.x as u32 + 1..(area.x + area.width) as u32 {
                all += 1.0;
                if bright(self.picture.get_pixel(x, y).0.map(f32::from)) < 0.75 * skin {
                    dark += 1.0;
                }
            }
        }
        dark / all
    }
}

fn specs(mouth: MouthLook) -> impl Iterator<Item = PortraitSpec> {
    HEADS.into_iter().map(move |(seed, tilt, turn)| PortraitSpec {
        size: (360, 360),
        seed,
        tilt,
        turn,
        mouth,
        ..PortraitSpec::default()
    })
}

/// Both lips are red, and pinker than the skin of the chin; the palest lips are a third skin.
fn check_lips(picture: &RgbImage, spec: &PortraitSpec) {
    let Landmarks { lips, eyes, mouth, chin, .. } = spec.landmarks();
    let brow = between(eyes[0], eyes[1], 0.5);
    let thick = 0.02 * distance(brow, chin);
    let skin = yellow(seen(picture, between(lips.lower[4], chin, 0.85)));
    let mean = |points: [Point; 3]| {
        let colors = points.map(|point| seen(picture, point));
        std::array::from_fn(|channel| colors.iter().map(|color| color[channel] / 3.0).sum())
    };
    let upper = mean([3, 4, 5].map(|step| toward(lips.upper[step], mouth, brow, thick)));
    let lower = mean([3, 4, 5].map(|step| toward(lips.lower[step], brow, chin, thick)));
    for color in [upper, lower] {
        assert!(red(color) > 0.22, "{spec:?}: {color:?} is not red");
        assert!(yellow(color) < 0.95 * skin, "{spec:?}: {color:?} is as yellow as skin, {skin}");
    }
}

/// A point `way` pixels from another one in the direction in which `end` lies from `start`.
fn toward(point: Point, start: Point, end: Point, way: f32) -> Point {
    let share = way / distance(start, end);
    Point { x: point.x + share * (end.x - start.x), y: point.y + share * (end.y - start.y) }
}

fn between(start: Point, end: Point, share: f32) -> Point {
    Point { x: start.x + share * (end.x - start.x), y: start.y + share * (end.y - start.y) }
}

fn distance(one: Point, other: Point) -> f32 {
    (one.x - other.x).hypot(one.y - other.y)
}

/// The mean colour of the nine pixels around a point, 0 to 255.
fn seen(picture: &RgbImage, point: Point) -> [f32; 3] {
    let mut sum = [0.0; 3];
    for dy in 0..3 {
        for dx in 0..3 {
            let color = picture.get_pixel(point.x as u32 + dx - 1, point.y as u32 + dy - 1).0;
            for (sum, value) in sum.iter_mut().zip(color) {
                *sum += f32::from(value) / 9.0;
            }
        }
    }
    sum
}

fn bright(color: [f32; 3]) -> f32 {
    color.iter().sum::<f32>() / 3.0
}

/// How far red stands above green and blue, as a share of red.
fn red([red, green, blue]: [f32; 3]) -> f32 {
    1.0 - (green + blue) / (2.0 * red)
}

/// The hue from red, 0, to yellow, 1: skin is yellower than lips are.
fn yellow([red, green, blue]: [f32; 3]) -> f32 {
    (green - blue) / (red - blue)
}

/// The hash of Fowler, Noll and Vo (FNV-1a, 64 bits).
fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
