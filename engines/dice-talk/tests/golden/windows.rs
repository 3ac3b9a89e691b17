//! Stages `windows` and `table.audio_frames`.

use engine_dice_talk::speech::encoder::piece_samples;
use engine_dice_talk::speech::frames::{ROWS_BEFORE, ROWS_BEHIND};
use engine_dice_talk::speech::length;
use engine_dice_talk::windows::Windows;
use engine_golden::json::{list, size, text};
use engine_whisper::Config;
use serde_json::Value;
use tch::{Device, Kind, Tensor};

use crate::reference::{SET, check, input};

/// A whole number of a stage's arguments.
fn whole(stage: &Value, name: &str) -> i64 {
    size(&stage["args"][name]) as i64
}

#[test]
fn windows_are_those_of_the_reference() {
    for stage in SET.stages("windows") {
        let length = whole(stage, "window");
        let frames = whole(stage, "timeline_t") - length;
        let windows = Windows { frames, length, overlap: whole(stage, "overlap"), shift: whole(stage, "shift") };
        let steps = 0..size(&stage["args"]["steps"]);
        let of_step = |step| {
            let indices =
                windows.of_step(step).map(|window| Tensor::from_slice(&window.indices().collect::<Vec<i64>>()));
            Tensor::stack(&indices.collect::<Vec<_>>(), 0)
        };
        check(stage, "index", &Tensor::stack(&steps.clone().map(of_step).collect::<Vec<_>>(), 0));
        let counts: Vec<Tensor> = steps.map(|step| windows.counts(step, (Kind::Int64, Device::Cpu))).collect();
        check(stage, "count", &Tensor::stack(&counts, 0));
    }
}

#[test]
fn speech_gives_as_many_frames_as_in_the_reference() {
    for stage in SET.stages("table.audio_frames") {
        let samples = Vec::<i64>::try_from(input(stage, "samples")).expect("a row of numbers");
        let columns = list(&stage["outputs"]["counts"]["columns"]);
        let counts: Vec<i64> = samples.iter().flat_map(|samples| counts(stage, *samples, columns)).collect();
        check(stage, "counts", &Tensor::from_slice(&counts).view([-1, columns.len() as i64]));
    }
}

/// What follows from a number of samples, by the columns of the table.
fn counts(stage: &Value, samples: i64, columns: &[Value]) -> Vec<i64> {
    // The reference hears no more; the engine hears all.
    let units = length::units(samples.unsigned_abs()).min(whole(stage, "limit").unsigned_abs());
    let frames = length::frames(units).cast_signed();
    let windows = Windows { length: whole(stage, "window"), overlap: whole(stage, "overlap"), ..Windows::over(frames) };
    let pieces = (samples as usize).div_ceil(piece_samples(&Config::TINY)) as i64;
    let column = |name: &Value| match text(name) {
        "audio_len" => units.cast_signed(),
        "video_frames_n" => frames,
        "pieces_30s" => pieces,
        "whisper_frames" => pieces * Config::TINY.n_audio_ctx,
        "padded_feature_frames" => ROWS_BEFORE + ROWS_BEHIND + length::rows(units).cast_signed(),
        "timeline_t" => windows.timeline(),
        "windows_per_step" => windows.of_step(0).count() as i64,
        "output_frames_with_interpolation" => 2 * frames - 1,
        other => panic!("a column {other:?} is not computed"),
    };
    columns.iter().map(column).collect()
}
