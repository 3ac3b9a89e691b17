//! Trilinear sampling of volumes, with zeros outside.
//!
//! Points lie anywhere, but the channels of a point are wanted together: laid side by side, a corner is one short run of
//! memory. A border of zeros saves asking of each corner whether it lies outside.

use std::ops::Range;

use super::places::{BLOCK, Places};
use super::sizes::{LANES, Sizes};

/// Lays the channels of a slice side by side: `planes` (C, D, H, W) of one volume, `out` its slice with the border,
/// (H + 2, W + 2, [`Sizes::stride`]). The border is left as it is.
pub(super) fn side_by_side(sizes: &Sizes, planes: &[f32], slice: usize, out: &mut [f32]) {
    let ([depth, height, width], stride) = (sizes.volume, sizes.stride());
    let rows = out.chunks_exact_mut(sizes.row_len()).skip(1).take(height);
    for (y, row) in rows.enumerate() {
        let voxels = &mut row[stride..][..width * stride];
        let line = |channel: usize| &planes[((channel * depth + slice) * height + y) * width..][..width];
        let done = sizes.channels / LANES * LANES;
        for channel in (0..done).step_by(LANES) {
            let [a, b, c, d] = [0, 1, 2, 3].map(|next| line(channel + next));
            for (x, voxel) in voxels.chunks_exact_mut(stride).enumerate() {
                voxel[channel..][..LANES].copy_from_slice(&[a[x], b[x], c[x], d[x]]);
            }
        }
        for channel in done..sizes.channels {
            voxels.chunks_exact_mut(stride).zip(line(channel)).for_each(|(voxel, value)| voxel[channel] = *value);
        }
    }
}

/// Samples a section: `volume` (D + 2, H + 2, W + 2, [`Sizes::stride`]) with a border of zeros, `grid` (H', W', 3) with
/// x, y and z, or (H', W', 2) with x and y, from −1 to 1 between the outer edges, `out` the section's plane (H', W') of
/// each channel.
pub(super) fn sample(sizes: &Sizes, volume: &[f32], grid: &[f32], out: &mut [&mut [f32]]) {
    let mut places = Places::new();
    for (block, grid) in grid.chunks(sizes.axes * BLOCK).enumerate() {
        places.find(sizes, grid);
        let points = block * BLOCK..block * BLOCK + grid.len() / sizes.axes;
        let mut channel = 0;
        while channel < sizes.channels {
            let out = &mut out[channel..];
            channel += match out.len() {
                16.. => gathered::<16>(sizes, volume, channel, &places, out, points.clone()),
                8.. => gathered::<8>(sizes, volume, channel, &places, out, points.clone()),
                _ => gathered::<LANES>(sizes, volume, channel, &places, out, points.clone()),
            };
        }
    }
}

/// Sums the weighted corners of `N` channels from `channel` on, of all `points` of a block, and writes those into `out`
/// that are no padding. Returns `N`.
fn gathered<const N: usize>(
    sizes: &Sizes,
    volume: &[f32],
    channel: usize,
    places: &Places,
    out: &mut [&mut [f32]],
    points: Range<usize>,
) -> usize {
    let (stride, row, slice) = (sizes.stride(), sizes.row_len(), sizes.slice_len());
    let mut sums = [[0.0; N]; BLOCK];
    for (i, sums) in sums.iter_mut().enumerate().take(points.len()) {
        let start = places.voxels[i] as usize * stride + channel;
        // Summed apart from the array, where the sums stay in registers.
        let mut sum = [0.0; N];
        for (pair, offset) in [0, row, slice, slice + row].into_iter().enumerate() {
            let both = &volume[start + offset..][..stride + N];
            let (lower, upper) = (&both[..N], &both[stride..]);
            let [lower_weight, upper_weight] = [2 * pair, 2 * pair + 1].map(|corner| places.weights[corner][i]);
            for ((sum, lower), upper) in sum.iter_mut().zip(lower).zip(upper) {
                *sum += lower_weight * lower + upper_weight * upper;
            }
        }
        *sums = sum;
    }
    for (lane, plane) in out.iter_mut().enumerate().take(N) {
        plane[points.clone()].iter_mut().zip(&sums).for_each(|(to, sums)| *to = sums[lane]);
    }
    N
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the definition says it, one number after the other.
    fn plain(sizes: &Sizes, input: &[f32], grid: &[f32]) -> Vec<f32> {
        let [depth, height, width] = sizes.volume;
        let at = |n: usize, c: usize, z: f64, y: f64, x: f64| {
            let inside = |at: f64, length: usize| at >= 0.0 && at < length as f64;
            let is_inside = inside(z, depth) && inside(y, height) && inside(x, width);
            let place = || (((n * sizes.channels + c) * depth + z as usize) * height + y as usize) * width + x as usize;
            if is_inside { f64::from(input[place()]) } else { 0.0 }
        };
        let points = sizes.grid.iter().product::<usize>();
        let mut out = Vec::new();
        for n in 0..sizes.count {
            for c in 0..sizes.channels {
                for place in grid.as_chunks::<3>().0.iter().skip(n * points).take(points) {
                    let lengths = [width, height, depth];
                    let [x, y, z]: [f64; 3] =
                        std::array::from_fn(|i| ((f64::from(place[i]) + 1.0) * lengths[i] as f64 - 1.0) / 2.0);
                    let mut sum = 0.0;
                    for corner in 0..8 {
                        let at_corner = |value: f64, bit: usize| value.floor() + f64::from(corner >> bit & 1);
                        let weight = |value: f64, bit: usize| 1.0 - (value - at_corner(value, bit)).abs();
                        sum += weight(x, 0)
                            * weight(y, 1)
                            * weight(z, 2)
                            * at(n, c, at_corner(z, 2), at_corner(y, 1), at_corner(x, 0));
                    }
                    out.push(sum as f32);
                }
            }
        }
        out
    }

    fn whole(sizes: &Sizes, input: &[f32], grid: &[f32]) -> Vec<f32> {
        let (depth, per_volume) = (sizes.volume[0], sizes.channels * sizes.volume.iter().product::<usize>());
        let mut volumes = vec![0.0; sizes.count * sizes.volume_len()];
        for (volume, input) in volumes.chunks_exact_mut(sizes.volume_len()).zip(input.chunks_exact(per_volume)) {
            for (z, out) in volume.chunks_exact_mut(sizes.slice_len()).skip(1).take(depth).enumerate() {
                side_by_side(sizes, input, z, out);
            }
        }
        let area = sizes.grid[1] * sizes.grid[2];
        let mut out = vec![0.0; sizes.count * sizes.channels * sizes.grid[0] * area];
        for section in 0..sizes.count * sizes.grid[0] {
            let (n, z) = (section / sizes.grid[0], section % sizes.grid[0]);
            let planes = out.chunks_mut(area).skip(n * sizes.channels * sizes.grid[0] + z);
            let mut planes: Vec<&mut [f32]> = planes.step_by(sizes.grid[0]).take(sizes.channels).collect();
            let volume = &volumes[n * sizes.volume_len()..][..sizes.volume_len()];
            sample(sizes, volume, &grid[section * area * sizes.axes..][..area * sizes.axes], &mut planes);
        }
        out
    }

    #[test]
    fn samples_are_those_of_the_definition() {
        for (count, channels, volume, grid) in [
            (1, 32, [4, 5, 6], [3, 7, 9]),
            (3, 4, [2, 8, 8], [2, 8, 8]),
            (2, 19, [1, 3, 17], [1, 1, 40]),
            (1, 1, [1, 1, 1], [2, 2, 2]),
            (1, 11, [3, 4, 5], [1, 13, 10]),
        ] {
            let sizes = Sizes { count, channels, volume, grid, axes: 3 };
            let number = |i: usize| ((i * 7919 + 13) % 1000) as f32 / 500.0 - 1.0;
            let input: Vec<f32> = (0..count * channels * volume.iter().product::<usize>()).map(number).collect();
            let places: Vec<f32> =
                (0..count * grid.iter().product::<usize>() * 3).map(|i| 1.6 * number(i * 31 + 5)).collect();
            let (got, want) = (whole(&sizes, &input, &places), plain(&sizes, &input, &places));
            let off = got.iter().zip(&want).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert_eq!(got.len(), want.len());
            assert!(off < 1e-5, "{sizes:?}: {off}");
        }
    }

    #[test]
    fn places_on_voxels_and_edges_are_those_of_the_definition() {
        let sizes = Sizes { count: 1, channels: 4, volume: [2, 3, 5], grid: [1, 1, 8 * 8 * 8], axes: 3 };
        let input: Vec<f32> = (0..120).map(|i| (i * i % 29) as f32 / 29.0).collect();
        // The outer edges, the first and the last voxel, one voxel outside, and far outside.
        let on = |length: f32, which: usize| match which {
            0..4 => [-1.0, 1.0, -1.0 + 1.0 / length, 1.0 - 1.0 / length][which],
            _ => [-1.0 - 1.0 / length, 1.0 + 1.0 / length, -1e9, 1e9][which - 4],
        };
        let places = (0..512).flat_map(|i| [on(5.0, i % 8), on(3.0, i / 8 % 8), on(2.0, i / 64)]);
        let places: Vec<f32> = places.collect();
        let (got, want) = (whole(&sizes, &input, &places), plain(&sizes, &input, &places));
        let off = got.iter().zip(&want).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(off < 1e-5, "{off}");
    }

    #[test]
    fn a_picture_is_a_volume_of_one_slice() {
        let flat = Sizes::of(&[1, 3, 4, 6], &[1, 5, 2, 2]).unwrap();
        let deep = Sizes::of(&[1, 3, 1, 4, 6], &[1, 1, 5, 2, 3]).unwrap();
        let input: Vec<f32> = (0..72).map(|i| (i * i % 29) as f32).collect();
        let places: Vec<f32> = (0..20).map(|i| (i * 17 % 23) as f32 / 10.0 - 1.1).collect();
        let with_depth: Vec<f32> = places.as_chunks::<2>().0.iter().flat_map(|&[x, y]| [x, y, 0.0]).collect();
        assert_eq!(whole(&flat, &input, &places), whole(&deep, &input, &with_depth));
    }

    #[test]
    fn places_that_are_no_numbers_or_far_away_give_zero() {
        let sizes = Sizes { count: 1, channels: 2, volume: [2, 2, 2], grid: [1, 1, 4], axes: 3 };
        let places = [f32::NAN, 0.0, 0.0, 1e30, 0.0, 0.0, f32::NEG_INFINITY, 0.0, 0.0, 0.0, 0.0, 0.0];
        let got = whole(&sizes, &[1.0; 16], &places);
        assert_eq!(got, [0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]);
    }
}
