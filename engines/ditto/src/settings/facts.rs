//! What a configuration says of the motion network; only the published form is supported.

use engine_pickle::Value;

use super::read::{Read as _, SettingError};

/// Numbers that the network's shapes fix: of a motion vector, of a condition row, and frames of a window.
const SIZES: [(&str, usize); 3] = [("motion_feat_dim", 265), ("audio_feat_dim", 1103), ("seq_frames", 80)];
/// Parts of a condition row.
const PARTS: [&str; 4] = ["use_emo", "use_sc", "use_eye_open", "use_eye_ball"];

/// Compares the section `audio2motion_cfg` with the network that is supported; what it does not name is as published.
pub(super) fn check(section: &Value) -> Result<(), SettingError> {
    for (key, want) in SIZES {
        if let Some(got) = section.read::<usize>(key)?.filter(|got| *got != want) {
            return Err(SettingError::unsupported(key, &got, &want));
        }
    }
    for key in PARTS {
        if section.read::<bool>(key)? == Some(false) {
            return Err(SettingError::unsupported(key, &false, &true));
        }
    }
    match section.read::<String>("w2f_type")?.filter(|kind| kind != "hubert") {
        Some(kind) => Err(SettingError::unsupported("w2f_type", &kind, &"hubert")),
        None => Ok(()),
    }
}
