//! Profiles as they ought to be, and as nobody ought to write them.

use moxcms::{ColorProfile, ToneReprCurve};

use super::fixtures::press;
use super::*;

/// What a conversion makes of one pixel; none where the numbers stay.
fn converted<T: Sample>(source: &Source, samples: Samples, pixel: &[T]) -> Option<[u8; 3]> {
    let mut rgb = [0; 3];
    Conversion::new(source, samples)?.convert(pixel, &mut rgb);
    Some(rgb)
}

fn profile(profile: &ColorProfile) -> Source {
    Source::Profile(profile.encode().unwrap())
}

/// A grey profile whose light is this power of its numbers.
fn grey(gamma: f32) -> Source {
    profile(&ColorProfile::new_gray_with_gamma(gamma))
}

#[track_caller]
fn near(actual: Option<[u8; 3]>, expected: [u8; 3]) {
    let actual = actual.expect("a conversion");
    let close = actual.iter().zip(expected).all(|(a, e)| a.abs_diff(e) <= 2);
    assert!(close, "{actual:?} is not {expected:?}");
}

#[test]
fn wide_colours_become_those_of_srgb() {
    let p3 = profile(&ColorProfile::new_display_p3());
    // By the definitions of both spaces.
    near(converted(&p3, Samples::Rgb, &[200u8, 100, 50]), [215, 93, 31]);
    near(converted(&p3, Samples::Rgb, &[200u16 * 257, 100 * 257, 50 * 257]), [215, 93, 31]);
    near(converted(&p3, Samples::Rgb, &[128u8, 128, 128]), [128; 3]);
    near(
        converted(&Source::CodePoints { primaries: 12, transfer: 13 }, Samples::Rgb, &[200u8, 100, 50]),
        [215, 93, 31],
    );
    let adobe = profile(&ColorProfile::new_adobe_rgb());
    near(converted(&adobe, Samples::Rgb, &[150u8, 100, 60]), [167, 100, 55]);
}

#[test]
fn light_becomes_what_srgb_has_for_it() {
    near(converted(&grey(1.0), Samples::Grey, &[55u8]), [127; 3]);
    near(converted(&grey(1.8), Samples::Grey, &[128u16 * 257]), [147; 3]);
    let linear = Source::Measured { gamma: Some(1.0), chromaticities: None };
    near(converted(&linear, Samples::Rgb, &[13u16 * 257, 55 * 257, 255 * 257]), [64, 128, 255]);
    near(converted(&linear, Samples::Grey, &[55u8]), [127; 3]);
    let p3 = [(0.3127, 0.329), (0.68, 0.32), (0.265, 0.69), (0.15, 0.06)];
    let measured = Source::Measured { gamma: None, chromaticities: Some(p3) };
    near(converted(&measured, Samples::Rgb, &[200u8, 100, 50]), [215, 93, 31]);
}

#[test]
fn opacity_is_laid_over_white_behind_the_conversion() {
    near(converted(&grey(1.0), Samples::Grey, &[55u8, 128]), [191; 3]);
    let p3 = profile(&ColorProfile::new_display_p3());
    near(converted(&p3, Samples::Rgb, &[200u8, 100, 50, 0]), [255; 3]);
}

#[test]
fn inks_become_what_their_press_makes_of_them() {
    let press = Source::Profile(press());
    near(converted(&press, Samples::Cmyk, &[0u8, 0, 0, 0]), [255; 3]);
    near(converted(&press, Samples::Cmyk, &[0u8, 0, 0, 255]), [23; 3]);
    let [red, green, blue] = converted(&press, Samples::Cmyk, &[255u8, 0, 0, 0]).unwrap();
    assert!(green > red + 60 && green > blue, "this cyan is green: {red} {green} {blue}");
}

#[test]
fn numbers_of_srgb_stay() {
    for (source, samples) in [
        (profile(&ColorProfile::new_srgb()), Samples::Rgb),
        (Source::CodePoints { primaries: 1, transfer: 13 }, Samples::Rgb),
        (Source::CodePoints { primaries: 2, transfer: 2 }, Samples::Grey),
        (Source::CodePoints { primaries: 1, transfer: 1 }, Samples::Rgb),
        (Source::Measured { gamma: Some(2.2), chromaticities: None }, Samples::Rgb),
    ] {
        assert!(Conversion::<u8>::new(&source, samples).is_none(), "{source:?}");
        assert!(Conversion::<u16>::new(&source, samples).is_none(), "{source:?}");
    }
}

#[test]
fn bright_light_is_pressed_below_white_and_the_rest_is_kept() {
    for transfer in [16, 18] {
        let source = Source::CodePoints { primaries: 9, transfer };
        let grey = |level: f64| {
            let value = (level * 65535.0) as u16;
            converted(&source, Samples::Rgb, &[value; 3]).unwrap()[0]
        };
        // White of reports and of graphics: 58 % of PQ, 75 % of HLG.
        let white = if transfer == 16 { 0.58 } else { 0.75 };
        assert!((235..250).contains(&grey(white)), "{transfer}: {}", grey(white));
        assert!(grey(1.0) > grey(white) && grey(white) > grey(0.4) && grey(0.0) == 0, "{transfer}");
    }
    // A grey of 18 % of white: 41 % of PQ.
    near(converted(&Source::CodePoints { primaries: 9, transfer: 16 }, Samples::Rgb, &[26_928u16; 3]), [118; 3]);
}

#[test]
fn profiles_that_make_no_sense_are_passed_over() {
    let p3 = ColorProfile::new_display_p3();
    let whole = p3.encode().unwrap();
    let none = |bytes: &[u8], samples| Conversion::<u8>::new(&Source::Profile(bytes.to_vec()), samples).is_none();
    for length in (0..whole.len()).step_by(7) {
        // What is cut may be what is not needed.
        let _ = none(&whole[..length], Samples::Rgb);
    }
    assert!(none(&whole[..200], Samples::Rgb) && none(&[], Samples::Rgb) && none(&[0xff; 5000], Samples::Rgb));
    assert!(none(&whole, Samples::Grey) && none(&whole, Samples::Cmyk), "of another kind of picture");
    assert!(none(&vec![0; source::LARGEST_PROFILE + 1], Samples::Rgb));
    let mut dark = p3;
    dark.cicp = None;
    let nothing = Some(ToneReprCurve::Lut(vec![0; 256]));
    (dark.red_trc, dark.green_trc, dark.blue_trc) = (nothing.clone(), nothing.clone(), nothing);
    assert!(none(&dark.encode().unwrap(), Samples::Rgb), "all is black");
    for source in [
        Source::Measured { gamma: Some(f32::INFINITY), chromaticities: None },
        Source::Measured { gamma: None, chromaticities: Some([(0.0, 0.0); 4]) },
        Source::CodePoints { primaries: 3, transfer: 200 },
    ] {
        assert!(Conversion::<u8>::new(&source, Samples::Rgb).is_none(), "{source:?}");
    }
}

#[test]
fn no_change_of_a_profile_breaks_anything() {
    for (profile, samples) in
        [(ColorProfile::new_display_p3().encode().unwrap(), Samples::Rgb), (press(), Samples::Cmyk)]
    {
        let mut state = 1u32;
        let mut any = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as usize
        };
        for _ in 0..100 {
            let mut broken = profile.clone();
            for _ in 0..4 {
                // Heads and tables of tags are hit more often than what stands in them.
                let at = any() % if any() % 2 == 0 { 400.min(broken.len()) } else { broken.len() };
                broken[at] = any() as u8;
            }
            if let Some(mut conversion) = Conversion::<u8>::new(&Source::Profile(broken), samples) {
                let mut rgb = [0; 3 * 7];
                conversion.convert(&vec![200; samples.count() * 7], &mut rgb);
            }
        }
    }
}
