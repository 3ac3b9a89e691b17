//! The mouth as a portrait shows it: where the lips part, what teeth are seen between them, and how far they are from rest.

use super::crop::{Crop, SKIN};
use super::row::{PLACES, Row, place};
use super::skin::Skin;

/// The lips' inner contours and what lies between them, in face coordinates. Rows run from corner to corner.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Mouth {
    /// `u` midway between the corners.
    pub centre: f32,
    /// Half the distance between the corners.
    pub half_width: f32,
    /// The lower edge of the upper lip and the upper edge of the lower one; the same where the mouth is closed.
    pub upper: Row,
    pub lower: Row,
    /// The lower edge of the upper teeth and the upper edge of the lower ones; those of the lips where no teeth are seen.
    pub upper_teeth: Row,
    pub lower_teeth: Row,
    /// How surely all this is known, 0 not at all to 1.
    pub sure: f32,
}

/// A gap between the lips of less is a closed mouth.
const CLOSED: f32 = 0.035;
/// Least height of a row of teeth.
const LEAST_TEETH: f32 = 0.025;
/// Teeth that fill so much of the gap are a smile; less of them are seen in a mouth that speaks, but also in a smile that
/// shows the gums: then nothing is dark. What is darker than a share of the skin is, and of that there is so little.
const SMILE: f32 = 0.55;
const GUMMY_SMILE: f32 = 0.3;
const DARK: f32 = 0.45;
const MOST_DARK: f32 = 0.06;
/// Between the lips of a known mouth, what is at least so bright and at most so red, as shares of the skin, is a tooth.
const BRIGHT: f32 = 0.55;
const RED: f32 = 0.9;
/// How closely the gap is looked at, and in how many steps below the lower lip's edge a rest of teeth may be.
const STEP: f32 = 0.0125;
const LEFT_BELOW: usize = 6;
/// The widest gap that closes: a chin cannot be bent farther.
const MOST_CLOSING: f32 = 0.5;
/// How much of closing the mouth the upper lip does.
const UPPER_SHARE: f32 = 0.3;

impl Mouth {
    /// The mouth between these contours, in which no teeth have been looked for.
    pub(super) fn between([left, right]: [f32; 2], [upper, lower]: [Row; 2], sure: f32) -> Self {
        let (centre, half_width) = ((left + right) / 2.0, (right - left) / 2.0);
        let lower = lower.with(&upper, f32::max);
        let mouth = Self { centre, half_width, upper, lower, upper_teeth: upper, lower_teeth: lower, sure };
        if mouth.gap() < CLOSED {
            let line = upper.with(&lower, |a, b| 0.5 * (a + b));
            return Self { upper: line, lower: line, upper_teeth: line, lower_teeth: line, ..mouth };
        }
        mouth
    }

    /// Position between the corners, -1 to 1.
    #[inline(always)]
    pub(crate) fn across(&self, u: f32) -> f32 {
        (u - self.centre) / self.half_width
    }

    /// `v` of the middle between the lips at `u`; outside the corners, that of the nearer corner.
    pub(crate) fn line_at(&self, u: f32) -> f32 {
        let x = self.across(u);
        0.5 * (self.upper.at(x) + self.lower.at(x))
    }

    /// The same, averaged.
    pub(crate) fn level(&self) -> f32 {
        0.5 * (self.upper.mean() + self.lower.mean())
    }

    /// How far apart the lips are where they are farthest.
    pub(crate) fn gap(&self) -> f32 {
        self.lower.with(&self.upper, |lower, upper| lower - upper).lowest()
    }

    /// The portrait shows teeth.
    pub(crate) fn shows_teeth(&self) -> bool {
        self.upper_teeth != self.upper || self.lower_teeth != self.lower
    }

    /// The lips are parted and teeth fill the gap: a smile, which is a face at rest.
    pub(crate) fn smiles(&self) -> bool {
        self.gap() > 0.0 && self.upper_teeth == self.lower
    }

    /// The lips are apart as in speech: not at rest.
    pub(crate) fn is_open(&self) -> bool {
        self.gap() > 0.0 && !self.smiles()
    }

    /// How far the upper lip sinks and the lower one rises until they meet, or as far as the skin gives; not at all in a smile.
    pub(crate) fn closing(&self) -> [Row; 2] {
        let most = if self.smiles() { 0.0 } else { (MOST_CLOSING / self.gap()).min(1.0) };
        let shares = [UPPER_SHARE, 1.0 - UPPER_SHARE].map(|share| most * share);
        shares.map(|share| self.lower.with(&self.upper, |lower, upper| share * (lower - upper)))
    }

    /// Looks between the lips for bright rows at their edges that are less red than they are.
    pub(super) fn look_for_teeth(&mut self, crop: &Crop) {
        let skin = Skin::of(crop);
        let is_tooth = |u: f32, v: f32| skin.is_tooth(crop, [u, v], BRIGHT, RED);
        let points: [Vec<[f32; 2]>; PLACES] = std::array::from_fn(|index| {
            let u = self.centre + self.half_width * place(index);
            let (top, bottom) = (self.upper.0[index], self.lower.0[index]);
            let steps = ((bottom - top) / STEP) as usize;
            (0..steps).map(|step| [u, top + STEP * (step as f32 + 0.5)]).collect()
        });
        let seen = points.each_ref().map(|points| points.iter().map(|&[u, v]| is_tooth(u, v)).collect::<Vec<_>>());
        let middle = PLACES / 4..=PLACES * 3 / 4;
        let teeth = share(seen[middle.clone()].concat().into_iter());
        let dark = share(points[middle].concat().into_iter().map(|[u, v]| crop.bright(u, v) < DARK * SKIN));
        if teeth > SMILE || (teeth > GUMMY_SMILE && dark < MOST_DARK) {
            // A rest of them below the lip's edge, as bright as they are, must not go with the lip.
            let below = |index: usize| {
                let (u, v) = (self.centre + self.half_width * place(index), self.lower.0[index]);
                let least = 0.75 * crop.bright(u, 0.5 * (v + self.upper.0[index]));
                let at = |step: usize| v + STEP * (step as f32 + 0.5);
                let rest =
                    (0..LEFT_BELOW).take_while(|&step| crop.bright(u, at(step)) > least && is_tooth(u, at(step)));
                STEP * rest.count() as f32
            };
            let rest =
                Row(std::array::from_fn(below)).evened().with(&Row::of(|x| 1.0 - x * x), |rest, share| rest * share);
            self.lower = self.lower.with(&rest, |lip, rest| lip + rest);
            // The lower lip hides where they end, and what is dark beside them moves no more than they do.
            (self.upper_teeth, self.lower_teeth) = (self.lower, self.lower);
            return;
        }
        let gap = self.lower.with(&self.upper, |lower, upper| lower - upper);
        let upper = even(seen.each_ref().map(|seen| run(seen.iter())), &gap);
        self.upper_teeth = self.upper.with(&upper, |lip, height| lip + height);
        let left = gap.with(&upper, |gap, upper| gap - upper);
        let lower = even(seen.each_ref().map(|seen| run(seen.iter().rev())), &left);
        self.lower_teeth = self.lower.with(&lower, |lip, height| lip - height);
    }
}

/// The share of answers that are yes.
fn share(answers: impl ExactSizeIterator<Item = bool>) -> f32 {
    let count = answers.len().max(1);
    answers.filter(|yes| *yes).count() as f32 / count as f32
}

/// How far teeth reach from the edge of a lip on, whose shadow may lie on them.
fn run<'a>(seen: impl Iterator<Item = &'a bool> + Clone) -> f32 {
    let Some(begins) = seen.clone().take(4).position(|tooth| *tooth) else { return 0.0 };
    STEP * (begins + seen.skip(begins).take_while(|tooth| **tooth).count()) as f32
}

/// Heights of a row of teeth without what only single places show, and no higher than `most`; none where most places show
/// none.
fn even(heights: [f32; PLACES], most: &Row) -> Row {
    let mut middle: Vec<f32> = heights[PLACES / 4..=PLACES * 3 / 4].to_vec();
    middle.sort_by(f32::total_cmp);
    if middle[middle.len() / 2] < LEAST_TEETH {
        return Row([0.0; PLACES]);
    }
    let mut row = Row(heights);
    // A tooth in shadow is as high as its neighbours.
    for index in 1..PLACES - 1 {
        row.0[index] = row.0[index].max(heights[index - 1].min(heights[index + 1]));
    }
    row.smooth();
    row.with(most, f32::min)
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage};

    use super::*;
    use crate::geometry::frame::Frame;

    const TOOTH: Rgb<u8> = Rgb([215, 210, 200]);
    const GUM: Rgb<u8> = Rgb([170, 100, 100]);
    const DARKNESS: Rgb<u8> = Rgb([40, 20, 20]);

    /// A mouth in plain skin, between whose lips there is one colour over another, the first as far down as a share tells.
    fn mouth(over: Rgb<u8>, share: f32, under: Rgb<u8>) -> Mouth {
        let frame = Frame::through([150.0, 150.0], [250.0, 150.0]);
        let mut picture = RgbImage::from_pixel(400, 400, Rgb([190, 150, 130]));
        let lips = [1.0, 1.2].map(|v| Row([v; PLACES]));
        let [_, top] = frame.to_picture(0.0, 1.0).map(|at| at as u32);
        let (height, edge) = (20, (20.0 * share) as u32);
        for (x, y) in (160..240).flat_map(|x| (0..height).map(move |y| (x, y))) {
            picture.put_pixel(x, top + y, if y < edge { over } else { under });
        }
        let mut mouth = Mouth::between([-0.36, 0.36], lips, 1.0);
        mouth.look_for_teeth(&Crop::new(&picture, &frame));
        mouth
    }

    #[test]
    fn teeth_that_fill_the_mouth_are_a_smile_and_so_are_fewer_below_gums() {
        assert!(mouth(TOOTH, 1.0, TOOTH).smiles());
        assert!(mouth(GUM, 0.5, TOOTH).smiles());
        assert!(!mouth(GUM, 1.0, GUM).smiles(), "it shows no teeth");
    }

    #[test]
    fn teeth_above_darkness_are_those_of_a_mouth_that_speaks() {
        let speaks = mouth(TOOTH, 0.5, DARKNESS);
        assert!(speaks.is_open() && speaks.shows_teeth());
        let teeth = speaks.upper_teeth.at(0.0) - speaks.upper.at(0.0);
        assert!((teeth - 0.1).abs() < 0.03, "they are {teeth} high");
        assert_eq!(speaks.lower_teeth, speaks.lower, "there is darkness above the lower lip");
    }
}
