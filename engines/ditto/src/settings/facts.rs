//! What a configuration says of the motion network; only the published form is supported.

use std::fmt::Display;

use serde::Deserialize;

use super::error::SettingError;

/// The section `audio2motion_cfg`, as far as it concerns the network's form; what it does not name is as published.
#[derive(Debug, Default, Deserialize)]
#[serde(default, expecting = "a mapping of facts")]
pub(super) struct Facts {
    /// Numbers of a motion vector.
    motion_feat_dim: Option<usize>,
    /// Numbers of a condition row.
    audio_feat_dim: Option<usize>,
    /// Frames of a window.
    seq_frames: Option<usize>,
    // Parts of a condition row.
    use_emo: Option<bool>,
    use_sc: Option<bool>,
    use_eye_open: Option<bool>,
    use_eye_ball: Option<bool>,
    /// What makes features of the sound.
    w2f_type: Option<String>,
}

impl Facts {
    /// Compares them with the network that is supported.
    pub(super) fn check(&self) -> Result<(), SettingError> {
        fixed("motion_feat_dim", self.motion_feat_dim, 265)?;
        fixed("audio_feat_dim", self.audio_feat_dim, 1103)?;
        fixed("seq_frames", self.seq_frames, 80)?;
        fixed("use_emo", self.use_emo, true)?;
        fixed("use_sc", self.use_sc, true)?;
        fixed("use_eye_open", self.use_eye_open, true)?;
        fixed("use_eye_ball", self.use_eye_ball, true)?;
        fixed("w2f_type", self.w2f_type.as_deref(), "hubert")
    }
}

fn fixed<T: PartialEq + Display>(name: &str, got: Option<T>, want: T) -> Result<(), SettingError> {
    match got {
        Some(got) if got != want => Err(SettingError::unsupported(name, &got, &want)),
        _ => Ok(()),
    }
}
