//! Searches a picture for faces of any size: BlazeFace over the whole of it, then over ever smaller tiles.
//!
//! MediaPipe made the short-range detector for faces within two metres of a camera. In a picture of a whole person the
//! face is smaller than those.

use engine_vision::boxes::{self, Overlap, Ties};
use engine_vision::opencv_resize;
use engine_vision::raster::Raster;

use crate::face::blazeface::{self, SIDE};
use crate::face::mesh_region::Region;
use crate::face::scrfd::Face;

/// How often the sides of tiles go into the picture's longer side.
const SHARES: [usize; 2] = [2, 3];
/// A face that covers more of another, as a share of the smaller one, is the same face.
const COVERED: f32 = 0.5;

/// A face that BlazeFace saw somewhere in the picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Detection {
    /// Its box in pixels of the picture.
    pub face: Face,
    /// The eyes, the one on the left of an upright face first: x and y in pixels of the picture.
    pub eyes: [[f64; 2]; 2],
}

impl Detection {
    /// The square that the mesh network looks at.
    #[must_use]
    pub fn region(&self) -> Region {
        Region::around(self.face.bounds.map(f64::from), self.eyes)
    }
}

/// A square of the picture, which may reach beyond it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tile {
    /// Left edge in pixels.
    pub left: i64,
    /// Upper edge in pixels.
    pub top: i64,
    /// In pixels.
    pub side: usize,
}

impl Tile {
    /// The smallest square around a picture of this size.
    #[must_use]
    pub fn whole(width: usize, height: usize) -> Self {
        let side = even(width.max(height));
        Self { left: starts(width, side)[0], top: starts(height, side)[0], side }
    }

    /// Squares whose side goes `share` times into the longer side. They cover the picture and overlap by half, so that
    /// a face of up to half their side lies in one of them as a whole. None where the detector would have to enlarge
    /// them.
    #[must_use]
    pub fn grid(width: usize, height: usize, share: usize) -> Vec<Self> {
        let side = even(width.max(height).div_ceil(share));
        if side < SIDE {
            return Vec::new();
        }
        let columns = starts(width, side);
        let row = |top: i64| columns.iter().map(move |&left| Self { left, top, side });
        starts(height, side).into_iter().flat_map(row).collect()
    }

    /// The tile, black beyond the picture, and halved until it is less than twice as large as the detector's square:
    /// the detector's own resizing skips pixels.
    #[must_use]
    pub fn cut(&self, image: &Raster<u8>) -> Raster<u8> {
        let channels = image.channels();
        let mut square = Raster::zeros(self.side, self.side, channels);
        let inside = |start: i64, length: usize| {
            let end = (start + self.side as i64).clamp(0, length as i64);
            (start.clamp(0, length as i64) as usize, end as usize)
        };
        let ((left, right), (top, bottom)) = (inside(self.left, image.width()), inside(self.top, image.height()));
        for y in top..bottom {
            let at = (left as i64 - self.left) as usize * channels;
            let row = &image.row(y)[left * channels..right * channels];
            square.row_mut((y as i64 - self.top) as usize)[at..at + row.len()].copy_from_slice(row);
        }
        (0..halvings(self.side)).fold(square, |square, _| opencv_resize::half(&square))
    }

    /// Where a face lies in the picture that BlazeFace saw in the tile.
    #[must_use]
    pub fn detection(&self, face: &blazeface::Face) -> Detection {
        let (start, side) = ([self.left as f64, self.top as f64], self.side as f64);
        let edge = |index: usize| start[index % 2] + f64::from(face.bounds[index]) / SIDE as f64 * side;
        let eye = |index: usize| [0, 1].map(|axis| start[axis] + f64::from(face.points[index][axis]) * side);
        let bounds = [0, 1, 2, 3].map(|index| edge(index) as f32);
        Detection { face: Face { bounds, score: face.score }, eyes: [eye(0), eye(1)] }
    }
}

/// The faces of the picture by falling score, without doubles. `detect` is given squares of any size, and gives faces
/// as [`blazeface::decode`] does. Smaller tiles are looked at only where larger ones show no face: at most 35 squares.
///
/// # Errors
/// Those of `detect`.
pub fn search<E>(
    image: &Raster<u8>,
    mut detect: impl FnMut(&Raster<u8>) -> Result<Vec<blazeface::Face>, E>,
) -> Result<Vec<Detection>, E> {
    let (width, height) = (image.width(), image.height());
    let grids = SHARES.map(|share| Tile::grid(width, height, share));
    for tiles in std::iter::once(vec![Tile::whole(width, height)]).chain(grids) {
        let mut seen = Vec::new();
        for tile in tiles {
            seen.extend(detect(&tile.cut(image))?.iter().map(|face| tile.detection(face)));
        }
        if !seen.is_empty() {
            return Ok(distinct(seen));
        }
    }
    Ok(Vec::new())
}

fn distinct(mut seen: Vec<Detection>) -> Vec<Detection> {
    boxes::sort_by_score(&mut seen, |detection| detection.face.score, Ties::First);
    boxes::suppressed(seen, |detection| detection.face.bounds, Overlap::Smaller, f64::from(COVERED))
}

fn halvings(side: usize) -> u32 {
    (side / SIDE).checked_ilog2().unwrap_or(0)
}

/// The side, enlarged so that halving it loses no pixels.
fn even(side: usize) -> usize {
    side.next_multiple_of(1 << halvings(side))
}

/// Where squares begin along a side of the picture: evenly, at most half a square apart; one that is larger lies around
/// the middle.
fn starts(length: usize, side: usize) -> Vec<i64> {
    let Some(rest) = length.checked_sub(side).filter(|&rest| rest > 0) else {
        return vec![-(((side - length) / 2) as i64)];
    };
    let steps = rest.div_ceil(side / 2);
    (0..=steps).map(|step| (step * rest / steps) as i64).collect()
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    /// A black picture with bright boxes (left, top, side).
    fn picture(width: usize, height: usize, boxes: &[[usize; 3]]) -> Raster<u8> {
        let mut image = Raster::zeros(width, height, 3);
        for &[left, top, side] in boxes {
            for y in top..top + side {
                image.row_mut(y)[left * 3..(left + side) * 3].fill(255);
            }
        }
        image
    }

    /// Takes what is bright for one face, unless it is narrower than 20 of the 128 pixels.
    fn bright(square: &Raster<u8>) -> Result<Vec<blazeface::Face>, Infallible> {
        let small = opencv_resize::linear(square, SIDE, SIDE);
        let lit = |x: usize, y: usize| small.row(y)[x * 3] > 127;
        let places: Vec<_> = (0..SIDE * SIDE).map(|i| (i % SIDE, i / SIDE)).filter(|&(x, y)| lit(x, y)).collect();
        let range = |values: &dyn Fn(&(usize, usize)) -> usize| {
            let (low, high) = (places.iter().map(values).min(), places.iter().map(values).max());
            (low.unwrap_or(0) as f32, high.map_or(0, |high| high + 1) as f32)
        };
        let ((left, right), (top, bottom)) = (range(&|place| place.0), range(&|place| place.1));
        if (right - left).min(bottom - top) < 20.0 {
            return Ok(Vec::new());
        }
        let eye = |x: f32| [x / SIDE as f32, top / SIDE as f32];
        let points = [eye(left), eye(right), eye(left), eye(left), eye(left), eye(left)];
        Ok(vec![blazeface::Face { bounds: [left, top, right, bottom], points, score: (right - left) / SIDE as f32 }])
    }

    fn assert_near(got: impl IntoIterator<Item = f64>, expected: &[f64], tolerance: f64) {
        let got: Vec<f64> = got.into_iter().collect();
        let far = got.iter().zip(expected).any(|(got, expected)| (got - expected).abs() > tolerance);
        assert!(got.len() == expected.len() && !far, "{got:?} is not near {expected:?}");
    }

    #[test]
    fn large_faces_are_seen_in_the_whole_picture() {
        for (width, height) in [(1000, 600), (601, 999), (90, 70), (128, 128)] {
            let (left, top, side) = (width / 3, height / 4, width.min(height) / 2);
            let seen = search(&picture(width, height, &[[left, top, side]]), bright).unwrap();
            let [detection] = seen.as_slice() else { panic!("{seen:?}") };
            let [left, top, side] = [left, top, side].map(|value| value as f64);
            let pixel = width.max(height) as f64 / SIDE as f64;
            let bounds = detection.face.bounds.map(f64::from);
            assert_near(bounds, &[left, top, left + side, top + side], pixel);
            assert_near(detection.eyes.concat(), &[left, top, left + side, top], pixel);
            let region = detection.region();
            assert_near(region.centre, &[left + side / 2.0, top + side / 2.0], pixel);
            assert!(region.angle.abs() < 0.01, "{region:?}");
        }
    }

    #[test]
    fn small_faces_are_seen_in_tiles_and_only_once() {
        for [left, top] in [[0, 0], [930, 530], [460, 270], [300, 100], [700, 13]] {
            let mut squares = 0;
            let detect = |square: &Raster<u8>| {
                squares += 1;
                bright(square)
            };
            let seen = search(&picture(1000, 600, &[[left, top, 60]]), detect).unwrap();
            let [detection] = seen.as_slice() else { panic!("{left} {top}: {seen:?}") };
            let [left, top] = [left, top].map(|value| value as f64);
            assert_near(detection.face.bounds.map(f64::from), &[left, top, left + 60.0, top + 60.0], 3.0);
            assert!(squares <= 35, "{squares} squares");
        }
    }

    #[test]
    fn nothing_is_seen_in_an_empty_picture() {
        assert_eq!(search(&picture(640, 480, &[]), bright).unwrap(), []);
        assert_eq!(search(&picture(1, 1, &[]), bright).unwrap(), []);
    }

    #[test]
    fn tiles_cover_the_picture_and_overlap_by_half() {
        for (width, height) in [(1920, 1080), (1079, 1920), (511, 513), (3000, 10), (129, 128)] {
            for share in SHARES {
                let tiles = Tile::grid(width, height, share);
                for (length, starts) in [
                    (width, tiles.iter().map(|tile| (tile.left, tile.side)).collect::<Vec<_>>()),
                    (height, tiles.iter().map(|tile| (tile.top, tile.side)).collect::<Vec<_>>()),
                ] {
                    let Some(&(first, side)) = starts.iter().min() else { continue };
                    let last = starts.iter().map(|start| start.0).max().unwrap();
                    assert!(first <= 0 && last + side as i64 >= length as i64, "{width} {height} {share}");
                    for &(start, _) in &starts {
                        let next = starts.iter().map(|other| other.0).filter(|&other| other > start).min();
                        assert!(next.is_none_or(|next| next - start <= side as i64 / 2), "{width} {height} {share}");
                    }
                }
            }
        }
        assert_eq!(Tile::grid(200, 100, 2), [], "too small to be worth a look");
    }
}
