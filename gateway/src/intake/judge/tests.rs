//! Every verdict, with the sizes, places and scores just on either side of it.

use crate::domain::upload::verdict::Turn;
use crate::intake::judge::*;

const LIMITS: Photos = Photos {
    min_side: 256,
    good_side: 512,
    min_face_pixels: 80,
    good_face_percent: 8.0,
    sure_score: 8.0,
    mediapipe: None,
};
const SIZE: (u32, u32) = (1000, 1000);

fn face(x: f32, y: f32, side: f32) -> Face {
    Face { x, y, width: side, height: side, score: 20.0 }
}

/// A face in the middle of a picture of 1000 x 1000.
fn middle(side: f32) -> Face {
    face(500.0 - side / 2.0, 500.0 - side / 2.0, side)
}

fn seen(faces: &[Face]) -> Sight {
    Sight { faces: faces.to_vec(), rotation: None }
}

fn judged(size: (u32, u32), faces: &[Face]) -> Verdict {
    judge(size, &seen(faces), Choice::default(), &LIMITS)
}

fn chosen(faces: &[Face], face: Which) -> Verdict {
    judge(SIZE, &seen(faces), Choice { face: Some(face), ..Choice::default() }, &LIMITS)
}

fn warnings(verdict: &Verdict) -> Vec<Code> {
    assert!(verdict.valid && verdict.code.is_none() && verdict.remedy.is_empty(), "{verdict:?}");
    verdict.warnings.iter().filter_map(|warning| warning.code.known()).collect()
}

#[track_caller]
fn is_refused(verdict: &Verdict, code: Code) {
    assert_eq!((verdict.valid, verdict.code), (false, Some(code)), "{verdict:?}");
    assert!(!verdict.message.is_empty() && !verdict.remedy.is_empty(), "{verdict:?}");
    assert_eq!(verdict.kept, None, "nothing is kept of a photo that is refused");
}

#[test]
fn one_clear_face_is_good() {
    let verdict = judged(SIZE, &[middle(400.0)]);
    assert_eq!(warnings(&verdict), [] as [Code; 0]);
    assert_eq!((verdict.face, verdict.crop, verdict.kept), (Some(0), None, None));
}

#[test]
fn the_shorter_side_counts() {
    let portrait = face(60.0, 60.0, 130.0);
    is_refused(&judged((255, 300), &[portrait]), Code::ImageTooSmall);
    is_refused(&judged((300, 255), &[portrait]), Code::ImageTooSmall);
    is_refused(&judged((255, 300), &[]), Code::ImageTooSmall);
    assert_eq!(warnings(&judged((256, 300), &[portrait])), [Code::ImageSmall]);
    assert_eq!(warnings(&judged((511, 600), &[face(100.0, 100.0, 250.0)])), [Code::ImageSmall]);
    assert_eq!(warnings(&judged((512, 600), &[face(100.0, 100.0, 250.0)])), [] as [Code; 0]);
}

#[test]
fn there_must_be_a_face() {
    let verdict = judged(SIZE, &[]);
    is_refused(&verdict, Code::FaceNone);
    assert_eq!(verdict.face, None);
    is_refused(&chosen(&[], Which::Largest), Code::FaceNone);
    is_refused(&chosen(&[], Which::Number(0)), Code::FaceNone);
}

#[test]
fn a_small_face_is_cut_out_with_a_warning() {
    // 8 % of 1000 x 1000 is a box of 282.8 pixels.
    for side in [80.0, 91.0, 92.0, 223.0, 282.0] {
        let verdict = judged(SIZE, &[middle(side)]);
        assert!(warnings(&verdict).contains(&Code::FaceSmall), "{verdict:?}");
        assert!(verdict.warnings.iter().any(|warning| warning.message.contains("`crop=none`")), "{verdict:?}");
        assert_eq!(verdict.crop, None, "nothing is left to do");
        let kept = verdict.kept.unwrap();
        assert!(kept.width >= 256 && kept.width == kept.height, "{kept:?}");
        let inside = face(500.0 - side / 2.0 - kept.x as f32, 500.0 - side / 2.0 - kept.y as f32, side);
        let again = judged((kept.width, kept.height), &[inside]);
        assert_eq!((again.valid, again.kept, again.crop), (true, None, None), "what was kept is kept: {again:?}");
    }
    let verdict = judged(SIZE, &[middle(223.0)]);
    assert_eq!(verdict.kept, Some(Region { x: 188, y: 219, width: 624, height: 624 }));
    let verdict = judged(SIZE, &[middle(283.0)]);
    assert_eq!((warnings(&verdict).len(), verdict.crop, verdict.kept), (0, None, None));
}

#[test]
fn a_photo_stays_whole_on_request() {
    let whole = Choice { crop: Crop::None, ..Choice::default() };
    let verdict = judge(SIZE, &seen(&[middle(223.0)]), whole, &LIMITS);
    assert_eq!(warnings(&verdict), [Code::FaceSmall]);
    assert_eq!(verdict.crop, Some(Region { x: 188, y: 219, width: 624, height: 624 }));
    assert_eq!(verdict.kept, None);

    let one_of_two = Choice { face: Some(Which::Number(0)), ..whole };
    let verdict = judge(SIZE, &seen(&[face(100.0, 300.0, 250.0), face(600.0, 300.0, 300.0)]), one_of_two, &LIMITS);
    assert!(verdict.kept.is_some(), "engines see the chosen face alone: {verdict:?}");
}

#[test]
fn a_face_needs_pixels_whatever_its_share() {
    for size in [SIZE, (300, 300), (6000, 4000)] {
        let corner = face(100.0, 100.0, 79.4);
        is_refused(&judged(size, &[corner]), Code::FaceTooSmall);
        assert!(judged(size, &[Face { width: 79.6, ..corner }]).valid, "80 pixels, rounded");
    }
    let verdict = judged(SIZE, &[middle(60.0)]);
    assert!(verdict.message.contains("60 pixels across; 80 are"), "{verdict:?}");
    assert_eq!((verdict.crop, verdict.kept), (None, None), "a part has no more of them");
    let fewer = Photos { min_face_pixels: 60, ..LIMITS };
    assert!(judge(SIZE, &seen(&[middle(60.0)]), Choice::default(), &fewer).valid);
}

#[test]
fn a_face_that_touches_the_border_is_cut_off() {
    for at in [(0.0, 300.0), (300.0, 0.0), (600.0, 300.0), (300.0, 600.0), (0.9, 300.0), (300.0, 599.1)] {
        is_refused(&judged(SIZE, &[face(at.0, at.1, 400.0)]), Code::FaceCutOff);
    }
    for at in [(1.0, 300.0), (300.0, 1.0), (599.0, 300.0), (300.0, 599.0)] {
        assert_eq!(warnings(&judged(SIZE, &[face(at.0, at.1, 400.0)])), [] as [Code; 0], "{at:?}");
    }
}

#[test]
fn a_doubtful_face_needs_consent() {
    let doubtful = Face { score: 7.9, ..middle(400.0) };
    let verdict = judged(SIZE, &[doubtful]);
    is_refused(&verdict, Code::FaceLowConfidence);
    assert!(verdict.remedy.contains("accept_unsure=true"), "{verdict:?}");

    let consent = Choice { accept_unsure: true, ..Choice::default() };
    assert_eq!(warnings(&judge(SIZE, &seen(&[doubtful]), consent, &LIMITS)), [Code::FaceLowConfidence]);
    assert_eq!(warnings(&judged(SIZE, &[Face { score: 8.0, ..doubtful }])), [] as [Code; 0]);
    is_refused(&judge(SIZE, &seen(&[face(0.0, 300.0, 400.0)]), consent, &LIMITS), Code::FaceCutOff);
}

#[test]
fn of_several_faces_one_must_be_chosen() {
    let faces = [face(100.0, 300.0, 250.0), face(600.0, 300.0, 300.0)];
    let verdict = judged(SIZE, &faces);
    is_refused(&verdict, Code::FaceMultiple);
    assert_eq!(verdict.face, None);

    let verdict = chosen(&faces, Which::Largest);
    assert_eq!(warnings(&verdict), [] as [Code; 0]);
    assert_eq!(verdict.face, Some(1));
    assert_eq!(verdict.kept, Some(Region { x: 350, y: 72, width: 650, height: 840 }), "without the other face");

    let small = chosen(&[face(100.0, 300.0, 150.0), face(600.0, 300.0, 90.0)], Which::Largest);
    assert!(warnings(&small).contains(&Code::FaceSmall), "it says that it was cut: {small:?}");
    let told = &small.warnings.last().expect("there is one").message;
    assert!(small.kept.is_some() && told.contains("was cut to") && !told.contains("crop=none"), "{told}");

    assert_eq!(chosen(&faces, Which::Number(0)).face, Some(0));
    let verdict = chosen(&faces, Which::Number(2));
    is_refused(&verdict, Code::FaceUnknown);
    assert!(verdict.message.contains("has 2"), "{verdict:?}");
}

#[test]
fn the_chosen_face_is_judged_by_itself() {
    let large = face(600.0, 300.0, 300.0);
    let verdict = chosen(&[large, face(200.0, 600.0, 100.0)], Which::Number(1));
    assert_eq!(warnings(&verdict), [Code::ImageSmall, Code::FaceSmall], "1 % of the photo");
    let verdict = chosen(&[face(290.0, 300.0, 300.0), face(200.0, 300.0, 80.0)], Which::Number(1));
    let kept = verdict.kept.unwrap();
    assert!(verdict.valid && kept.width < 256, "beside another there may be little room: {verdict:?}");
    is_refused(&chosen(&[large, face(200.0, 600.0, 79.0)], Which::Number(1)), Code::FaceTooSmall);
    is_refused(&chosen(&[large, face(0.0, 600.0, 100.0)], Which::Number(1)), Code::FaceCutOff);
}

#[test]
fn doubtful_faces_beside_a_clear_one_do_not_count() {
    let lamp = Face { score: 5.0, ..face(50.0, 50.0, 450.0) };
    let faces = [middle(300.0), lamp];
    assert_eq!(judged(SIZE, &faces).face, Some(0));
    let verdict = chosen(&faces, Which::Largest);
    assert_eq!((verdict.face, verdict.kept), (Some(0), None));
    is_refused(&chosen(&faces, Which::Number(1)), Code::FaceLowConfidence);

    let doubtful = faces.map(|face| Face { score: 5.0, ..face });
    is_refused(&judged(SIZE, &doubtful), Code::FaceMultiple);
}

#[test]
fn choices_are_a_number_or_largest() {
    assert_eq!("largest".parse(), Ok(Which::Largest));
    assert_eq!("0".parse(), Ok(Which::Number(0)));
    for text in ["", "-1", "1.5", "Largest", "first"] {
        assert!(text.parse::<Which>().is_err(), "{text:?}");
    }
}

#[test]
fn a_photo_that_lies_is_told_its_turn() {
    for (rotation, words, turn) in [
        (Rotation::By90, "lies on its side", "`turn=90`"),
        (Rotation::By180, "is upside down", "`turn=180`"),
        (Rotation::By270, "lies on its side", "`turn=270`"),
    ] {
        let lamp = Face { score: 5.0, ..middle(300.0) };
        for faces in [vec![], vec![lamp]] {
            let verdict = judge(SIZE, &Sight { faces, rotation: Some(rotation) }, Choice::default(), &LIMITS);
            is_refused(&verdict, Code::ImageTurned);
            assert!(verdict.message.contains(words) && verdict.remedy.contains(turn), "{verdict:?}");
            assert!(verdict.remedy.contains("`turn=auto`"), "{verdict:?}");
        }
    }
}

#[test]
fn turns_are_words_or_degrees() {
    let read = |text: &str| text.parse::<Turn>();
    assert_eq!((read("auto"), read("none"), read("0")), (Ok(Turn::Auto), Ok(Turn::None), Ok(Turn::None)));
    assert_eq!((read("90"), read("270")), (Ok(Turn::By(Rotation::By90)), Ok(Turn::By(Rotation::By270))));
    assert!(["", "45", "-90", "360", "left"].into_iter().all(|text| read(text).is_err()));
}
