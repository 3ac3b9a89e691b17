//! The options of the motion prediction, made from the settings of a run.

use crate::motion::audio2motion::Prediction;
use crate::motion::windows::Joining;
use crate::settings::Settings;

impl Prediction {
    /// What settings mean for the prediction of motion.
    #[must_use]
    pub fn of(settings: &Settings) -> Self {
        Self {
            emotions: settings.emo.clone(),
            eye_f0_mode: settings.eye_f0_mode,
            steps: settings.sampling_timesteps,
            bounds: settings.v_min_max_for_clip.clone(),
            joining: Joining {
                overlap: settings.overlap_v2,
                online: settings.online_mode,
                fix_kp_cond: settings.fix_kp_cond,
                fix_kp_cond_dim: settings.fix_kp_cond_dim.clone(),
                smooth: settings.smo_k_d,
            },
        }
    }
}
