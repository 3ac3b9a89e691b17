//! The options of the motion stitch, made from the settings of a run.

use crate::settings::Settings;
use crate::stitch::Options;

impl Options {
    /// The options that settings mean for a photo or a video.
    #[must_use]
    pub fn of(settings: &Settings, is_image: bool) -> Self {
        let character = settings.ch_info.as_ref().and_then(|character| character.x_s_info.first());
        Self {
            is_image,
            n_d: settings.n_d,
            use_d_keys: settings.use_d_keys.clone(),
            relative_d: settings.relative_d,
            drive_eye: settings.drive_eye,
            delta_eye_arr: settings.delta_eye_arr.clone(),
            blinks: settings.delta_eye_open_n.clone(),
            ch_scale: character.map(|info| info.motion.scale),
            fade: settings.fade_type,
            fade_out_keys: settings.fade_out_keys.clone(),
            flag_stitching: settings.flag_stitching,
            overall: settings.overall_ctrl_info.clone(),
            corrected: settings.corrected,
        }
    }
}
