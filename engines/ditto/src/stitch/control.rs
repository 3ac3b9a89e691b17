//! Control of single frames: pose offsets, expression offsets and fades.

use super::state::{Angle, State, blend};
use crate::motion::{KEYPOINTS, Part, Points};

/// What is changed at a frame; nothing by default.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Control {
    /// How much of the frame is left by a fade: 1 all, 0 nothing.
    pub fade_alpha: Option<f32>,
    /// What the fade changes, if not what is set for all frames.
    pub fade_out_keys: Option<Vec<Part>>,
    /// Degrees added to the nod.
    pub delta_pitch: Option<f32>,
    /// Degrees added to the turn.
    pub delta_yaw: Option<f32>,
    /// Degrees added to the tilt.
    pub delta_roll: Option<f32>,
    /// Factor of the nod: of its degrees if some are added, else of its logits.
    pub alpha_pitch: Option<f32>,
    /// Factor of the turn, in the same way.
    pub alpha_yaw: Option<f32>,
    /// Factor of the tilt, in the same way.
    pub alpha_roll: Option<f32>,
    /// Added to the expression.
    pub delta_exp: Option<Points>,
    /// How much of the expression is left where nobody speaks: from 1 upwards all, 0 nothing.
    pub vad_alpha: Option<f32>,
}

impl Control {
    /// This control, with that of all frames where it says nothing.
    #[must_use]
    pub fn over(&self, overall: &Self) -> Self {
        Self {
            fade_alpha: self.fade_alpha.or(overall.fade_alpha),
            fade_out_keys: self.fade_out_keys.clone().or_else(|| overall.fade_out_keys.clone()),
            delta_pitch: self.delta_pitch.or(overall.delta_pitch),
            delta_yaw: self.delta_yaw.or(overall.delta_yaw),
            delta_roll: self.delta_roll.or(overall.delta_roll),
            alpha_pitch: self.alpha_pitch.or(overall.alpha_pitch),
            alpha_yaw: self.alpha_yaw.or(overall.alpha_yaw),
            alpha_roll: self.alpha_roll.or(overall.alpha_roll),
            delta_exp: self.delta_exp.or(overall.delta_exp),
            vad_alpha: self.vad_alpha.or(overall.vad_alpha),
        }
    }

    /// Changes a frame: the expression of the `still` keypoints where nobody speaks, then pose and expression.
    pub(super) fn apply(&self, state: &mut State, source_exp: &Points, still: impl Fn(usize) -> bool) {
        if let Some(alpha) = self.vad_alpha.filter(|alpha| *alpha < 1.0) {
            for point in (0..KEYPOINTS).filter(|point| still(*point)) {
                let values = 3 * point..3 * point + 3;
                blend(&mut state.exp[values.clone()], &source_exp[values], alpha);
            }
        }
        let angles = [
            (&mut state.pitch, self.delta_pitch, self.alpha_pitch),
            (&mut state.yaw, self.delta_yaw, self.alpha_yaw),
            (&mut state.roll, self.delta_roll, self.alpha_roll),
        ];
        for (angle, delta, alpha) in angles {
            if let Some(delta) = delta {
                *angle = Angle::Degrees(angle.degrees() + delta);
            }
            if let Some(alpha) = alpha {
                angle.values_mut().iter_mut().for_each(|value| *value *= alpha);
            }
        }
        if let Some(delta) = &self.delta_exp {
            state.exp.iter_mut().zip(delta).for_each(|(value, delta)| *value += delta);
        }
    }
}
