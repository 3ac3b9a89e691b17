//! The cells in which the lips part: worked out at the corners of small squares, and interpolated between them.

use super::cavity::Teeth;
use super::jaw::{JawPose, Parted};
use super::source::Lines;
use super::{Cell, LARGEST_CELL, Node, Warp};
use crate::curve::{mix, mix_points};

/// Pixels across and down of a square: the smallest cells are one.
const SQUARE: usize = 4;
/// Corners along a side of the largest cells.
const CORNERS: usize = LARGEST_CELL / SQUARE + 1;

/// One corner of a square.
#[derive(Debug, Clone, Copy, Default)]
struct Corner {
    parted: Parted,
    /// Where it is now on the face.
    face: [f32; 2],
    /// Where it was in the portrait, in pixels, if it belongs to the upper lip, to the lower one, and to the skull.
    upper: [f32; 2],
    lower: [f32; 2],
    skull: [f32; 2],
    /// The light on the lips there, as a share of that in the portrait.
    light: f32,
}

impl Corner {
    fn between(a: &Self, b: &Self, share: f32) -> Self {
        Self {
            parted: Parted::between(&a.parted, &b.parted, share),
            face: mix_points(a.face, b.face, share),
            upper: mix_points(a.upper, b.upper, share),
            lower: mix_points(a.lower, b.lower, share),
            skull: mix_points(a.skull, b.skull, share),
            light: mix(a.light, b.light, share),
        }
    }

    /// How much of a pixel of `unit` pixels per unit the upper lip has, and how much the lower one.
    fn shares(&self, unit: f32) -> [f32; 2] {
        let Parted { upper, lower, top, bottom, .. } = self.parted;
        let upper = (0.5 - (upper - top) * unit).clamp(0.0, 1.0);
        [upper, (0.5 - (bottom - lower) * unit).clamp(0.0, 1.0).min(1.0 - upper)]
    }
}

impl Warp {
    /// Paints a cell in which the lips part.
    #[inline(always)]
    pub(super) fn paint_lips(&mut self, cell: &Cell, jaw: &JawPose) {
        let mut above = [Corner::default(); CORNERS];
        self.work_out(cell, jaw, 0, &mut above);
        for row in (0..cell.height).step_by(SQUARE) {
            let mut below = [Corner::default(); CORNERS];
            self.work_out(cell, jaw, row + SQUARE, &mut below);
            for (left, column) in (0..cell.width).step_by(SQUARE).enumerate() {
                let corners = [&above[left], &above[left + 1], &below[left], &below[left + 1]];
                let [width, height] = [cell.width - column, cell.height - row].map(|left| left.min(SQUARE));
                self.paint_square(cell, jaw, [column, row], [width, height], corners);
            }
            above = below;
        }
    }

    /// Works out a row of corners, so many pixels down a cell.
    #[inline(always)]
    fn work_out(&self, cell: &Cell, jaw: &JawPose, row: usize, corners: &mut [Corner; CORNERS]) {
        for (corner, column) in corners.iter_mut().zip((0..=self.cell).step_by(SQUARE)) {
            *corner = self.corner(cell, jaw, [column, row]);
        }
    }

    /// What is so many pixels across and down a cell.
    #[inline(always)]
    fn corner(&self, cell: &Cell, jaw: &JawPose, [column, row]: [usize; 2]) -> Corner {
        let [a, b, c, d] = self.corners(cell);
        let [across, down] = [column, row].map(|pixels| pixels as f32 / self.cell as f32);
        let node = Node::between(&Node::between(a, c, down), &Node::between(b, d, down), across);
        let [u, v] = node.face;
        let parted = self.jaw.part(jaw, u, v);
        let (x, y) = ((cell.x + column) as f32 - node.head[0], (cell.y + row) as f32 - node.head[1]);
        let lip = |v_before: f32| {
            let step = self.frame.turn(parted.u - u, v_before - v);
            [x + step[0], y + step[1]]
        };
        let light = self.jaw.light(jaw, &parted);
        Corner { face: [u, v], upper: lip(parted.upper), lower: lip(parted.lower), skull: [x, y], light, parted }
    }

    /// Paints a square, so many pixels across and down a cell: row by row where all of it belongs to one lip, and else pixel
    /// by pixel.
    #[inline(always)]
    fn paint_square(
        &mut self,
        cell: &Cell,
        jaw: &JawPose,
        [column, row]: [usize; 2],
        [width, height]: [usize; 2],
        corners: [&Corner; 4],
    ) {
        let unit = self.frame.unit();
        let shares = corners.map(|corner| corner.shares(unit));
        let is_lit = corners.iter().any(|corner| corner.light != 1.0);
        let is_one_lip = |lip: usize| !is_lit && shares.iter().all(|shares| shares[lip] == 1.0);
        // At a corner of the mouth nothing is even.
        let is_even = !self.has_a_mouth_corner(jaw, corners);
        let start = (cell.y + row) * self.width + cell.x + column;
        let one = if is_even && is_one_lip(0) {
            Some(corners.map(|corner| corner.upper))
        } else if is_even && is_one_lip(1) {
            Some(corners.map(|corner| corner.lower))
        } else {
            None
        };
        if let Some(places) = one {
            let mut lines = Lines::between(places, SQUARE);
            for row in self.pixels[start..].chunks_mut(self.width).take(height) {
                self.source.fill(&lines.line, &mut row[..width]);
                lines.advance();
            }
            return;
        }
        for down in 0..height {
            let share = |pixels: usize| pixels as f32 / SQUARE as f32;
            let left = Corner::between(corners[0], corners[2], share(down));
            let right = Corner::between(corners[1], corners[3], share(down));
            for across in 0..width {
                let corner = match is_even {
                    true => Corner::between(&left, &right, share(across)),
                    false => self.corner(cell, jaw, [column + across, row + down]),
                };
                self.pixels[start + down * self.width + across] = self.lip_pixel(&corner, unit);
            }
        }
    }

    /// Whether the mouth, or what of it opens, ends between these corners.
    fn has_a_mouth_corner(&self, jaw: &JawPose, corners: [&Corner; 4]) -> bool {
        let ends = corners.map(|corner| self.jaw.ends_before(jaw, corner.parted.u));
        ends.iter().any(|other| *other != ends[0])
    }

    /// The upper lip, the lower lip, or what shows between them; mixed by share where they meet in a pixel.
    #[inline(always)]
    fn lip_pixel(&self, corner: &Corner, unit: f32) -> [u8; 3] {
        let [upper, lower] = corner.shares(unit);
        let mut sum = [0.0; 3];
        let mut add = |share: f32, colour: [f32; 3]| {
            sum.iter_mut().zip(colour).for_each(|(sum, value)| *sum += share * value);
        };
        let light = corner.light;
        if upper > 0.0 {
            add(light * upper, self.source.colour(corner.upper));
        }
        if lower > 0.0 {
            add(light * lower, self.source.colour(corner.lower));
        }
        if upper + lower < 1.0 {
            add(1.0 - upper - lower, self.inside(corner));
        }
        sum.map(|value| (value + 0.5) as u8) // saturates
    }
}

impl Warp {
    /// What is seen between the lips: the portrait's own teeth, the upper ones where the skull has them and the lower ones
    /// where the jaw has, and else the cavity.
    #[inline(always)]
    fn inside(&self, corner: &Corner) -> [f32; 3] {
        let ([u, v], parted) = (corner.face, &corner.parted);
        let inside = self.cavity.seen(self.jaw.mouth(), parted, u, v);
        let [from, step] = match inside.teeth {
            Some(Teeth::Upper { v: at }) => [corner.skull, self.frame.turn(0.0, at - v)],
            Some(Teeth::Lower { v: at }) => [corner.lower, self.frame.turn(u - parted.u, at - parted.lower)],
            None => return inside.colour,
        };
        let teeth = self.source.colour([from[0] + step[0], from[1] + step[1]]);
        std::array::from_fn(|n| mix(inside.colour[n], teeth[n] * inside.light, inside.share))
    }
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage};

    use super::*;
    use crate::geometry::usual;
    use crate::pose::{MouthPose, Pose};
    use crate::warp::Kind;

    /// How far what is interpolated may lie from what is worked out: in pixels, and in shares of one.
    const OFF: f32 = 1.0;

    #[test]
    fn between_corners_lies_what_would_be_worked_out_there() {
        for scale in [0.5, 1.0, 2.0] {
            let (width, height) = ((450.0 * scale) as u32, (500.0 * scale) as u32);
            let picture = RgbImage::from_pixel(width, height, Rgb([180, 150, 130]));
            let mut warp = Warp::new(&picture, &usual().scaled(scale));
            for mouth in [(0.3, 0.5), (1.0, 0.0), (1.5, -1.0)] {
                let mouth = MouthPose { open: mouth.0, spread: mouth.1, rest: 1.0 };
                warp.paint(&Pose { mouth, ..Pose::default() });
                let jaw = warp.jaw.pose(&mouth);
                let parting: Vec<Cell> = warp.cells.iter().filter(|cell| cell.kind == Kind::Lips).copied().collect();
                assert!(parting.len() > 8, "{} cells", parting.len());
                let off = parting.iter().map(|cell| farthest_off(&warp, cell, &jaw)).fold(0.0, f32::max);
                assert!(off < OFF, "{off} at {scale} and {mouth:?}");
            }
        }
    }

    /// How far off any pixel of a cell is, but of those that are worked out one by one.
    fn farthest_off(warp: &Warp, cell: &Cell, jaw: &JawPose) -> f32 {
        let mut farthest = 0f32;
        for (column, row) in (0..cell.width).flat_map(|column| (0..cell.height).map(move |row| (column, row))) {
            let [left, top] = [column, row].map(|pixels| pixels / SQUARE * SQUARE);
            let [a, b, c, d] = [(0, 0), (SQUARE, 0), (0, SQUARE), (SQUARE, SQUARE)]
                .map(|(across, down)| warp.corner(cell, jaw, [left + across, top + down]));
            if warp.has_a_mouth_corner(jaw, [&a, &b, &c, &d]) {
                continue;
            }
            let share = |pixels: usize| pixels as f32 / SQUARE as f32;
            let [across, down] = [share(column - left), share(row - top)];
            let between = Corner::between(&Corner::between(&a, &c, down), &Corner::between(&b, &d, down), across);
            let exact = warp.corner(cell, jaw, [column, row]);
            let apart = |a: [f32; 2], b: [f32; 2]| (a[0] - b[0]).hypot(a[1] - b[1]);
            let unit = warp.frame.unit();
            farthest = farthest
                .max(apart(between.upper, exact.upper))
                .max(apart(between.lower, exact.lower))
                .max(apart(between.shares(unit), exact.shares(unit)));
        }
        farthest
    }
}
