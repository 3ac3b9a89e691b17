//! Stages `context_windows` and `noise`.

use engine_echomimic::noise::{drawn, latents};
use engine_echomimic::windows::Windows;
use engine_golden::json::{list, shape, size, text};
use engine_torch::Place;
use serde_json::{Value, json};
use tch::Kind;

use crate::reference::{SET, cases, check};

fn whole(value: &Value) -> i64 {
    value.as_i64().expect("a whole number")
}

#[test]
fn windows_are_those_of_the_reference() {
    for (_, case) in cases("context_windows") {
        let [frames, context_frames, overlap] =
            ["n_frames", "context_frames", "context_overlap"].map(|name| whole(&case[name]));
        let windows = Windows::new(frames, context_frames, overlap);
        if case["error"] == true {
            assert!(windows.is_err(), "{case}");
            continue;
        }
        let of_step = windows.expect("possible windows").of_step(size(&case["step_index"]));
        let indices: Vec<Vec<i64>> = of_step.map(|window| window.indices().collect()).collect();
        assert_eq!(json!(indices), case["windows"], "{case}");
    }
}

#[test]
fn a_seed_gives_the_noise_of_the_reference() {
    for stage in SET.stages("noise") {
        for case in list(&stage["cases"]) {
            let kind = match text(&case["dtype"]) {
                "f16" => Kind::Half,
                "f32" => Kind::Float,
                other => panic!("noise of type {other:?} is not drawn"),
            };
            let [1, 4, frames, height, width] = shape(&case["shape"])[..] else { panic!("{case}") };
            let pixels = [width as i64 * 8, height as i64 * 8];
            let noise = drawn(size(&case["seed"]) as u64, frames as i64, pixels, kind);
            check(stage, text(&case["output"]), &latents(&noise, Place::CPU));
        }
    }
}
