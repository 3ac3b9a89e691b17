//! Finds the line between the lips, a dark valley with red on both sides, and the chin, the edge below it.

use super::crop::{Column, Crop, SKIN};
use super::mouth::Mouth;
use super::row::{PLACES, Row, place};
use super::skin::Skin;

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
/// Least mean depth of the valley for a line to be believed, and the one from which on it is sure.
const LEAST_DEPTH: f32 = 0.02;
const SURE_DEPTH: f32 = 0.035;
/// What is darker than this share of the skin lies inside the mouth.
const DARK: f32 = 0.33;
/// Least height of the darkness between parted lips, in most places and in their middle: the shadow between closed lips is
/// lower. From the third on it is surely a mouth, in which there is more to be found.
const LEAST_DARK: f32 = 0.05;
const LEAST_GAP: f32 = 0.09;
const SURELY_DARK: f32 = 0.085;
/// Least height of teeth, near the line and farther from it: the light on a lower lip is lower.
const LEAST_TEETH: f32 = 0.095;
const LEAST_FAR_TEETH: f32 = 0.135;

/// Finds the line between the lips; on proportions where nothing is clear. How sure it is goes with it.
pub(super) fn mouth(crop: &Crop) -> Mouth {
    let (curve, depth) = valley(crop);
    let sides = [-1.0, 1.0].map(|side| side * USUAL_HALF_WIDTH);
    if depth < LEAST_DEPTH {
        let line = Row([USUAL_LEVEL; PLACES]);
        return Mouth::between(sides, [line, line], 0.0);
    }
    let [left, right] = reach(crop, &curve);
    let ends = [curve.centre - left, curve.centre + right];
    let line = follow(crop, &curve, ends);
    let sure = (depth / SURE_DEPTH).min(1.0);
    let Some(contours) = parted(crop, ends, &line) else { return Mouth::between(ends, [line, line], sure) };
    let mut mouth = Mouth::between(ends, contours, sure);
    mouth.look_for_teeth(crop);
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

/// The line in the valley: the cheapest path from corner to corner near the parabola.
fn follow(crop: &Crop, curve: &Curve, [left, right]: [f32; 2]) -> Row {
    const HEIGHTS: usize = 13;
    const STEP: f32 = 0.0125;
    const MIDDLE: f32 = (HEIGHTS / 2) as f32;
    let u = |index: usize| left + (right - left) * 0.5 * (place(index) + 1.0);
    let mut line = Row(std::array::from_fn(|index| curve.at(u(index))));
    let mut costs = [[0.0f32; HEIGHTS]; PLACES];
    let mut from = [[0usize; HEIGHTS]; PLACES];
    for index in 0..PLACES {
        for height in 0..HEIGHTS {
            let offset = (height as f32 - MIDDLE) * STEP;
            let here = -depth(&crop.column(u(index)), line.0[index] + offset) + 0.4 * offset * offset / STEP * 0.1;
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
    let last = &costs[PLACES - 1];
    let mut height = (0..HEIGHTS).min_by(|&a, &b| last[a].total_cmp(&last[b])).expect("there are heights");
    for index in (0..PLACES).rev() {
        line.0[index] += (height as f32 - MIDDLE) * STEP;
        height = from[index][height];
    }
    line.smooth();
    line.smooth();
    line
}

/// The lips' contours where they are apart: what lies between them is bright and colourless as teeth are, or dark.
fn parted(crop: &Crop, ends: [f32; 2], line: &Row) -> Option<[Row; 2]> {
    smile(crop, ends, line).or_else(|| open(crop, ends, line))
}

/// The lips' contours around the line between them where teeth are seen there.
fn smile(crop: &Crop, ends: [f32; 2], line: &Row) -> Option<[Row; 2]> {
    let skin = Skin::of(crop);
    // Teeth begin near the line; a light on the lower lip, as pale as they are, does not.
    let looks = [(NEAR_TEETH, LEAST_TEETH), (FAR_TEETH, LEAST_FAR_TEETH)];
    looks.into_iter().flat_map(|look| [0.6, 0.8].map(|red| (look, red))).find_map(|((near, least), share)| {
        let tooth = |u: f32, v: f32| skin.is_tooth(crop, [u, v], 0.75, share);
        let lips = |u: f32, [begin, end]: [f32; 2]| {
            let teeth = skin.pale(crop, u, 0.5 * (begin + end));
            [begin - LIP, end + LIP].into_iter().all(|lip| teeth - skin.pale(crop, u, lip) > PALER)
        };
        let [up, down] = band(ends, line, near, &tooth, &lips)?;
        // A rest of teeth must not go with the lip.
        (down - up + 2.0 * STEP >= least).then(|| contours(line, [up - STEP, down + 2.0 * STEP]))
    })
}

/// The same where it is dark there.
fn open(crop: &Crop, ends: [f32; 2], line: &Row) -> Option<[Row; 2]> {
    let dark = |u: f32, v: f32| crop.bright(u, v) < DARK * SKIN;
    let [up, down] = band(ends, line, NEAR_DARK, &dark, &|_, [begin, end]| end - begin > LEAST_DARK)?;
    if down - up < SURELY_DARK {
        return (down - up >= LEAST_GAP).then(|| contours(line, [up, down]));
    }
    // Above the darkness there may be teeth, and below it is the tongue as far as to the edge of the lower lip.
    let (skin, u, v) = (Skin::of(crop), 0.5 * (ends[0] + ends[1]), line.at(0.0));
    let steps = |from: usize, to: usize| (from..to).map(|step| STEP * step as f32);
    let edge = |by: f32| crop.bright(u, v + down + by + 0.02) - crop.bright(u, v + down + by - 0.02);
    let lip = steps(4, 16).max_by(|&a, &b| edge(a).total_cmp(&edge(b)));
    let is_pale = |by: &f32| skin.pale(crop, u, v + up - by) > PALER;
    let teeth = steps(0, 4)
        .find(is_pale)
        .map_or(0.0, |first| steps(0, 10).map(|by| first + by).take_while(is_pale).fold(first, f32::max));
    let tongue = lip.filter(|&by| edge(by) > TONGUE * edge(0.0)).unwrap_or(0.0);
    Some(contours(line, [up - teeth, down + tongue]))
}

/// The contours that are so far from the line in their middle.
fn contours(line: &Row, middle: [f32; 2]) -> [Row; 2] {
    middle.map(|by| line.with(&Row::of(|x| by * (1.0 - x * x)), |v, by| v + by))
}

/// How closely what lies between the lips is looked at, and where from the line on it begins.
const STEP: f32 = 0.0125;
const NEAR_TEETH: [f32; 2] = [-0.14, 0.08];
const FAR_TEETH: [f32; 2] = [-0.24, 0.08];
const NEAR_DARK: [f32; 2] = [-0.1, 0.03];
/// The highest gap that is looked for.
const HIGHEST: f32 = 0.4;
/// How sharp the edge of the lower lip is against the tongue, at least, as a share of the tongue's against the darkness.
const TONGUE: f32 = 0.5;
/// From the edge of a lip to its middle, and how much paler than it teeth are.
const LIP: f32 = 0.05;
const PALER: f32 = 0.25;

/// Where a band along the line that is `inside` and is bounded as it should be begins and ends in its middle, from the line on,
/// as most places show it.
fn band(
    [left, right]: [f32; 2],
    line: &Row,
    [from, to]: [f32; 2],
    inside: &dyn Fn(f32, f32) -> bool,
    is_bounded: &dyn Fn(f32, [f32; 2]) -> bool,
) -> Option<[f32; 2]> {
    let (mut begins, mut ends) = (Vec::new(), Vec::new());
    let middle = PLACES / 4..=PLACES * 3 / 4;
    for index in middle.clone() {
        let x = place(index);
        let (u, v) = (left + (right - left) * 0.5 * (x + 1.0), line.0[index]);
        let steps = ((to + HIGHEST - from) / STEP) as usize;
        let seen: Vec<bool> = (0..steps).map(|step| inside(u, v + from + STEP * step as f32)).collect();
        // What begins before the window is skin.
        let mut step = seen.iter().take_while(|inside| **inside).count();
        let mut runs = std::iter::from_fn(|| {
            step += seen[step..].iter().take_while(|inside| !**inside).count();
            let begin = step;
            step += seen[step..].iter().take_while(|inside| **inside).count();
            let place = |step: usize| from + STEP * step as f32;
            (begin < steps && place(begin) <= to).then(|| [place(begin), place(step - 1)])
        });
        let is_band = |[begin, end]: &[f32; 2]| end - begin >= 2.0 * STEP && is_bounded(u, [v + begin, v + end]);
        if let Some([begin, end]) = runs.find(is_band) {
            let full = 1.0 - x * x;
            begins.push(begin / full);
            ends.push(end / full);
        }
    }
    (5 * begins.len() >= 3 * middle.count()).then(|| {
        [begins, ends].map(|mut heights| {
            heights.sort_by(f32::total_cmp);
            heights[heights.len() / 2]
        })
    })
}

/// `v` of the chin: the strongest arc below the mouth where the face ends in shadow, near its usual place.
pub(super) fn chin(crop: &Crop, mouth: &Mouth) -> f32 {
    const USUAL: f32 = 0.56;
    let lips = mouth.lower.at(0.0);
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
