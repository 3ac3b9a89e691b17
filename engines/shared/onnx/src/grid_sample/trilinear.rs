//! Trilinear sampling of volumes, with zeros outside.

/// Sizes of a sampling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sizes {
    /// Volumes, each with a grid of its own.
    pub(super) count: usize,
    pub(super) channels: usize,
    /// Depth, height and width of a volume.
    pub(super) volume: [usize; 3],
    /// Depth, height and width of what comes out.
    pub(super) grid: [usize; 3],
    /// Numbers of a place: 3, or 2 for pictures, which are volumes of depth 1.
    pub(super) axes: usize,
}

impl Sizes {
    /// Those of an input (N, C, D, H, W) and a grid (N, D', H', W', 3), or (N, C, H, W) and (N, H', W', 2); none for
    /// other shapes.
    pub(super) fn of(input: &[i64], grid: &[i64]) -> Option<Self> {
        let (input, grid): (Vec<usize>, Vec<usize>) =
            [input, grid].map(|shape| shape.iter().filter_map(|&axis| usize::try_from(axis).ok()).collect()).into();
        let (sizes, grids) = match (&input[..], &grid[..]) {
            (&[count, channels, d, h, w], &[grids, gd, gh, gw, 3]) => {
                (Self { count, channels, volume: [d, h, w], grid: [gd, gh, gw], axes: 3 }, grids)
            }
            (&[count, channels, h, w], &[grids, gh, gw, 2]) => {
                (Self { count, channels, volume: [1, h, w], grid: [1, gh, gw], axes: 2 }, grids)
            }
            _ => return None,
        };
        let is_empty = input.contains(&0) || grid.contains(&0);
        (grids == sizes.count && !is_empty).then_some(sizes)
    }

    /// Slices of the volumes: as many pieces of work to lay the channels side by side.
    pub(super) fn slices(&self) -> usize {
        self.count * self.volume[0]
    }

    /// Slices of the output: as many pieces of work to sample.
    pub(super) fn sections(&self) -> usize {
        self.count * self.grid[0]
    }

    /// Numbers of a slice of a volume, with all channels.
    pub(super) fn slice_len(&self) -> usize {
        self.volume[1] * self.volume[2] * self.channels
    }
}

/// Numbers that a processor keeps close while it moves them: a line of its cache.
const LINE: usize = 16;

/// Lays the channels of a slice side by side: `planes` (C, D, H, W) of one volume, `out` (H, W, C) of its slice.
pub(super) fn side_by_side(sizes: &Sizes, planes: &[f32], slice: usize, out: &mut [f32]) {
    let [depth, height, width] = sizes.volume;
    let area = height * width;
    for (line, out) in out.chunks_mut(LINE * sizes.channels).enumerate() {
        for channel in 0..sizes.channels {
            let start = (channel * depth + slice) * area + line * LINE;
            let from = &planes[start..][..out.len() / sizes.channels];
            for (to, value) in out.chunks_exact_mut(sizes.channels).zip(from) {
                to[channel] = *value;
            }
        }
    }
}

/// Samples a section: `volume` (D, H, W, C), `grid` (H', W', 3) with x, y and z, or (H', W', 2) with x and y,
/// from −1 to 1 between the outer edges, `out` the section's plane (H', W') of each channel.
pub(super) fn sample(sizes: &Sizes, volume: &[f32], grid: &[f32], out: &mut [&mut [f32]]) {
    let channels = sizes.channels;
    let mut points = [0.0; LINE].map(|_: f32| vec![0.0; channels]).concat();
    for (line, places) in grid.chunks(sizes.axes * LINE).enumerate() {
        for (place, point) in places.chunks_exact(sizes.axes).zip(points.chunks_exact_mut(channels)) {
            // The middle of the only slice, for pictures.
            let corners = corners(sizes, [place[0], place[1], place.get(2).copied().unwrap_or(0.0)]);
            let (wide, rest) = point.as_chunks_mut::<LINE>();
            for (number, sums) in wide.iter_mut().enumerate() {
                *sums = gathered(volume, &corners, number * LINE);
            }
            let done = channels - rest.len();
            for (number, sum) in rest.iter_mut().enumerate() {
                [*sum] = gathered(volume, &corners, done + number);
            }
        }
        for (channel, plane) in out.iter_mut().enumerate() {
            let to = &mut plane[line * LINE..][..places.len() / sizes.axes];
            to.iter_mut().zip(points.chunks_exact(channels)).for_each(|(to, point)| *to = point[channel]);
        }
    }
}

/// Some channels of the eight corners, weighted.
fn gathered<const N: usize>(volume: &[f32], corners: &[(usize, f32); 8], channel: usize) -> [f32; N] {
    let mut sums = [0.0; N];
    for (start, weight) in corners {
        let values: &[f32; N] = volume[start + channel..].first_chunk().expect("a corner lies in the volume");
        for (sum, value) in sums.iter_mut().zip(values) {
            *sum += weight * value;
        }
    }
    sums
}

/// Where the corners around a place begin, and their weights: 0 for those outside.
fn corners(sizes: &Sizes, [x, y, z]: [f32; 3]) -> [(usize, f32); 8] {
    let [depth, height, width] = sizes.volume;
    let [x, y, z] = [neighbours(x, width), neighbours(y, height), neighbours(z, depth)];
    std::array::from_fn(|corner| {
        let [x, y, z] = [x[corner & 1], y[corner >> 1 & 1], z[corner >> 2]];
        (((z.0 * height + y.0) * width + x.0) * sizes.channels, x.1 * y.1 * z.1)
    })
}

/// The two places around one on an axis of this length, and their weights.
fn neighbours(place: f32, length: usize) -> [(usize, f32); 2] {
    let place = ((place + 1.0) * length as f32 - 1.0) / 2.0;
    let floor = place.floor();
    let fraction = place - floor;
    [(floor, 1.0 - fraction), (floor + 1.0, fraction)].map(|(at, weight)| {
        // What is no number lies outside too.
        if at >= 0.0 && at < length as f32 { (at as usize, weight) } else { (0, 0.0) }
    })
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
        let per_volume = sizes.channels * sizes.volume.iter().product::<usize>();
        let mut volumes = vec![0.0; input.len()];
        for (slice, out) in volumes.chunks_mut(sizes.slice_len()).enumerate() {
            let (n, z) = (slice / sizes.volume[0], slice % sizes.volume[0]);
            side_by_side(sizes, &input[n * per_volume..][..per_volume], z, out);
        }
        let area = sizes.grid[1] * sizes.grid[2];
        let mut out = vec![0.0; sizes.count * sizes.channels * sizes.grid[0] * area];
        for section in 0..sizes.sections() {
            let (n, z) = (section / sizes.grid[0], section % sizes.grid[0]);
            let planes = out.chunks_mut(area).skip(n * sizes.channels * sizes.grid[0] + z);
            let mut planes: Vec<&mut [f32]> = planes.step_by(sizes.grid[0]).take(sizes.channels).collect();
            sample(
                sizes,
                &volumes[n * per_volume..][..per_volume],
                &grid[section * area * sizes.axes..][..area * sizes.axes],
                &mut planes,
            );
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

    #[test]
    fn other_shapes_are_none() {
        assert_eq!(Sizes::of(&[1, 2, 3, 4], &[1, 5, 6, 3]), None);
        assert_eq!(Sizes::of(&[1, 2, 3, -4], &[1, 5, 6, 2]), None);
        assert_eq!(Sizes::of(&[1, 2, 3, 4, 5], &[2, 1, 1, 1, 3]), None);
        assert_eq!(Sizes::of(&[1, 2, 0, 4, 5], &[1, 1, 1, 1, 3]), None);
        assert!(Sizes::of(&[1, 2, 3, 4, 5], &[1, 1, 1, 1, 3]).is_some());
        assert_eq!(Sizes::of(&[1, 2, 3, 4], &[1, 5, 6, 2]).unwrap().grid, [1, 5, 6]);
    }
}
