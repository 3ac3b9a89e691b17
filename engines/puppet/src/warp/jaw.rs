//! How the lower face moves: where a point of the picture was before the jaw dropped and the lips changed shape.

use crate::curve::{arch, bell, mix, rise};
use crate::geometry::{Geometry, Mouth, PLACES, Row, USUAL_JAW};
use crate::pose::MouthPose;

/// How far the lips part at openness 1, in units of the face: 14 mm on an adult.
const GAPE: f32 = 0.23;
/// Share of the gap that the upper lip makes by rising.
const LIFT: f32 = 0.13;
/// Share of the jaw's drop that the corners follow.
const CORNERS: f32 = 0.22;
/// How much narrower a rounded mouth is and a spread one wider, and how much of a rounded mouth stays closed at its sides.
const ROUND: f32 = 0.3;
const SPREAD: f32 = 0.09;
const PURSED: f32 = 0.38;
/// From this share of its width on a pursed mouth is steep.
const STEEP: f32 = 0.5;
/// How much brighter and darker pursed lips are than the portrait's.
const PURSED_LIGHT: f32 = 0.16;
/// How far around the lips that light goes.
const PURSED_REACH: f32 = 0.17;
/// Where a jaw that closes is higher than its lip's middle was, as a share of the lip's way.
const SHUT_JAW: f32 = 0.75;

/// The jaw of one face.
pub(super) struct Jaw {
    mouth: Mouth,
    /// How far the upper lip sinks and the lower one rises until the mouth is at rest, and the second in the middle.
    closing: [Row; 2],
    closing_middle: f32,
    level: f32,
    /// `v` of the highest and the lowest point between the lips.
    highest: f32,
    lowest: f32,
    /// From the lower lip's edge to the chin.
    chin: f32,
    /// How far out a point beside the mouth is, in a face that looks at the camera, for each unit to the left and the right.
    sides: [f32; 2],
}

/// The jaw in one pose.
#[derive(Debug, Clone, Copy)]
pub(super) struct JawPose {
    drop: f32,
    lift: f32,
    narrow: f32,
    /// How much of the mouth's width opens.
    width: f32,
    /// How far a mouth that is open in the portrait has come to rest, 0 to 1.
    rest: f32,
    /// How much the lips are pursed, 0 to 1.
    round: f32,
}

/// Where a point was, seen as part of the upper and of the lower lip.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Parted {
    pub u: f32,
    /// `v` of the point if it belongs to what lies above the mouth.
    pub upper: f32,
    /// `v` of the point if it belongs to the jaw.
    pub lower: f32,
    /// `v` of the lips' edges there.
    pub top: f32,
    pub bottom: f32,
}

impl Parted {
    pub(super) fn between(a: &Self, b: &Self, share: f32) -> Self {
        Self {
            u: mix(a.u, b.u, share),
            upper: mix(a.upper, b.upper, share),
            lower: mix(a.lower, b.lower, share),
            top: mix(a.top, b.top, share),
            bottom: mix(a.bottom, b.bottom, share),
        }
    }
}

impl Jaw {
    pub(super) fn new(geometry: &Geometry) -> Self {
        let mouth = geometry.mouth.clone();
        let chin = (geometry.chin - mouth.lower.at(0.0)).clamp(0.35, 0.9);
        // A turned face ends sooner on its far side.
        let [left, right] = geometry.head.jaws;
        let sides = [-left, right].map(|jaw| (USUAL_JAW / jaw.max(0.1)).clamp(0.85, 3.0));
        Self::of(mouth, chin, sides)
    }

    fn of(mouth: Mouth, chin: f32, sides: [f32; 2]) -> Self {
        let closing = mouth.closing();
        Self {
            closing,
            closing_middle: closing[1].0[PLACES / 2],
            level: mouth.level(),
            highest: mouth.upper.highest(),
            lowest: mouth.lower.lowest(),
            mouth,
            chin,
            sides,
        }
    }

    pub(super) fn mouth(&self) -> &Mouth {
        &self.mouth
    }

    pub(super) fn pose(&self, pose: &MouthPose) -> JawPose {
        let gap = GAPE * pose.open;
        let (round, wide) = ((-pose.spread).max(0.0), pose.spread.max(0.0));
        JawPose {
            drop: gap * (1.0 - LIFT),
            lift: gap * LIFT,
            narrow: ROUND * round - SPREAD * wide + 0.3 * gap,
            width: 1.0 - PURSED * round,
            rest: pose.rest,
            round,
        }
    }

    /// Whether a point of the face can move with the jaw at all.
    pub(super) fn reaches(&self, u: f32, v: f32) -> bool {
        let across = self.out(u);
        across < SIDE.max(self.sides[0].max(self.sides[1]) * AROUND * self.mouth.half_width)
            && v > self.highest - AROUND_HEIGHT
            && v < self.lowest + self.chin + NECK + 2.0 * GAPE
    }

    /// Whether a point lies within `margin` of where the lips part or meet in `pose`.
    pub(super) fn parts(&self, pose: &JawPose, u: f32, v: f32, margin: f32) -> bool {
        let x = self.mouth.across(u);
        let margin = margin.max(if pose.round > 0.0 { PURSED_REACH } else { 0.0 });
        pose.drop + pose.lift + pose.rest * self.closing_middle > 0.0
            && (u - self.mouth.centre).abs() < self.mouth.half_width + margin
            && v > self.mouth.upper.at(x) - pose.lift - margin
            && v < self.mouth.lower.at(x) + pose.drop + margin
    }

    /// How many of the places at which lips part unevenly are nearer to the middle than a point: the ends of the mouth and of
    /// what of it opens, and in a pursed one, which is steep, where it begins to end.
    pub(super) fn ends_before(&self, pose: &JawPose, u: f32) -> usize {
        let x = self.mouth.across(u).abs();
        let begins = pose.round > 0.0 && x >= STEEP * pose.width;
        usize::from(begins) + usize::from(x >= pose.width) + usize::from(x >= 1.0)
    }

    /// The light on a point of the lips: pursed ones stand out, bright in their middle and dark toward their edges.
    #[inline(always)]
    pub(super) fn light(&self, pose: &JawPose, parted: &Parted) -> f32 {
        if pose.round == 0.0 {
            return 1.0;
        }
        let middle = bell(self.mouth.across(parted.u));
        let lip = |inward: f32| {
            bell((inward - 0.055) / 0.05) - 0.9 * bell(inward / 0.035) - 0.5 * bell((inward - 0.13) / 0.04)
        };
        let below = parted.lower - parted.bottom;
        let inward = if below > 0.0 { below } else { (parted.top - parted.upper).max(0.0) };
        1.0 + PURSED_LIGHT * pose.round * middle * lip(inward)
    }

    /// Where a point was, for points that are not between the lips.
    pub(super) fn origin(&self, pose: &JawPose, u: f32, v: f32) -> [f32; 2] {
        let parted = self.part(pose, u, v);
        [parted.u, if parted.lower >= parted.bottom { parted.lower } else { parted.upper }]
    }

    /// Where a point was.
    #[inline(always)]
    pub(super) fn part(&self, pose: &JawPose, u: f32, v: f32) -> Parted {
        let mouth = &self.mouth;
        let (across, down) = (u - mouth.centre, v - self.level);
        let around = bell(across / (AROUND * mouth.half_width)) * bell((down - 0.5 * pose.drop) / AROUND_HEIGHT);
        let u = u + pose.narrow * across * around;
        let x = mouth.across(u);
        let (top, bottom) = (mouth.upper.at(x), mouth.lower.at(x));

        let lips = arch(x / pose.width);
        let jaw = 1.0 - rise(0.3, SIDE, self.out(u));
        let corners = CORNERS * jaw * (1.0 - lips);

        let above = top - v;
        let sink = pose.rest * self.closing[0].at(x) - pose.lift * lips;
        let upper = v - pose.drop * corners * (1.0 - rise(0.0, CHEEK, above)) - sink * (1.0 - rise(0.0, 0.36, above));

        // From the lip's edge down, its own motion passes into that of the whole jaw.
        let lip = pose.drop * (lips + corners) - pose.rest * self.closing[1].at(x);
        let chin = (pose.drop - pose.rest * SHUT_JAW * self.closing_middle) * jaw;
        let below = v - bottom;
        let whole = rise(0.0, 0.6 * self.chin + 0.5 * pose.drop, below - lip);
        let neck = 1.0 - rise(self.chin + 0.5 * pose.drop, self.chin + NECK + pose.drop, below);
        let lower = v - mix(lip, chin, whole) * neck;
        Parted { u, upper, lower, top, bottom }
    }

    /// How far a point is from the middle of the mouth, as in a face that looks at the camera.
    #[inline(always)]
    fn out(&self, u: f32) -> f32 {
        let across = u - self.mouth.centre;
        across.abs() * self.sides[usize::from(across > 0.0)]
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

    /// A closed mouth, one that is open in the portrait, and one that yawns.
    fn jaws() -> [Jaw; 3] {
        [0.0, 0.25, 0.8].map(|gap| Jaw::of(mouth(gap), 0.55, [1.0, 1.6]))
    }

    /// A mouth that is open by so much.
    fn mouth(gap: f32) -> Mouth {
        let upper = Row::of(|x| 1.05 + 0.02 * x.abs());
        let lower = upper.with(&Row::of(|x| gap * arch(x)), |line, gap| line + gap);
        Mouth { centre: 0.03, half_width: 0.38, upper, lower, upper_teeth: upper, lower_teeth: lower, sure: 1.0 }
    }

    /// Points of the lower face, column by column, each from top to bottom.
    fn columns() -> impl Iterator<Item = (f32, Vec<f32>)> {
        (-30..=30).map(|index| (index as f32 * 0.04, (0..240).map(|step| 0.3 + 0.01 * step as f32).collect()))
    }

    fn extremes(jaw: &Jaw) -> Vec<JawPose> {
        let shapes =
            [(1.5, 0.0, 1.0), (1.5, -1.0, 1.0), (1.5, 1.0, 0.0), (0.2, 1.0, 1.0), (0.3, -1.0, 0.5), (0.0, 0.0, 1.0)];
        shapes.map(|(open, spread, rest)| jaw.pose(&MouthPose { open, spread, rest })).to_vec()
    }

    #[test]
    fn as_in_the_portrait_every_point_is_where_it_was() {
        for jaw in jaws() {
            let still = jaw.pose(&MouthPose::default());
            for (u, column) in columns() {
                assert!(column.iter().all(|&v| jaw.origin(&still, u, v) == [u, v] && !jaw.parts(&still, u, v, 0.1)));
            }
        }
    }

    #[test]
    fn the_skin_never_folds() {
        for jaw in jaws() {
            for pose in extremes(&jaw) {
                for (u, column) in columns() {
                    for pair in column.windows(2) {
                        let [above, below] = [pair[0], pair[1]].map(|v| jaw.part(&pose, u, v));
                        assert!(below.lower > above.lower && below.upper > above.upper, "{pose:?} at {u}, {}", pair[0]);
                    }
                }
            }
        }
    }

    /// Whether a point is between the lips: below the upper one's edge and above the lower one's.
    fn is_inside(parted: &Parted) -> bool {
        parted.upper > parted.top + 1e-4 && parted.lower < parted.bottom - 1e-4
    }

    #[test]
    fn beside_the_mouth_the_two_halves_meet() {
        for jaw in jaws() {
            for pose in extremes(&jaw) {
                for (u, column) in columns() {
                    let parted = column.iter().map(|&v| jaw.part(&pose, u, v));
                    let beside = |parted: &Parted| jaw.mouth.across(parted.u).abs() > 1.0;
                    let gap = parted.filter(|parted| beside(parted) && is_inside(parted));
                    assert_eq!(gap.count(), 0, "{pose:?} opens a gap at {u}");
                }
            }
        }
    }

    #[test]
    fn a_mouth_that_is_open_in_the_portrait_closes_at_rest() {
        let [_, jaw, _] = jaws();
        let insides = |rest: f32| {
            let pose = jaw.pose(&MouthPose { rest, ..MouthPose::default() });
            columns()
                .flat_map(|(u, column)| column.into_iter().map(move |v| (u, v)))
                .filter(|&(u, v)| is_inside(&jaw.part(&pose, u, v)))
                .count()
        };
        let [open, half, closed] = [0.0, 0.5, 1.0].map(insides);
        assert!(open > 100 && half < open * 2 / 3 && closed == 0, "{open}, {half}, {closed}");
    }

    #[test]
    fn a_rounded_mouth_opens_in_its_middle_alone() {
        let [jaw, ..] = jaws();
        let widest = |spread: f32| {
            let pose = jaw.pose(&MouthPose { open: 0.5, spread, rest: 1.0 });
            let open = columns().filter(|(u, column)| column.iter().any(|&v| is_inside(&jaw.part(&pose, *u, v))));
            open.count()
        };
        assert!(widest(-1.0) * 3 < widest(0.0) * 2, "{} and {}", widest(-1.0), widest(0.0));
    }

    #[test]
    fn nothing_beyond_its_reach_moves() {
        for jaw in jaws() {
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
}
