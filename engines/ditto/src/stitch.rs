//! Puts predicted motion on a source and gives keypoints: driven parts, blinks, gaze, control and fades.

pub mod blink;
pub mod control;
pub mod control_by_frame;
pub mod fade;
pub mod network;
mod options;
pub mod pose;
pub mod state;

use std::collections::HashMap;

use crate::motion::noise::Chance;
use crate::motion::part::Part;
use crate::motion::{COORDINATES, Motion, Points, SourceMotion, degrees};
use crate::network_error::NetworkError;
use blink::schedule;
use control::Control;
use fade::{Fade, fades};
use network::Stitcher;
pub use options::Options;
use pose::transform;
use state::State;

/// Frames that blinks are planned for while the length is not known.
const UNKNOWN_LENGTH: usize = 3000;
/// Keypoints of the lips.
const LIPS: [usize; 6] = [6, 12, 14, 17, 19, 20];
/// Keypoints of the eyes.
const EYES: [usize; 5] = [11, 13, 15, 16, 18];

/// Puts motion on a source, frame by frame.
#[derive(Debug)]
pub struct MotionStitch {
    options: Options,
    gains: HashMap<Part, f32>,
    drive_eye: bool,
    ctrl_info: HashMap<usize, Control>,
    blink_frames: Vec<usize>,
    d0: Option<Motion>,
    fade_to: Option<State>,
    source_pose: Option<(f32, f32)>,
    source_points: Option<Points>,
    index: usize,
}

impl MotionStitch {
    /// Sets up for a source, whose first frame is given; draws the blink gaps.
    pub fn new(options: Options, source: &SourceMotion, chance: &mut dyn Chance) -> Self {
        let drive_eye = options.drive_eye.unwrap_or(options.is_image);
        let gains = options.gains(source.motion.scale);
        let mut stitch = Self {
            options,
            gains,
            drive_eye,
            ctrl_info: HashMap::new(),
            blink_frames: Vec::new(),
            d0: None,
            fade_to: None,
            source_pose: None,
            source_points: None,
            index: 0,
        };
        stitch.plan_blinks(chance);
        stitch
    }

    fn plan_blinks(&mut self, chance: &mut dyn Chance) {
        if let (true, Some(offsets)) = (self.drive_eye, &self.options.delta_eye_arr) {
            let frames = self.options.n_d.unwrap_or(UNKNOWN_LENGTH);
            self.blink_frames = schedule(frames, offsets.len(), &self.options.blinks, chance);
        }
    }

    /// Sets the number of frames, plans the blinks anew if it is another, and sets fades and control by frame.
    ///
    /// `fade_in` and `fade_out` are frames; nothing or 0 means no fade. Where nobody knows the number yet, blinks stay as they
    /// are planned and nothing fades out.
    pub fn set_length(
        &mut self,
        n_d: Option<usize>,
        (fade_in, fade_out): (Option<usize>, Option<usize>),
        ctrl_info: HashMap<usize, Control>,
        chance: &mut dyn Chance,
    ) {
        if n_d.is_some() && self.options.n_d != n_d {
            self.options.n_d = n_d;
            self.plan_blinks(chance);
        }
        self.set_ctrl_info(ctrl_info);
        let fade_out = fade_out.filter(|_| n_d.is_some());
        for (frame, alpha) in fades(n_d.unwrap_or(usize::MAX), fade_in, fade_out) {
            self.ctrl_info.entry(frame).or_default().fade_alpha = Some(alpha);
        }
    }

    /// Sets the control by frame, which wins over the overall control.
    pub fn set_ctrl_info(&mut self, ctrl_info: HashMap<usize, Control>) {
        self.ctrl_info = ctrl_info;
    }

    /// Sets the record that motion counts from, as a stream does after its warm-up.
    pub fn set_first(&mut self, d0: Motion) {
        self.d0 = Some(d0);
    }

    /// When eyes blink: the index into the blink offsets for each frame; empty without blinks.
    #[must_use]
    pub fn blink_frames(&self) -> &[usize] {
        &self.blink_frames
    }

    /// Keypoints of the source frame and of the driven frame, each 21 × 3.
    ///
    /// # Errors
    /// If the stitching network fails or is needed and not there.
    pub fn frame(
        &mut self,
        source: &SourceMotion,
        driving: &Motion,
        stitcher: Option<&mut (dyn Stitcher + '_)>,
    ) -> Result<(Points, Points), NetworkError> {
        let here = self.ctrl_info.get(&self.index);
        let ctrl = here.map_or_else(|| self.options.overall.clone(), |here| here.over(&self.options.overall));
        if self.options.relative_d && self.d0.is_none() {
            self.d0 = Some(driving.clone());
        }
        let at_rest = State::of(&source.motion);
        let mut state = self.mixed(&source.motion, driving);
        self.mask(&mut state, &source.motion.exp);
        ctrl.apply(&mut state, &source.motion.exp, |point| !self.options.corrected || LIPS.contains(&point));
        self.fade(&mut state, &at_rest, &ctrl);
        if self.drive_eye {
            let pose = || (degrees(&source.motion.yaw), degrees(&source.motion.pitch));
            let rest = *self.source_pose.get_or_insert_with(pose);
            look(&mut state, rest);
        }
        let source_points = match self.source_points {
            Some(points) if self.options.is_image => points,
            _ => transform(&at_rest, &source.kp),
        };
        self.source_points = Some(source_points);
        let mut points = transform(&state, &source.kp);
        if self.options.flag_stitching {
            let stitcher = stitcher.ok_or_else(|| NetworkError::new("stitch_network", "it is not loaded"))?;
            points = stitcher.stitch(&source_points, &points)?;
        }
        self.index += 1;
        Ok((source_points, points))
    }

    /// The source with the driven parts of the motion.
    fn mixed(&self, source: &Motion, driving: &Motion) -> State {
        let mut state = State::of(source);
        for (part, gain) in &self.gains {
            let (to, new) = (state::slice_mut(&mut state, *part), state::slice(driving, *part));
            match &self.d0 {
                Some(d0) => {
                    let first = state::slice(d0, *part);
                    to.iter_mut().zip(new.iter().zip(first)).for_each(|(to, (new, first))| *to += (new - first) * gain);
                }
                None => to.iter_mut().zip(new).for_each(|(to, new)| *to = new * gain),
            }
        }
        state
    }

    /// Lips follow the motion, eyes too unless they blink, everything else stays as in the source.
    fn mask(&self, state: &mut State, source: &Points) {
        let blink = self.options.delta_eye_arr.as_ref().filter(|_| self.drive_eye).map(|offsets| {
            let planned = self.blink_frames.get(self.index % self.blink_frames.len().max(1));
            offsets.get(planned.copied().unwrap_or(0)).copied().unwrap_or([0.0; COORDINATES])
        });
        for (i, value) in state.exp.iter_mut().enumerate() {
            let point = i / 3;
            let eye = EYES.contains(&point);
            *value = match &blink {
                Some(offset) if eye => source[i] + offset[i],
                None if eye && self.drive_eye => *value,
                _ if LIPS.contains(&point) => *value,
                _ => source[i],
            };
        }
    }

    fn fade(&mut self, state: &mut State, source: &State, ctrl: &Control) {
        let to = match self.options.fade {
            Fade::Off => return,
            Fade::First => self.fade_to.get_or_insert_with(|| state.clone()),
            Fade::Source => source,
        };
        if let Some(alpha) = ctrl.fade_alpha {
            let parts = ctrl.fade_out_keys.as_ref().unwrap_or(&self.options.fade_out_keys);
            for part in parts {
                if self.options.corrected {
                    state.mix(*part, &to.in_units_of(state), alpha);
                } else {
                    state.mix(*part, to, alpha);
                }
            }
        }
    }
}

/// The eyes keep looking where they looked when the head turns.
fn look(state: &mut State, (source_yaw, source_pitch): (f32, f32)) {
    let dx = (state.yaw.degrees() - source_yaw) * 0.26;
    let dy = (state.pitch.degrees() - source_pitch) * 0.28;
    let (left, right) = if dx > 0.0 { (0.0007, 0.001) } else { (0.001, 0.0007) };
    state.exp[33] += dx * left;
    state.exp[45] += dx * right;
    state.exp[34] -= dy * 0.001;
    state.exp[46] -= dy * 0.001;
}

#[cfg(test)]
mod tests;
