//! Options of the motion stitch, and the gains of the driven parts.

use std::collections::HashMap;

use super::blink::Blinks;
use super::control::Control;
use super::fade::Fade;
use crate::motion::Points;
use crate::motion::part::{Gains, Part};

/// How motion is put on a source.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// The source is a photo, not a video.
    pub is_image: bool,
    /// Frames of the output, if known.
    pub n_d: Option<usize>,
    /// Driven parts with their gains; by default all but the size for a photo, the expression alone for a video.
    pub use_d_keys: Option<Gains>,
    /// Motion counts from the first predicted frame, not by itself.
    pub relative_d: bool,
    /// The eyes are driven; by default those of a photo.
    pub drive_eye: Option<bool>,
    /// Expression offsets of a blink; the first is that of an open eye. Without them there are no blinks.
    pub delta_eye_arr: Option<Vec<Points>>,
    /// When eyes blink.
    pub blinks: Blinks,
    /// Size of the reference character, if there is one: expression and pose are scaled to the source's size.
    pub ch_scale: Option<f32>,
    /// What fades lead to.
    pub fade: Fade,
    /// What fades change.
    pub fade_out_keys: Vec<Part>,
    /// Correct the keypoints with the stitching network.
    pub flag_stitching: bool,
    /// Control of all frames.
    pub overall: Control,
    /// A voice's silence stills the lips alone, and fades mix angles in one unit; neither is so in the reference
    /// (`core/atomic_components/motion_stitch.py`, e9191cf).
    pub corrected: bool,
}

impl Options {
    /// The driven parts and their gains.
    pub(super) fn gains(&self, source_scale: f32) -> HashMap<Part, f32> {
        let ratio = self.ch_scale.map_or(1.0, |scale| f64::from(scale / source_scale));
        let default = || {
            let all = [Part::Exp, Part::Pitch, Part::Yaw, Part::Roll, Part::T];
            all[..if self.is_image { 5 } else { 1 }].iter().map(|part| (*part, 1.0)).collect()
        };
        let driven = self.use_d_keys.clone().unwrap_or_else(default);
        let scaled = |(part, gain): (Part, f64)| {
            let scaled = !matches!(part, Part::Scale | Part::T);
            (part, if scaled { (gain * ratio) as f32 } else { gain as f32 })
        };
        driven.into_iter().map(scaled).collect()
    }
}
