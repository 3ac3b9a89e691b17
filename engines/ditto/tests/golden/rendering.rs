//! Rendering in the whole runs: recorded key points to frames.

use engine_ditto::face::crop::affine;
use engine_ditto::motion::Points;
use engine_ditto::render::networks::{Decoder, Warper};
use engine_ditto::render::paste_back::Paster;
use engine_ditto::render::square::{SIDE, Square};
use engine_golden::Tensor;
use engine_golden::json::{list, shape, size, text};
use serde_json::Value;

use crate::reference::{SET, check};
use crate::runtime::loader;
use crate::sources::{name, registrar, source};
use crate::whole_runs::settings;

/// The record of a frame, if there is one.
fn of_frame<'a>(run: &'a Value, part: &str, frame: usize) -> Option<&'a Value> {
    list(&run[part]).iter().find(|record| size(&record["frame"]) == frame)
}

/// Recorded rows of 63 numbers; one row stands for all frames.
fn row(rows: &Tensor, frame: usize) -> Points {
    let place = frame.min(rows.shape[0] - 1);
    rows.to_f32()[place * 63..][..63].try_into().expect("63 numbers")
}

#[test]
fn recorded_key_points_become_the_reference_frames() {
    let (Some(mut registrar), Some(loader)) = (registrar(), loader()) else { return };
    let mut warper = Warper::load(&loader).unwrap_or_else(|error| panic!("{error}"));
    let mut decoder = Decoder::load(&loader).unwrap_or_else(|error| panic!("{error}"));
    let mut render = Square::default();
    for run in SET.runs().iter().filter(|run| size(&run["frames"]) > 0) {
        let what = format!("run {}", name(run));
        let source = source(&mut registrar, text(&run["source"]), &settings(run));
        let [x_s, x_d] = ["x_s", "x_d"].map(|part| SET.tensor(text(&run[part]["tensor"])));
        let (mut samples, mut means) = (Vec::new(), Vec::new());
        for (frame, index) in list(&run["source_index"]).iter().map(size).enumerate() {
            let registered = &source.registered[index];
            let volume = warper.keep(registered.volume.clone()).expect("a volume");
            let warped = warper
                .warp(&volume, &row(x_s, frame), &row(x_d, frame))
                .unwrap_or_else(|error| panic!("{what}: {error}"));
            decoder.decode(&warped, &mut render).unwrap_or_else(|error| panic!("{what}: {error}"));
            if let Some(record) = of_frame(run, "warp_out", frame) {
                let got = Tensor::f32(&shape(&record["shape"]), warped.to_vec().expect("it can be copied"));
                check(&format!("{what} warp_out {frame}"), record, &got);
            }
            if let Some(record) = of_frame(run, "render", frame) {
                let got = Tensor::f32(&[SIDE, SIDE, 3], render.colours().flatten().collect());
                check(&format!("{what} render {frame}"), record, &got);
            }
            let mut out = source.frames[index].clone();
            let to_picture = affine(&registered.placement.to_picture);
            Paster::new(&to_picture, out.width(), out.height()).paste(&render, &mut out);
            let mean = |channel: usize| {
                let plane = out.data()[channel..].iter().step_by(3);
                plane.map(|&sample| f64::from(sample)).sum::<f64>() / (out.width() * out.height()) as f64
            };
            means.extend([0, 1, 2].map(mean));
            samples.extend_from_slice(out.data());
        }
        let frames = size(&run["frames"]);
        check(&format!("{what} frame_mean"), &run["frame_mean"], &Tensor::f64(&[frames, 3], means));
        let hw = shape(&run["frame_hw"]);
        let got = Tensor::u8(&[frames, hw[0], hw[1], 3], samples);
        check(&format!("{what} frame_samples"), &run["frame_samples"], &got);
    }
}
