//! The settings that a client's parameters mean over a configuration, and what cannot be together.

use std::ops::RangeInclusive;

use super::{BlinkOffsets, Feeling, MotionBounds, Origin, Params};
use crate::motion::WINDOW;
use crate::settings::config_file::Config;
use crate::settings::error::SettingError;
use crate::settings::{Partial, Settings};
use crate::stitch::fade::Fade;

/// Overlaps that a stream can have: below them it would begin after the beginning of the speech.
const OVERLAPS_ONLINE: RangeInclusive<usize> = WINDOW / 2..=WINDOW - 1;
/// Overlaps for which the sound network gives one frame of silence too many.
const UNEVEN_OVERLAPS: [usize; 2] = [55, 56];

impl Params {
    /// The settings of a job: what the client has said over what the configuration says over the code's defaults.
    ///
    /// The configuration should be the one for streams if [`Self::online_mode`] is on. Without any, a stream has the
    /// overlap and the steps of the published one.
    ///
    /// # Errors
    /// For a value that the configuration could not have either, and for a stream with an overlap that it cannot have;
    /// the error names the parameter.
    pub fn settings(&self, config: Option<&Config>) -> Result<Settings, SettingError> {
        if self.emotion.as_ref().is_some_and(Feeling::is_empty) {
            return Err(SettingError::new("emotion", "an entry has no share above 0; give it at least one"));
        }
        if let Some(number) = self.v_min_max_for_clip.as_ref().and_then(MotionBounds::crossed) {
            let reason = format!("the least value of number {number} is above its greatest; let it be below");
            return Err(SettingError::new("v_min_max_for_clip", reason));
        }
        let unconfigured = unconfigured(self.online_mode);
        let configured = config.map_or(&unconfigured, |config| &config.settings);
        let mut settings = Settings::merge(&[configured, &self.given()])?;
        self.adjust(&mut settings);
        if settings.online_mode {
            streamable(settings.overlap_v2)?;
        }
        Ok(settings)
    }

    /// What the client has said of the settings.
    ///
    /// The turns of the head and the fades are not in it; the first are [`Self::adjust`]'s, the latter no settings.
    fn given(&self) -> Partial {
        Partial {
            max_size: self.max_size.map(size),
            template_n_frames: self.template_n_frames.map(size),
            crop_scale: self.crop_scale,
            crop_vx_ratio: self.crop_vx_ratio,
            crop_vy_ratio: self.crop_vy_ratio,
            crop_flag_do_rot: self.crop_flag_do_rot,
            smo_k_s: self.smo_k_s.map(count),
            emo: self.emotion.as_ref().map(Feeling::rows),
            eye_f0_mode: self.eye_f0_mode,
            ch_info: self.ch_info.and_then(Origin::given),
            overlap_v2: self.overlap_v2.map(count),
            fix_kp_cond: self.fix_kp_cond.map(count),
            fix_kp_cond_dim: self.fix_kp_cond_dim.map(|[start, end]| Some(count(start)..count(end))),
            sampling_timesteps: self.steps.map(count),
            online_mode: Some(self.online_mode),
            v_min_max_for_clip: self.v_min_max_for_clip.as_ref().and_then(MotionBounds::given),
            smo_k_d: self.smo_k_d.map(count),
            n_d: None,
            use_d_keys: self.use_d_keys.clone().map(|driven| Some(driven.into())),
            relative_d: self.relative_d,
            drive_eye: self.drive_eye.map(Some),
            delta_eye_arr: self.delta_eye_arr.as_ref().and_then(BlinkOffsets::given),
            delta_eye_open_n: self.delta_eye_open_n.clone(),
            fade_type: self.fade_type,
            fade_out_keys: self.fade_out_keys.clone(),
            flag_stitching: self.flag_stitching,
            ctrl_info: self.ctrl_info.clone(),
            overall_ctrl_info: self.overall_ctrl_info.clone(),
            corrected: Some(self.corrected),
        }
    }

    /// Adds what a client has said beside the settings: turns of the head, each in place of the one for all frames, and
    /// what fades lead to, if a client wants fades and nobody says.
    fn adjust(&self, settings: &mut Settings) {
        let overall = &mut settings.overall_ctrl_info;
        overall.delta_pitch = self.pitch.or(overall.delta_pitch);
        overall.delta_yaw = self.yaw.or(overall.delta_yaw);
        overall.delta_roll = self.roll.or(overall.delta_roll);
        let fades = self.fade_in().is_some() || self.fade_out().is_some();
        if fades && self.fade_type.is_none() && settings.fade_type == Fade::Off {
            settings.fade_type = Fade::First;
        }
    }

    /// The seed of all chance.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The same for speech that is still spoken: its motion can only be made as a stream makes it.
    #[must_use]
    pub fn streamed(&self) -> Self {
        Self { online_mode: true, ..self.clone() }
    }

    /// Seconds of the speech that are rendered, at most; none is all.
    #[must_use]
    pub fn duration(&self) -> Option<f64> {
        self.duration
    }

    /// A stream is cut to the length of the speech.
    #[must_use]
    pub fn exact_length(&self) -> bool {
        self.exact_length
    }

    /// Frames of the fade at the beginning; none without one.
    #[must_use]
    pub fn fade_in(&self) -> Option<usize> {
        frames(self.fade_in)
    }

    /// Frames of the fade at the end; none without one.
    #[must_use]
    pub fn fade_out(&self) -> Option<usize> {
        frames(self.fade_out)
    }
}

/// Settings that stand in for a configuration: those of the published one for streams that a stream cannot do without.
fn unconfigured(online: bool) -> Partial {
    match online {
        true => Partial { overlap_v2: Some(70), sampling_timesteps: Some(10), ..Partial::default() },
        false => Partial::default(),
    }
}

fn streamable(overlap: usize) -> Result<(), SettingError> {
    let reason = if !OVERLAPS_ONLINE.contains(&overlap) {
        format!("with {overlap}, a stream would leave out the beginning of the speech")
    } else if UNEVEN_OVERLAPS.contains(&overlap) {
        format!("a stream cannot begin with {overlap} frames of silence")
    } else {
        return Ok(());
    };
    Err(SettingError::new("overlap_v2", format!("{reason}; in `online_mode` give 40 to 54 or 57 to 79, 70 is usual")))
}

fn frames(given: Option<u32>) -> Option<usize> {
    given.and_then(size)
}

/// A number of which 0 means that there is none.
fn size(number: u32) -> Option<usize> {
    Some(count(number)).filter(|number| *number > 0)
}

fn count(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
