//! How fast a render goes into a frame and a crop out of it: `cargo bench -p engine-ditto --bench paste_back`.

#![allow(clippy::print_stdout)] // the figures are what it is for

use std::hint::black_box;
use std::time::Instant;

use engine_ditto::render::paste_back::Paster;
use engine_ditto::render::square::{SIDE, Square};
use engine_vision::raster::Raster;
use engine_vision::warp_affine::{self, Affine};

/// Side of the picture in pixels.
const PICTURE: usize = 1432;
/// Side of the square in the picture in pixels.
const FACE: f64 = 900.0;

fn main() {
    let (sin, cos) = 5f64.to_radians().sin_cos();
    let scale = FACE / SIDE as f64;
    let (middle, centre) = (SIDE as f64 / 2.0, PICTURE as f64 / 2.0);
    let to_picture: Affine =
        [[cos, -sin], [sin, cos]].map(|[a, b]| [scale * a, scale * b, centre - scale * middle * (a + b)]);
    let picture = Raster::new(PICTURE, PICTURE, 3, samples(PICTURE).collect()).expect("the samples fill it");
    let colours: Vec<f32> = samples(SIDE).map(f32::from).collect();
    let mut render = Square::default();
    render.paint(colours.as_chunks().0.iter().copied());

    println!("{PICTURE} by {PICTURE} px, a square of {FACE} px turned by 5 degrees, one thread");
    let paster = Paster::new(&to_picture, PICTURE, PICTURE);
    let mut frame = picture.clone();
    time("paste_over (photo)", || paster.paste_over(&picture, &render, &mut frame));
    time("paste (clip)", || paster.paste(&render, &mut frame));
    time("Paster::new (clip)", || Paster::new(&to_picture, PICTURE, PICTURE));
    let to_crop = warp_affine::inverse(&to_picture);
    time("crop of 512 by 512", || warp_affine::affine(&picture, &to_crop, SIDE, SIDE));
    let [across, down] = to_crop.map(|row| row.map(|value| value * 224.0 / SIDE as f64));
    time("crop of 224 by 224", || warp_affine::affine(&picture, &[across, down], 224, 224));
}

fn samples(side: usize) -> impl Iterator<Item = u8> {
    (0..side * side * 3).map(|i| (i.wrapping_mul(0x9e37_79b1) >> 13) as u8)
}

/// Prints the median of runs over two seconds.
fn time<T>(what: &str, mut job: impl FnMut() -> T) {
    let begin = Instant::now();
    let mut runs = Vec::new();
    while begin.elapsed().as_secs_f64() < 2.0 {
        let start = Instant::now();
        black_box(job());
        runs.push(start.elapsed());
    }
    runs.sort_unstable();
    println!("{what:>22} {:>12} ns (fastest {})", runs[runs.len() / 2].as_nanos(), runs[0].as_nanos());
}
