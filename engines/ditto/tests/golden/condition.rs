//! Stage `condition`.

use engine_ditto::motion::condition::{CONDITION, ConditionHandler, EmotionRow, Face};
use engine_golden::Tensor;
use engine_golden::json::{list, size, text};
use engine_golden::unit_variance as rule;
use engine_pickle::Value as Setting;
use serde_json::Value;

use crate::motion_records::{fixed, merged, rows, setting};
use crate::reference::{SET, check};

#[test]
fn condition_rows_are_those_of_the_reference() {
    for case in SET.cases("condition") {
        let (name, key) = (text(&case["name"]), text(&case["key"]));
        let frames = size(&case["source_frames"]);
        let face = Face {
            eye_open: (0..frames).map(|i| fixed(rule::f32s(&format!("{key}/eo/{i}"), 2, 0.05, 0.3))).collect(),
            eye_ball: (0..frames).map(|i| fixed(rule::f32s(&format!("{key}/eb/{i}"), 6, 0.03, 0.0))).collect(),
            sc: fixed(rule::f32s(&format!("{key}/sc"), 63, 0.2, 0.0)),
        };
        let emotions = emotions(&case["emo"]);
        let handler = ConditionHandler::new(face, emotions.clone(), case["eye_f0_mode"] == true);
        let features = rows(&format!("{key}/aud"), size(&case["n"]), 0.5, 0.0);
        let first = case["idx"].as_i64().unwrap() as isize;
        let other = case.get("call_emo").map(self::emotions);
        let got = match &other {
            Some(other) => handler.rows_with(&features, first, other),
            None => handler.rows(&features, first),
        };
        let emo = Tensor::f32(&[emotions.len(), 8], emotions.concat());
        check(&format!("condition {name} emo_rows"), &case["emo_rows"], &emo);
        check(&format!("condition {name} cond"), &case["cond"], &Tensor::f32(&[got.len(), CONDITION], got.concat()));
        let columns: Vec<usize> = list(&case["tail"]["columns"]).iter().map(size).collect();
        let tail: Vec<&[f32]> = got.iter().map(|row| &row[columns[0]..columns[1]]).collect();
        let tail = Tensor::f32(&[got.len(), columns[1] - columns[0]], tail.concat());
        check(&format!("condition {name} tail"), &case["tail"], &tail);
    }
}

fn emotions(value: &Value) -> Vec<EmotionRow> {
    let caller = Setting::Dict(vec![(Setting::Str("emo".into()), setting(value))]);
    merged(&[&caller]).expect("emotions").emo
}
