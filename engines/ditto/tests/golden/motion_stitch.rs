//! Stage `motion_stitch`.

use std::collections::HashMap;

use engine_ditto::motion::{Points, mirror_index};
use engine_ditto::networks::STITCH;
use engine_ditto::stitch::network::{OnnxStitcher, Stitcher};
use engine_ditto::stitch::{MotionStitch, Options};
use engine_golden::Tensor;
use engine_golden::json::{list, number, size, text};
use engine_pickle::Value as Setting;
use serde_json::Value;

use crate::blink::blinks;
use crate::motion_records::{Recorded, merged, motion, rows, setting, source};
use crate::reference::{SET, check};
use crate::runtime::network;

#[test]
fn motion_is_put_on_the_source_as_in_the_reference() {
    for case in SET.cases("motion_stitch") {
        let name = text(&case["name"]);
        let needed = case["flag_stitching"] == true;
        let mut stitcher = needed.then(|| network(&STITCH).map(OnnxStitcher)).flatten();
        if needed && stitcher.is_none() {
            continue;
        }
        let key = text(&case["key"]);
        let mut chance = Recorded::new(key, case.get("gap_key").and_then(Value::as_str));
        let (options, ctrl_info) = options(case);
        let sources: Vec<_> = (0..size(&case["source_frames"])).map(|i| source(&format!("{key}/xs/{i}"))).collect();
        let mut stitch = MotionStitch::new(options, &sources[0], &mut chance);
        if case["d0_given"] == true {
            stitch.set_first(motion(&format!("{key}/d0")));
        }
        match case.get("then_N_d") {
            Some(frames) => stitch.set_length(Some(size(frames)), (None, None), ctrl_info, &mut chance),
            None => stitch.set_ctrl_info(ctrl_info),
        }
        let (mut x_s, mut x_d): (Vec<Points>, Vec<Points>) = (Vec::new(), Vec::new());
        for frame in 0..size(&case["frames"]) {
            let source = &sources[mirror_index(frame, sources.len())];
            let driving = motion(&format!("{key}/xd/{frame}"));
            let stitcher = stitcher.as_mut().map(|stitcher| stitcher as &mut dyn Stitcher);
            let (at_rest, driven) = stitch.frame(source, &driving, stitcher).unwrap();
            x_s.push(at_rest);
            if frame.is_multiple_of(size(&case["every"])) {
                x_d.push(driven);
            }
        }
        if case["is_image"] == true {
            assert!(x_s.iter().all(|points| *points == x_s[0]), "{name}: the source of a photo moves");
            x_s.truncate(1);
        }
        if let Some(gaps) = case.get("gaps") {
            assert_eq!(chance.gaps, list(gaps).iter().map(size).collect::<Vec<_>>(), "gaps of {name}");
        }
        let tensor = |rows: &[Points]| Tensor::f32(&[rows.len(), 63], rows.concat());
        check(&format!("motion_stitch {name} x_s"), &case["x_s"], &tensor(&x_s));
        check(&format!("motion_stitch {name} x_d"), &case["x_d"], &tensor(&x_d));
    }
}

fn options(case: &Value) -> (Options, HashMap<usize, engine_ditto::stitch::control::Control>) {
    const SETTINGS: [&str; 8] = [
        "N_d",
        "use_d_keys",
        "relative_d",
        "drive_eye",
        "fade_type",
        "fade_out_keys",
        "overall_ctrl_info",
        "ctrl_info",
    ];
    let given = SETTINGS.map(|name| (Setting::Str(name.into()), setting(&case[name])));
    let settings = merged(&[&Setting::Dict(given.to_vec())]).expect("settings");
    let offsets = size(&case["delta_eye_rows"]);
    let delta_key = format!("{}/delta", text(&case["key"]));
    let options = Options {
        is_image: case["is_image"] == true,
        n_d: settings.n_d,
        use_d_keys: settings.use_d_keys,
        relative_d: settings.relative_d,
        drive_eye: settings.drive_eye,
        delta_eye_arr: (offsets > 0).then(|| rows(&delta_key, offsets, 0.02, 0.0)),
        blinks: blinks(&case["delta_eye_open_n"]),
        ch_scale: (!case["ch_scale"].is_null()).then(|| number(&case["ch_scale"]) as f32),
        fade: settings.fade_type,
        fade_out_keys: settings.fade_out_keys,
        flag_stitching: case["flag_stitching"] == true,
        overall: settings.overall_ctrl_info,
        corrected: false,
    };
    (options, settings.ctrl_info)
}
