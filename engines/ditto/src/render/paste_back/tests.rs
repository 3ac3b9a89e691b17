//! Tests of the paste against a plain one that it has to equal bit for bit.

use proptest::prelude::*;

use super::*;
use crate::render::square::mask;

/// Mask and render warped to whole frames, then laid over the frame.
fn plain(frame: &Raster<u8>, render: &Raster<f32>, to_picture: &Affine) -> Raster<u8> {
    let (width, height) = (frame.width(), frame.height());
    let mask = warp_affine::affine(mask(), to_picture, width, height);
    let render = warp_affine::affine(render, to_picture, width, height);
    let mut out = frame.clone();
    let pixels = out.data_mut().chunks_exact_mut(3).zip(render.data().chunks_exact(3));
    for ((pixel, over), share) in pixels.zip(mask.data()) {
        let share = share.clamp(0.0, 1.0);
        for (under, over) in pixel.iter_mut().zip(over) {
            *under = (share * over + (1.0 - share) * f32::from(*under)).clamp(0.0, 255.0) as u8;
        }
    }
    out
}

/// Samples that look random and are the same each time.
fn samples(count: usize, seed: u32) -> impl Iterator<Item = u32> {
    (0..count as u32).map(move |i| (i ^ seed).wrapping_mul(0x9e37_79b1).rotate_left(15).wrapping_mul(0x85eb_ca77) >> 8)
}

fn picture(width: usize, height: usize, seed: u32) -> Raster<u8> {
    let samples = samples(width * height * 3, seed).map(|sample| (sample >> 16) as u8);
    Raster::new(width, height, 3, samples.collect()).unwrap()
}

/// A little beyond 0 to 255 on either side.
fn render(seed: u32) -> Raster<f32> {
    let samples = samples(SIDE * SIDE * 3, seed).map(|sample| sample as f32 / (1 << 24) as f32 * 265.0 - 5.0);
    Raster::new(SIDE, SIDE, 3, samples.collect()).unwrap()
}

fn square(render: &Raster<f32>) -> Square {
    let mut square = Square::default();
    square.paint(render.data().as_chunks().0.iter().copied());
    square
}

/// The square about its centre: scaled, turned, sheared and moved.
fn placement() -> impl Strategy<Value = Affine> {
    let scale = prop_oneof![8 => 0.01..2.0, 1 => 2.0..300.0, 1 => 1e-7..0.01, 1 => Just(1.0)];
    let turn = prop_oneof![3 => -4.0..4.0, 1 => Just(0.0), 1 => Just(std::f64::consts::FRAC_PI_2)];
    let shear = prop_oneof![2 => Just([1.0, 0.0]), 1 => [-2.0..2.0, -1.0..1.0]];
    (scale, turn, shear, [-100.0..400.0, -100.0..400.0]).prop_map(|(scale, turn, [stretch, shear], [x, y])| {
        let (sin, cos) = f64::sin_cos(turn);
        let rows =
            [[cos, shear * cos - stretch * sin], [sin, shear * sin + stretch * cos]].map(|row| row.map(|v| v * scale));
        let middle = SIDE as f64 / 2.0;
        let shift = |row: [f64; 2], to: f64| [row[0], row[1], to - middle * (row[0] + row[1])];
        [shift(rows[0], x), shift(rows[1], y)]
    })
}

fn check(to_picture: &Affine, width: usize, height: usize, seed: u32) {
    let (picture, other) = (picture(width, height, seed), render(!seed));
    let paster = Paster::new(to_picture, width, height);
    let mut frame = picture.clone();
    paster.paste(&square(&other), &mut frame);
    assert!(frame == plain(&picture, &other, to_picture), "paste");
    let render = render(seed);
    paster.paste_over(&picture, &square(&render), &mut frame);
    assert!(frame == plain(&picture, &render, to_picture), "paste_over in a frame that was used");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_paste_is_the_plain_one(placement in placement(), width in 1usize..300, height in 1usize..300, seed: u32) {
        check(&placement, width, height, seed);
    }

    /// Matrices of no sense have no panic either.
    #[test]
    fn any_matrix_is_taken(matrix: [[f64; 3]; 2], width in 0usize..9, height in 0usize..9, seed: u32) {
        check(&matrix, width, height, seed);
    }
}

#[test]
fn odd_placements_give_the_plain_paste() {
    let identity = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]];
    for (placement, width, height) in [
        (identity, SIDE, SIDE),
        (identity, SIDE + 1, SIDE - 1),
        ([[-1.0, 0.0, 511.0], [0.0, -1.0, 511.0]], SIDE, SIDE),
        ([[1.0, 0.0, 0.984_375], [0.0, 1.0, -0.984_375]], SIDE + 2, SIDE),
        ([[1.0, 0.0, -256.0], [0.0, 1.0, -256.0]], 1, 1),
        ([[300.0, 0.0, -76_800.0], [0.0, 300.0, -76_800.0]], 40, 40),
        ([[1e-3, 0.0, 20.0], [0.0, 1e-3, 20.0]], 40, 40),
        ([[1e9, 0.0, 0.0], [0.0, 1e-9, 0.0]], 40, 40),
        ([[1.0, 1.0, 0.0], [1.0, 1.0, 0.0]], 40, 40),
        ([[f64::NAN; 3]; 2], 40, 40),
        ([[f64::INFINITY; 3]; 2], 40, 40),
        ([[1.8, -0.1, 100.0], [0.1, 1.8, 60.0]], 1100, 1000),
    ] {
        check(&placement, width, height, 7);
    }
}

#[test]
fn only_what_the_square_covers_is_written() {
    let placement = [[0.1, 0.02, 30.0], [-0.02, 0.1, 40.0]];
    let mut frame = Raster::zeros(200, 150, 3);
    let picture = picture(200, 150, 1);
    Paster::new(&placement, 200, 150).paste_over(&picture, &square(&render(1)), &mut frame);
    let warped =
        warp_affine::affine(&Raster::new(SIDE, SIDE, 1, vec![1.0f32; SIDE * SIDE]).unwrap(), &placement, 200, 150);
    let outside = frame.data().chunks_exact(3).zip(warped.data()).filter(|(_, covered)| **covered == 0.0);
    assert!(outside.clone().count() > 20_000);
    assert!(outside.into_iter().all(|(pixel, _)| pixel == [0, 0, 0]));
}
