//! The parameters of a job as clients give them, published as the engine's schema.

mod emotion;
mod merging;
mod values;

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use engine_api::JsonSchema;
use serde::Deserialize;

use crate::motion::part::{Driven, Part};
use crate::stitch::blink::{BlinkGaps, Blinks};
use crate::stitch::control::Control;
use crate::stitch::control_by_frame::{self, ControlByFrame};
use crate::stitch::fade::Fade;
pub use emotion::{Feeling, Mixture, Share};
pub use values::{BlinkOffsets, LeastAndGreatest, MotionBounds, Origin};

/// What a client may say. What is null or not given is as the configuration says.
///
/// Most names are those of the reference's configuration; frames are counted at 25 a second.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Params {
    /// What the face feels. A name; a list of names, for an even mixture; an object of names and their shares, such as
    /// {"happy": 0.7, "surprised": 0.3}; or a list of such lists and objects, one for each frame, which starts again at
    /// its end. By default what the configuration has recorded, without one neutral.
    pub emotion: Option<Feeling>,
    /// Chooses among all possible motions; the same seed gives the same video.
    #[serde(deserialize_with = "values::or_default")]
    #[schemars(with = "Option<u64>", range(max = u64::MAX))]
    pub seed: u64,
    /// Steps in which each motion is made out of noise: more take longer. As published 50, in `online_mode` 10.
    #[schemars(range(min = 1, max = 1000))]
    pub steps: Option<u32>,
    /// Seconds of the speech that are rendered, at most. By default all.
    #[schemars(range(min = 0.04, max = 86_400.0))]
    pub duration: Option<f64>,
    /// Cut the frames to the length of the speech; a stream ends with a few frames more. Without effect unless
    /// `online_mode` is on.
    #[serde(deserialize_with = "values::or_true")]
    #[schemars(with = "Option<bool>")]
    pub exact_length: bool,
    /// Make the motion as a stream does, with the configuration for streams: in short steps, without knowing what is
    /// said later.
    #[serde(deserialize_with = "values::or_default")]
    #[schemars(with = "Option<bool>")]
    pub online_mode: bool,
    /// Degrees added to the nod of every frame. As published 2; wins over `overall_ctrl_info`.
    #[schemars(range(min = -60.0, max = 60.0))]
    pub pitch: Option<f32>,
    /// Degrees added to the turn of every frame. As published 0; wins over `overall_ctrl_info`.
    #[schemars(range(min = -60.0, max = 60.0))]
    pub yaw: Option<f32>,
    /// Degrees added to the tilt of every frame. As published 0; wins over `overall_ctrl_info`.
    #[schemars(range(min = -60.0, max = 60.0))]
    pub roll: Option<f32>,
    /// Frames in which the motion begins: 0 none.
    #[schemars(range(max = 2_160_000))]
    pub fade_in: Option<u32>,
    /// Frames in which the motion ends: 0 none.
    #[schemars(range(max = 2_160_000))]
    pub fade_out: Option<u32>,
    /// What fades lead to: "" nothing, so that they have no effect; "d0" the first frame; "s" the source. As published
    /// "d0", which also counts if nothing else is said and there is a `fade_in` or a `fade_out`.
    pub fade_type: Option<Fade>,
    /// Parts of the motion that fades change. As published "exp".
    #[schemars(length(max = 6))]
    pub fade_out_keys: Option<Vec<Part>>,
    /// Longest side of the source in pixels; a larger one is made smaller. As published 1920.
    #[schemars(range(min = 64, max = 8192))]
    pub max_size: Option<u32>,
    /// Frames of a source video that are used: 0 as many as are needed. As published 0.
    #[schemars(range(max = 2_160_000))]
    pub template_n_frames: Option<u32>,
    /// Size of the crop around the face, as a multiple of the face. As published 2.3.
    #[schemars(range(min = 0.5, max = 10.0))]
    pub crop_scale: Option<f64>,
    /// How far the crop is moved right, as a share of its width. Without effect unless `corrected`. As published 0.
    #[schemars(range(min = -1.0, max = 1.0))]
    pub crop_vx_ratio: Option<f64>,
    /// How far the crop is moved down, as a share of its height. As published −0.125.
    #[schemars(range(min = -1.0, max = 1.0))]
    pub crop_vy_ratio: Option<f64>,
    /// Turn the crop so that the face stands upright. As published true.
    pub crop_flag_do_rot: Option<bool>,
    /// Frames of the running mean over the poses in a source video: 0 and 1 none. As published 13.
    #[schemars(range(max = 1000))]
    pub smo_k_s: Option<u32>,
    /// Frames of the running mean over predicted poses: 0 and 1 none. As published 3.
    #[schemars(range(max = 1000))]
    pub smo_k_d: Option<u32>,
    /// Whose face the motion is made for: "configured" the reference character of the configuration, "none" the source
    /// itself. As published "configured".
    pub ch_info: Option<Origin>,
    /// The eyes that the motion is made for are always those of the first frame. Counts for a source video with the
    /// `ch_info` "none". As published false.
    pub eye_f0_mode: Option<bool>,
    /// Frames by which the windows of motion, of 80 frames each, overlap. As published 10, in `online_mode` 70; there
    /// only 40 to 54 and 57 to 79 are possible.
    #[schemars(range(min = 1, max = 79))]
    pub overlap_v2: Option<u32>,
    /// Every how many windows the motion starts again from the pose and expression of `ch_info`: 0 never. As published
    /// 1.
    #[schemars(range(max = 100_000))]
    pub fix_kp_cond: Option<u32>,
    /// Numbers of the motion, [start, end), that go on even then: up to 202 size, pose and place, from there the
    /// expression. [0, 0] is none. As published [0, 202].
    #[schemars(inner(range(max = 265)))]
    pub fix_kp_cond_dim: Option<[u32; 2]>,
    /// Bounds of the predicted motion: "configured", "none", or an object with `min` and `max`, 265 numbers each. As
    /// published "configured".
    pub v_min_max_for_clip: Option<MotionBounds>,
    /// Parts of the motion that drive the picture: a list, or an object of parts and factors. As published all but the
    /// scale for a portrait, and the expression alone for a source video.
    pub use_d_keys: Option<Driven>,
    /// The motion counts from its first frame, not by itself. As published true.
    pub relative_d: Option<bool>,
    /// The motion drives the eyes. As published those of a portrait and not those of a source video.
    pub drive_eye: Option<bool>,
    /// Expression offsets of a blink: "configured", "none", which leaves the lids to the motion, or a list with 63
    /// numbers for each frame of a blink, x, y and z of 21 keypoints; the first is the open eye. As published
    /// "configured".
    pub delta_eye_arr: Option<BlinkOffsets>,
    /// When eyes blink: −1 never, 0 by chance after 60 to 100 frames, above 0 always after so many frames; a list of
    /// frames counts in turn. As published 0.
    #[schemars(with = "Option<BlinkGaps>")]
    pub delta_eye_open_n: Option<Blinks>,
    /// Correct the keypoints with the stitching network. As published true.
    pub flag_stitching: Option<bool>,
    /// Control of all frames, in place of the configuration's. As published {"delta_pitch": 2}.
    pub overall_ctrl_info: Option<Control>,
    /// Control of single frames, which wins over that of all: an object of frame numbers, or a list with an entry for
    /// each frame from the first on. As published none.
    #[serde(deserialize_with = "control_by_frame::by_frame")]
    #[schemars(with = "Option<ControlByFrame>")]
    pub ctrl_info: Option<HashMap<usize, Control>>,
    /// Do right what the reference does wrong: `crop_vx_ratio` has an effect; `vad_alpha` stills the lips alone; fades
    /// mix angles in one unit; the offline motion hears the speech as a stream does, 5 ms earlier, and is smoothed once.
    #[serde(deserialize_with = "values::or_default")]
    #[schemars(with = "Option<bool>")]
    pub corrected: bool,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            emotion: None,
            seed: 0,
            steps: None,
            duration: None,
            exact_length: true,
            online_mode: false,
            pitch: None,
            yaw: None,
            roll: None,
            fade_in: None,
            fade_out: None,
            fade_type: None,
            fade_out_keys: None,
            max_size: None,
            template_n_frames: None,
            crop_scale: None,
            crop_vx_ratio: None,
            crop_vy_ratio: None,
            crop_flag_do_rot: None,
            smo_k_s: None,
            smo_k_d: None,
            ch_info: None,
            eye_f0_mode: None,
            overlap_v2: None,
            fix_kp_cond: None,
            fix_kp_cond_dim: None,
            v_min_max_for_clip: None,
            use_d_keys: None,
            relative_d: None,
            drive_eye: None,
            delta_eye_arr: None,
            delta_eye_open_n: None,
            flag_stitching: None,
            overall_ctrl_info: None,
            ctrl_info: None,
            corrected: false,
        }
    }
}
