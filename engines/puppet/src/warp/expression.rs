//! How an expression moves the skin: smooth pulls at brows, lids, cheeks and the corners of the mouth.

use crate::curve::bell_of_square;
use crate::geometry::Geometry;
use crate::pose::Expression;

/// From the lower edge of a brow up to its middle.
const BROW: f32 = 0.05;

/// Where the pulls of one face are.
pub(super) struct Features {
    /// The left and the right in the picture; `side` is −1 and 1.
    sides: [Side; 2],
}

struct Side {
    side: f32,
    corner: [f32; 2],
    /// The middle of the brow, and that of the upper lid's edge.
    brow: [f32; 2],
    lid: [f32; 2],
}

/// A displacement that is whole at one point and fades around it.
#[derive(Debug, Clone, Copy)]
struct Pull {
    centre: [f32; 2],
    /// How far it reaches sideways, up and down.
    across: f32,
    up: f32,
    down: f32,
    step: [f32; 2],
}

/// The pulls of one expression.
#[derive(Debug, Clone)]
pub(super) struct Pulls(Vec<Pull>);

impl Features {
    pub(super) fn new(geometry: &Geometry) -> Self {
        let mouth = &geometry.mouth;
        let side = |index: usize| {
            let (side, lids) = (2.0 * index as f32 - 1.0, &geometry.eyes[index]);
            let corner = mouth.centre + side * mouth.half_width;
            Side {
                side,
                corner: [corner, mouth.line_at(corner)],
                brow: [lids.centre, lids.brow.mean() - BROW],
                lid: [lids.centre, lids.upper.at(0.0)],
            }
        };
        Self { sides: [side(0), side(1)] }
    }

    /// The pulls of an expression; none that do nothing.
    pub(super) fn pulls(&self, expression: &Expression) -> Pulls {
        let mut pulls = Vec::new();
        for (index, at) in self.sides.iter().enumerate() {
            let (brow, [out, up]) = (expression.brows[index], expression.corners[index]);
            let brow_end = |out: f32| [at.brow[0] + at.side * out, at.brow[1]];
            let pull = |centre, across, up, down, step| Pull { centre, across, up, down, step };
            pulls.extend([
                pull(at.corner, 0.44, 0.44, 0.42, [at.side * out, -up]),
                pull([at.side * 0.55, 0.62], 0.4, 0.35, 0.4, [0.0, -expression.cheeks]),
                pull([at.side * 0.16, 0.72], 0.32, 0.4, 0.34, [0.0, -expression.sneer]),
                pull(brow_end(-0.23), 0.4, 0.5, 0.29, [-at.side * brow.together, -brow.inner]),
                pull(brow_end(0.22), 0.4, 0.5, 0.29, [0.0, -brow.outer]),
                pull(at.lid, 0.34, 0.26, 0.2, [0.0, -expression.wide]),
            ]);
        }
        pulls.retain(|pull| pull.step != [0.0, 0.0]);
        Pulls(pulls)
    }
}

impl Pulls {
    /// How far the point that is now at (`u`, `v`) has come.
    pub(super) fn step(&self, u: f32, v: f32) -> [f32; 2] {
        let mut sum = [0.0; 2];
        for pull in &self.0 {
            let (across, down) = ((u - pull.centre[0]) / pull.across, v - pull.centre[1]);
            let down = down / if down < 0.0 { pull.up } else { pull.down };
            let share = bell_of_square(across * across + down * down);
            sum = [sum[0] + share * pull.step[0], sum[1] + share * pull.step[1]];
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_api::Emotion;

    use crate::emotion::expression;
    use crate::geometry::usual;

    #[test]
    fn the_skin_never_folds_however_strong_the_expression() {
        let features = Features::new(&usual());
        for emotion in [
            Emotion::Happy,
            Emotion::Sad,
            Emotion::Angry,
            Emotion::Surprised,
            Emotion::Disgusted,
            Emotion::Fear,
            Emotion::Contempt,
        ] {
            let pulls = features.pulls(&expression(emotion).scaled(2.0).lifted(0.08));
            let origin = |u: f32, v: f32| {
                let [du, dv] = pulls.step(u, v);
                [u - du, v - dv]
            };
            for (u, v) in (-60..60).flat_map(|i| (-60..80).map(move |j| (0.02 * i as f32, 0.02 * j as f32))) {
                let ([a, b], [c, d], [e, f]) = (origin(u, v), origin(u + 0.01, v), origin(u, v + 0.01));
                let area = ((c - a) * (f - b) - (d - b) * (e - a)) / 1e-4;
                assert!(area > 0.08, "{emotion:?} folds at {u:.2}, {v:.2}: {area:.2}");
            }
        }
    }
}
