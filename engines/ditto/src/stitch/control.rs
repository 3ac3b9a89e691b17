//! Control of single frames: pose offsets, expression offsets and fades.

use engine_api::JsonSchema;
use serde::{Deserialize, Serialize};

use super::state::{Angle, State, blend};
use crate::motion::part::{Part, optional_parts};
use crate::motion::{COORDINATES, KEYPOINTS, Points};
use crate::numbers::Row;

/// What is changed at a frame; what is not given stays.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(rename = "ControlFields")]
pub struct Control {
    /// How much of the frame a fade leaves: 1 all, 0 nothing. Without effect if `fade_type` is "".
    #[schemars(range(min = 0.0, max = 1.0))]
    pub fade_alpha: Option<f32>,
    /// Parts of the motion that the fade changes; by default those of the parameter `fade_out_keys`.
    #[serde(deserialize_with = "optional_parts")]
    #[schemars(length(max = 6))]
    pub fade_out_keys: Option<Vec<Part>>,
    /// Degrees added to the nod.
    #[schemars(range(min = -90.0, max = 90.0))]
    pub delta_pitch: Option<f32>,
    /// Degrees added to the turn.
    #[schemars(range(min = -90.0, max = 90.0))]
    pub delta_yaw: Option<f32>,
    /// Degrees added to the tilt.
    #[schemars(range(min = -90.0, max = 90.0))]
    pub delta_roll: Option<f32>,
    /// Factor of the nod: of its degrees if there is a `delta_pitch`, else of the network's 66 logits for it.
    #[schemars(range(min = -10.0, max = 10.0))]
    pub alpha_pitch: Option<f32>,
    /// Factor of the turn, in the same way.
    #[schemars(range(min = -10.0, max = 10.0))]
    pub alpha_yaw: Option<f32>,
    /// Factor of the tilt, in the same way.
    #[schemars(range(min = -10.0, max = 10.0))]
    pub alpha_roll: Option<f32>,
    /// Added to the expression: x, y and z of 21 keypoints, 63 numbers from −1 to 1.
    pub delta_exp: Option<Row<COORDINATES, 1>>,
    /// How much of the expression's motion is left: 1 all, 0 nothing, as for a moment in which nobody speaks.
    #[schemars(range(min = 0.0, max = 1.0))]
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
            delta_exp: self.delta_exp.clone().or_else(|| overall.delta_exp.clone()),
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
        if let Some(Row(delta)) = &self.delta_exp {
            state.exp.iter_mut().zip(delta).for_each(|(value, delta)| *value += delta);
        }
    }
}
