//! Stage `register`: from a source to all that is known of it.

use engine_ditto::motion::SourceMotion;
use engine_ditto::source::smooth::smoothed;
use engine_golden::json::{list, text};
use engine_golden::{Tensor, crc32};
use image::ImageFormat;
use serde_json::{Value, json};

use crate::motion_records::{merged, setting};
use crate::reference::{SET, check};
use crate::sources::{name, registrar, source};
use crate::{pixels, scrfd};

fn check_motion(what: &str, record: &Value, source: &SourceMotion) {
    let motion = &source.motion;
    let fields: [(&str, &[f32]); 7] = [
        ("pitch", &motion.pitch),
        ("yaw", &motion.yaw),
        ("roll", &motion.roll),
        ("t", &motion.t),
        ("exp", &motion.exp),
        ("scale", &[motion.scale]),
        ("kp", &source.kp),
    ];
    for (field, values) in fields {
        check(&format!("{what} {field}"), &record[field], &Tensor::f32(&[1, values.len()], values.to_vec()));
    }
}

/// What a file is, whatever its name says; `None` for a clip.
fn format(file: &str) -> Option<ImageFormat> {
    let bytes = std::fs::read(SET.path(file)).expect("the file is there");
    image::guess_format(&bytes).ok()
}

#[test]
fn sources_are_known_as_the_reference_knows_them() {
    let Some(mut registrar) = registrar() else { return };
    for case in SET.cases("register") {
        let what = format!("register {}", name(case));
        let settings = merged(&[&setting(&case["kwargs"])]).unwrap_or_else(|error| panic!("{what}: {error}"));
        let source = source(&mut registrar, text(&case["source"]), &settings);
        assert_eq!(json!(source.frames.len()), case["frames"], "{what} frames");
        assert_eq!(json!([source.frames[0].height(), source.frames[0].width()]), case["frame_hw"], "{what} frame_hw");
        // Decoders of JPEG differ in the last bit.
        if format(text(&case["source"])) != Some(ImageFormat::Jpeg) {
            let sums: Vec<String> = source.frames.iter().map(|frame| format!("{:08x}", crc32(frame.data()))).collect();
            assert_eq!(json!(sums), case["frame_crc32"], "{what} frame_crc32");
        }
        check(&format!("{what} det"), &case["det"], &scrfd::rows(&source.found.faces));
        let landmarks = &source.found.landmarks.points;
        check(&format!("{what} lmk106"), &case["lmk106"], &Tensor::f32(&[landmarks.len(), 2], landmarks.concat()));
        check(&format!("{what} sc"), &case["sc"], &Tensor::f32(&[63], source.registered[0].motion.kp.to_vec()));
        for (index, (record, got)) in list(&case["per_frame"]).iter().zip(&source.registered).enumerate() {
            let what = format!("{what} frame {index}");
            let landmarks = &got.landmarks.points;
            let points = Tensor::f32(&[landmarks.len(), 2], landmarks.concat());
            check(&format!("{what} lmk203"), &record["lmk203"], &points);
            let matrix = Tensor::f32(&[3, 3], got.placement.to_picture.concat());
            check(&format!("{what} M_c2o"), &record["M_c2o"], &matrix);
            check(&format!("{what} img_crop"), &record["img_crop"], &pixels::tensor(&got.crop));
            let eyes = got.eyes.unwrap_or_else(|| panic!("{what}: no face in the square"));
            check(&format!("{what} eye_open"), &record["eye_open"], &Tensor::f32(&[1, 2], eyes.open.to_vec()));
            check(&format!("{what} eye_ball"), &record["eye_ball"], &Tensor::f32(&[1, 6], eyes.ball.to_vec()));
            check(&format!("{what} f_s"), &record["f_s"], &Tensor::f32(&[1, 32, 16, 64, 64], got.volume.clone()));
            check_motion(&what, record, &got.motion);
        }
        for (part, records) in case.as_object().expect("a case is an object") {
            let Some(width) = part.strip_prefix("smoothed_k") else { continue };
            let width = width.parse().expect("smoothed_k names a width");
            let motions: Vec<_> = source.registered.iter().map(|frame| frame.motion.clone()).collect();
            for (index, (record, got)) in list(records).iter().zip(smoothed(&motions, width)).enumerate() {
                check_motion(&format!("{what} {part} frame {index}"), record, &got);
            }
        }
    }
}
