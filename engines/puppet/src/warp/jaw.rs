//! How the lower face moves: where a point of the picture was before the jaw dropped and the lips changed shape.

use crate::curve::{arch, bell, mix, rise};
use crate::geometry::{Geometry, Mouth};
use crate::pose::MouthPose;

/// How far the lips part at openness 1, in units of the face: 14 mm on an adult.
const GAPE: f32 = 0.23;
/// Share of the gap that the upper lip makes by rising.
const LIFT: f32 = 0.13;
/// Share of the jaw's drop that the corners follow.
const CORNERS: f32 = 0.22;

/// The jaw of one face.
pub(super) struct Jaw {
    mouth: Mouth,
    level: f32,
    /// `v` of the highest point of the line between the lips.
    highest: f32,
    /// From the line between the lips to the chin.
    chin: f32,
}

/// The jaw in one pose.
#[derive(Debug, Clone, Copy)]
pub(super) struct JawPose {
    drop: f32,
    lift: f32,
    narrow: f32,
}

/// Where a point was, seen as part of the upper and of the lower lip.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Parted {
    pub u: f32,
    /// `v` of the point if it belongs to what lies above the mouth.
    pub upper: f32,
    /// `v` of the point if it belongs to the jaw.
    pub lower: f32,
    /// `v` of the line between the lips there.
    pub line: f32,
}

impl Parted {
    pub(super) fn between(a: &Self, b: &Self, share: f32) -> Self {
        Self {
            u: mix(a.u, b.u, share),
            upper: mix(a.upper, b.upper, share),
            lower: mix(a.lower, b.lower, share),
            line: mix(a.line, b.line, share),
        }
    }
}

impl Jaw {
    pub(super) fn new(geometry: &Geometry) -> Self {
        let level = geometry.mouth.level();
        Self::of(geometry.mouth.clone(), (geometry.chin - level).clamp(0.35, 0.9))
    }

    fn of(mouth: Mouth, chin: f32) -> Self {
        let level = mouth.level();
        let highest = mouth.line.iter().fold(level, |highest, &v| highest.min(v));
        Self { mouth, level, highest, chin }
    }

    pub(super) fn pose(&self, pose: &MouthPose) -> JawPose {
        let gap = GAPE * pose.open;
        let (round, wide) = ((-pose.spread).max(0.0), pose.spread.max(0.0));
        JawPose { drop: gap * (1.0 - LIFT), lift: gap * LIFT, narrow: 0.26 * round - 0.09 * wide + 0.3 * gap }
    }

    /// Whether a point of the face can move with the jaw at all.
    pub(super) fn reaches(&self, u: f32, v: f32) -> bool {
        let side = SIDE.max(AROUND * self.mouth.half_width);
        (u - self.mouth.centre).abs() < side
            && v > self.highest - AROUND_HEIGHT
            && v < self.level + self.chin + NECK + 2.0 * GAPE
    }

    /// Whether a point lies within `margin` of where the lips part in `pose`.
    pub(super) fn parts(&self, pose: &JawPose, u: f32, v: f32, margin: f32) -> bool {
        let above = v - self.mouth.line_at(u);
        pose.drop + pose.lift > 0.0
            && (u - self.mouth.centre).abs() < self.mouth.half_width + margin
            && above > -pose.lift - margin
            && above < pose.drop + margin
    }

    /// Where a point was, for points that are not between the lips.
    pub(super) fn origin(&self, pose: &JawPose, u: f32, v: f32) -> [f32; 2] {
        let parted = self.part(pose, u, v);
        [parted.u, if parted.lower >= parted.line { parted.lower } else { parted.upper }]
    }

    /// Where a point was.
    pub(super) fn part(&self, pose: &JawPose, u: f32, v: f32) -> Parted {
        let centre = self.mouth.centre;
        let (across, down) = (u - centre, v - self.level);
        let around = bell(across / (AROUND * self.mouth.half_width)) * bell((down - 0.5 * pose.drop) / AROUND_HEIGHT);
        let u = u + pose.narrow * across * around;
        let line = self.mouth.line_at(u);
        let below = v - line;

        let x = (u - centre) / self.mouth.half_width;
        let lips = arch(x);
        let cheek = (1.0 - rise(0.3, SIDE, (u - centre).abs())) * (1.0 - lips);
        let corners = CORNERS * cheek;

        let above = 1.0 - rise(0.0, CHEEK, -below);
        let lift = pose.lift * lips * (1.0 - rise(0.0, 0.36, -below));
        let upper = v - pose.drop * corners * above + lift;

        let jaw = 1.0 - rise(0.3, SIDE, (u - centre).abs());
        // From the lip's edge down, its own motion passes into that of the whole jaw.
        let edge = lips + corners;
        let whole = rise(0.0, 0.6 * self.chin + 0.5 * pose.drop, below - pose.drop * edge);
        let neck = 1.0 - rise(self.chin + 0.5 * pose.drop, self.chin + NECK + pose.drop, below);
        let lower = v - pose.drop * mix(edge, jaw, whole) * neck;
        Parted { u, upper, lower, line }
    }

    /// Position between the corners of the mouth, −1 to 1.
    pub(super) fn across(&self, u: f32) -> f32 {
        (u - self.mouth.centre) / self.mouth.half_width
    }
}

/// How far from the middle the jaw moves anything, how far up the cheeks give, how far down the neck does.
const SIDE: f32 = 1.05;
const CHEEK: f32 = 0.5;
/// How far around its middle the shape of the mouth pulls at the skin: in half widths of the mouth, and up and down.
const AROUND: f32 = 2.2;
const AROUND_HEIGHT: f32 = 0.55;
const NECK: f32 = 0.5;

#[cfg(test)]
mod tests {
    use super::*;

    fn jaw() -> Jaw {
        let line = std::array::from_fn(|index| 1.05 + 0.02 * (index as f32 - 8.0).abs() / 8.0);
        let mouth = Mouth { centre: 0.03, half_width: 0.38, line, shows_teeth: false };
        Jaw::of(mouth, 0.55)
    }

    /// Points of the lower face, column by column, each from top to bottom.
    fn columns() -> impl Iterator<Item = (f32, Vec<f32>)> {
        (-30..=30).map(|index| (index as f32 * 0.04, (0..240).map(|step| 0.3 + 0.01 * step as f32).collect()))
    }

    fn extremes(jaw: &Jaw) -> Vec<JawPose> {
        let shapes = [(1.5, 0.0), (1.5, -1.0), (1.5, 1.0), (0.2, 1.0)];
        shapes.map(|(open, spread)| jaw.pose(&MouthPose { open, spread })).to_vec()
    }

    #[test]
    fn at_rest_every_point_is_where_it_was() {
        let jaw = jaw();
        let rest = jaw.pose(&MouthPose::default());
        for (u, column) in columns() {
            assert!(column.iter().all(|&v| jaw.origin(&rest, u, v) == [u, v] && !jaw.parts(&rest, u, v, 0.1)));
        }
    }

    #[test]
    fn the_skin_never_folds() {
        let jaw = jaw();
        for pose in extremes(&jaw) {
            for (u, column) in columns() {
                for pair in column.windows(2) {
                    let [above, below] = [pair[0], pair[1]].map(|v| jaw.part(&pose, u, v));
                    assert!(below.lower > above.lower && below.upper > above.upper, "{pose:?} at {u}, {}", pair[0]);
                }
            }
        }
    }

    #[test]
    fn beside_the_mouth_the_two_halves_meet() {
        let jaw = jaw();
        for pose in extremes(&jaw) {
            for (u, column) in columns() {
                let parted = column.iter().map(|&v| jaw.part(&pose, u, v));
                // A point is between the lips if it was below the line as part of the upper and above it as part of the lower.
                let gap = parted.filter(|parted| {
                    (parted.u - jaw.mouth.centre).abs() > jaw.mouth.half_width
                        && parted.upper > parted.line + 1e-4
                        && parted.lower < parted.line - 1e-4
                });
                assert_eq!(gap.count(), 0, "{pose:?} opens a gap at {u}");
            }
        }
    }

    #[test]
    fn nothing_beyond_its_reach_moves() {
        let jaw = jaw();
        for pose in extremes(&jaw) {
            for (u, column) in columns() {
                for v in column.into_iter().filter(|&v| !jaw.reaches(u, v)) {
                    let [before_u, before_v] = jaw.origin(&pose, u, v);
                    assert!((before_u - u).hypot(before_v - v) < 1e-4, "{pose:?} moves {u}, {v}");
                }
            }
        }
    }
}
