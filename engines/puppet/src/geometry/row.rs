//! The height of a lid, a lip or a brow at evenly spaced places from one corner of an eye or of the mouth to the other.

use crate::curve::mix;

/// Places of a row.
pub(crate) const PLACES: usize = 17;

/// `v` of a curve at places from the left corner to the right one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Row(pub [f32; PLACES]);

impl Row {
    /// The row whose height at a place, -1 at the left corner to 1 at the right one, is told.
    pub(crate) fn of(height: impl Fn(f32) -> f32) -> Self {
        Self(std::array::from_fn(|index| height(place(index))))
    }

    /// The row along points that run from left to right, rounded where they bend; `corners` are the `u` of its ends.
    pub(crate) fn along(points: &[[f32; 2]], [left, right]: [f32; 2]) -> Self {
        let mut row = Self::of(|x| height(points, left + (right - left) * 0.5 * (x + 1.0)));
        row.smooth();
        row
    }

    /// The height at a place; beyond the corners, that of the nearer corner.
    #[inline(always)]
    pub(crate) fn at(&self, x: f32) -> f32 {
        let place = ((x + 1.0) * 0.5 * (PLACES - 1) as f32).clamp(0.0, (PLACES - 1) as f32);
        let index = (place as usize).min(PLACES - 2);
        mix(self.0[index], self.0[index + 1], place - index as f32)
    }

    /// What two rows make, place by place.
    pub(crate) fn with(&self, other: &Self, both: impl Fn(f32, f32) -> f32) -> Self {
        Self(std::array::from_fn(|index| both(self.0[index], other.0[index])))
    }

    /// The heights' mean.
    pub(crate) fn mean(&self) -> f32 {
        self.0.iter().sum::<f32>() / PLACES as f32
    }

    /// The least height: the highest point, as `v` runs down.
    pub(crate) fn highest(&self) -> f32 {
        self.0.iter().copied().fold(f32::MAX, f32::min)
    }

    /// The greatest height: the lowest point.
    pub(crate) fn lowest(&self) -> f32 {
        self.0.iter().copied().fold(f32::MIN, f32::max)
    }

    /// The row without what only single places show, and without corners.
    pub(crate) fn evened(&self) -> Self {
        let median = |index: usize| {
            let mut near = self.0[index.saturating_sub(2)..(index + 3).min(PLACES)].to_vec();
            near.sort_by(f32::total_cmp);
            near[near.len() / 2]
        };
        let mut row = Self(std::array::from_fn(median));
        row.smooth();
        row
    }

    /// Takes away small corners; the ends stay.
    pub(super) fn smooth(&mut self) {
        let before = self.0;
        for index in 1..PLACES - 1 {
            self.0[index] = 0.25 * before[index - 1] + 0.5 * before[index] + 0.25 * before[index + 1];
        }
    }
}

/// Position of a place between the corners, -1 to 1.
pub(crate) fn place(index: usize) -> f32 {
    2.0 * index as f32 / (PLACES - 1) as f32 - 1.0
}

/// `v` at `u` on the line through points that run from left to right.
fn height(points: &[[f32; 2]], u: f32) -> f32 {
    let after = points.iter().position(|point| point[0] > u).unwrap_or(points.len() - 1).max(1);
    let ([u0, v0], [u1, v1]) = (points[after - 1], points[after]);
    mix(v0, v1, ((u - u0) / (u1 - u0).max(1e-4)).clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_follows_the_points_it_was_led_along() {
        let points: Vec<[f32; 2]> = (0..=8).map(|n| [0.1 * n as f32, (0.1 * n as f32 - 0.4).powi(2)]).collect();
        let row = Row::along(&points, [0.0, 0.8]);
        for x in [-1.0f32, -0.6, 0.0, 0.3, 1.0] {
            assert!((row.at(x) - (0.4 * x).powi(2)).abs() < 0.01, "{} at {x}", row.at(x));
        }
        assert_eq!((row.at(-3.0), row.at(3.0)), (row.0[0], row.0[PLACES - 1]));
    }
}
