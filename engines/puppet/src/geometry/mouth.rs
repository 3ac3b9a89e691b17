//! Finds the line between the lips, a dark valley with red on both sides, and the chin, the edge below it.

use super::crop::{Column, Crop};

/// Points on the line between the lips, evenly spaced from corner to corner.
const LINE_POINTS: usize = 17;

/// The line at which the lips part.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Mouth {
    /// `u` midway between the corners.
    pub centre: f32,
    /// Half the distance between the corners.
    pub half_width: f32,
    /// `v` of the line from corner to corner.
    pub line: [f32; LINE_POINTS],
    /// The picture shows the teeth already: the line runs below them.
    pub shows_teeth: bool,
}

impl Mouth {
    /// `v` of the line at `u`; outside the corners, that of the nearer corner.
    pub(crate) fn line_at(&self, u: f32) -> f32 {
        let x = ((u - self.centre) / self.half_width + 1.0) * 0.5 * (LINE_POINTS - 1) as f32;
        let x = x.clamp(0.0, (LINE_POINTS - 1) as f32);
        let index = (x as usize).min(LINE_POINTS - 2);
        let (a, b) = (self.line[index], self.line[index + 1]);
        a + (b - a) * (x - index as f32)
    }

    /// `v` of the line, averaged.
    pub(crate) fn level(&self) -> f32 {
        self.line.iter().sum::<f32>() / LINE_POINTS as f32
    }

    fn bent(curve: &Curve, centre: f32, half_width: f32) -> Self {
        let line = std::array::from_fn(|index| curve.at(centre + half_width * share(index)));
        Self { centre, half_width, line, shows_teeth: false }
    }
}

/// A parabola to start from.
#[derive(Debug, Clone, Copy)]
struct Curve {
    centre: f32,
    level: f32,
    slope: f32,
    bend: f32,
}

impl Curve {
    fn at(&self, u: f32) -> f32 {
        let d = u - self.centre;
        self.level + self.slope * d + self.bend * d * d
    }
}

/// Where the mouth lies in most faces: 1.05 units below the eyes, and 0.72 units wide.
const USUAL_LEVEL: f32 = 1.05;
const USUAL_HALF_WIDTH: f32 = 0.36;
/// Least mean depth of the valley for a line to be believed.
const LEAST_DEPTH: f32 = 0.02;

/// Least height of a band of teeth.
const LEAST_TEETH: f32 = 0.03;

/// Finds the line between the lips; on proportions where nothing is clear.
pub(super) fn mouth(crop: &Crop) -> Mouth {
    let (curve, depth) = valley(crop);
    if depth < LEAST_DEPTH {
        let curve = Curve { centre: 0.0, level: USUAL_LEVEL, slope: 0.0, bend: 0.0 };
        return Mouth::bent(&curve, 0.0, USUAL_HALF_WIDTH);
    }
    let [left, right] = reach(crop, &curve);
    let mut mouth = Mouth::bent(&curve, curve.centre + 0.5 * (right - left), 0.5 * (left + right));
    follow(crop, &mut mouth);
    below_teeth(crop, &mut mouth);
    mouth
}

/// How much darker a point is than what lies above and below it.
fn depth(column: &Column<'_>, v: f32) -> f32 {
    let reach = |by: f32| column.bright(v - by).min(column.bright(v + by));
    (reach(0.06).max(reach(0.1)) - column.bright(v)).clamp(-0.05, 0.3)
}

/// The parabola along the deepest valley with red on both sides, and its mean depth.
fn valley(crop: &Crop) -> (Curve, f32) {
    const POINTS: i32 = 8;
    let skin = 0.5 * (crop.mean_red(-0.45, 0.75, 0.1, 0.1) + crop.mean_red(0.45, 0.75, 0.1, 0.1));
    let mut best = (Curve { centre: 0.0, level: USUAL_LEVEL, slope: 0.0, bend: 0.0 }, 0.0);
    let mut best_score = f32::MIN;
    for centre in (-6..=6).map(|index| index as f32 * 0.035) {
        for level in (0..=44).map(|index| 0.75 + index as f32 * 0.0156) {
            let place = (centre / 0.15).powi(2) + ((level - USUAL_LEVEL) / 0.16).powi(2);
            for slope in [-0.2, -0.1, 0.0, 0.1, 0.2] {
                for bend in [-0.7, -0.35, 0.0, 0.35, 0.7] {
                    let curve = Curve { centre, level, slope, bend };
                    let (mut dark, mut red, mut even) = (0.0, 0.0, 0.0);
                    for index in 0..=POINTS {
                        let step = 0.26 * index as f32 / POINTS as f32;
                        let [a, b] = [centre - step, centre + step].map(|u| {
                            let (v, column) = (curve.at(u), crop.column(u));
                            red += column.red(v - 0.06) + column.red(v + 0.07) - 2.0 * skin;
                            depth(&column, v)
                        });
                        dark += a + b;
                        even += (a - b).abs();
                    }
                    let count = 2.0 * (POINTS + 1) as f32;
                    let (dark, red, even) = (dark / count, (red / count).clamp(-0.1, 0.3), even / count);
                    let score = dark + 0.35 * red - 0.2 * even - 0.02 * place - 0.01 * slope.abs();
                    if score > best_score {
                        best_score = score;
                        best = (curve, dark);
                    }
                }
            }
        }
    }
    best
}

/// How far the valley goes on to the left and to the right: while it is deeper than half its middle.
fn reach(crop: &Crop, curve: &Curve) -> [f32; 2] {
    const STEP: f32 = 0.02;
    // The best of a few heights: beyond the fitted middle the corners may rise or fall.
    let near = |d: f32| {
        let spread = 0.02 + 0.12 * d.abs();
        let u = curve.centre + d;
        let (level, column) = (curve.at(u), crop.column(u));
        (-3..=3).map(|step| depth(&column, level + spread * step as f32 / 3.0)).fold(0.0, f32::max)
    };
    let middle = (-8..=8).map(|index| near(STEP * index as f32)).sum::<f32>() / 17.0;
    [-1.0, 1.0].map(|side| {
        let mut best = (USUAL_HALF_WIDTH, f32::MIN);
        let mut gain = 0.0;
        for index in 8..34 {
            let d = STEP * index as f32;
            gain += (near(side * d) - 0.5 * middle).min(0.5 * middle);
            let score = gain - 0.2 * middle * ((d - USUAL_HALF_WIDTH) / 0.12).powi(2);
            if score > best.1 {
                best = (d, score);
            }
        }
        best.0
    })
}

/// Draws the line into the valley by the cheapest path from corner to corner near the parabola.
fn follow(crop: &Crop, mouth: &mut Mouth) {
    const HEIGHTS: usize = 13;
    const STEP: f32 = 0.0125;
    const MIDDLE: f32 = (HEIGHTS / 2) as f32;
    let u = |index: usize| mouth.centre + mouth.half_width * share(index);
    let mut costs = [[0.0f32; HEIGHTS]; LINE_POINTS];
    let mut from = [[0usize; HEIGHTS]; LINE_POINTS];
    for index in 0..LINE_POINTS {
        for height in 0..HEIGHTS {
            let offset = (height as f32 - MIDDLE) * STEP;
            let here = -depth(&crop.column(u(index)), mouth.line[index] + offset) + 0.4 * offset * offset / STEP * 0.1;
            let (previous, before) = if index == 0 {
                (0.0, height)
            } else {
                (height.saturating_sub(2)..(height + 3).min(HEIGHTS))
                    .map(|other| (costs[index - 1][other] + 0.012 * height.abs_diff(other).pow(2) as f32, other))
                    .min_by(|a, b| a.0.total_cmp(&b.0))
                    .expect("the range holds `height` itself")
            };
            costs[index][height] = here + previous;
            from[index][height] = before;
        }
    }
    let last = &costs[LINE_POINTS - 1];
    let mut height = (0..HEIGHTS).min_by(|&a, &b| last[a].total_cmp(&last[b])).expect("there are heights");
    for index in (0..LINE_POINTS).rev() {
        mouth.line[index] += (height as f32 - MIDDLE) * STEP;
        height = from[index][height];
    }
    smooth(&mut mouth.line);
}

/// Where a bright, colourless band lies under the line, the lips part below that band: teeth stay with the skull.
fn below_teeth(crop: &Crop, mouth: &mut Mouth) {
    let skin_red = 0.5 * (crop.mean_red(-0.45, 0.75, 0.1, 0.1) + crop.mean_red(0.45, 0.75, 0.1, 0.1));
    let skin = 0.5 * (crop.mean_bright(-0.45, 0.75, 0.1, 0.1) + crop.mean_bright(0.45, 0.75, 0.1, 0.1));
    let teeth = |u: f32, v: f32| crop.bright(u, v) > 0.75 * skin && crop.red(u, v) < 0.5 * skin_red;
    // How deep the band would be in the middle, as each part of the line shows it.
    let mut depths = [0.0f32; LINE_POINTS];
    for (index, depth) in depths.iter_mut().enumerate() {
        let x = share(index);
        let (u, top) = (mouth.centre + mouth.half_width * x, mouth.line[index]);
        // Teeth begin at the line; a light on the lower lip, as pale as they are, does not.
        let mut downs = (1..24).map(|step| 0.0125 * step as f32).skip_while(|&down| !teeth(u, top + down)).peekable();
        let begins = downs.peek().is_some_and(|&down| down < 0.045);
        let end = if begins { downs.take_while(|&down| teeth(u, top + down)).fold(0.0, f32::max) } else { 0.0 };
        *depth = end / (1.0 - 0.8 * x * x);
    }
    depths.sort_by(f32::total_cmp);
    let depth = depths[LINE_POINTS / 2];
    if depth < LEAST_TEETH {
        return;
    }
    mouth.shows_teeth = true;
    for (index, v) in mouth.line.iter_mut().enumerate() {
        let x = share(index);
        *v += (depth + 0.012) * (1.0 - x * x);
    }
}

fn smooth(line: &mut [f32; LINE_POINTS]) {
    for _ in 0..2 {
        let before = *line;
        for index in 1..LINE_POINTS - 1 {
            line[index] = 0.25 * before[index - 1] + 0.5 * before[index] + 0.25 * before[index + 1];
        }
    }
}

/// `v` of the chin: the strongest arc below the mouth where the face ends in shadow, near its usual place.
pub(super) fn chin(crop: &Crop, mouth: &Mouth) -> f32 {
    const USUAL: f32 = 0.56;
    let lips = mouth.line[LINE_POINTS / 2];
    let edge = |down: f32| {
        let arc = (-4..=4).map(|index| {
            let d = 0.06 * index as f32;
            let v = lips + down - 0.35 * d * d;
            (crop.bright(mouth.centre + d, v - 0.03) - crop.bright(mouth.centre + d, v + 0.03)).clamp(-0.1, 0.2)
        });
        arc.sum::<f32>() / 9.0 - 0.03 * ((down - USUAL) / 0.1).powi(2)
    };
    let down = (0..30).map(|index| 0.4 + 0.0125 * index as f32).max_by(|&a, &b| edge(a).total_cmp(&edge(b)));
    lips + down.filter(|&down| edge(down) > 0.01).unwrap_or(USUAL)
}

/// Position of a point of the line, −1 at the left corner to 1 at the right one.
fn share(index: usize) -> f32 {
    2.0 * index as f32 / (LINE_POINTS - 1) as f32 - 1.0
}
