//! The files of the networks and the facts about the motion network.

use std::path::{Path, PathBuf};

use super::read::{Read, SettingError};
use super::unpickle::Value;

/// File names of the networks, already those of the ONNX graphs.
///
/// Published configurations name TensorRT engines, `NAME_fp16.engine` or `NAME_fp32.engine`; the graph is `NAME.onnx`.
/// The warp network is an exception: its graph with the standard operator is `warp_network_ori.onnx`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Models {
    pub insightface_det: PathBuf,
    pub landmark106: PathBuf,
    pub landmark203: PathBuf,
    pub blaze_face: PathBuf,
    pub face_mesh: PathBuf,
    pub appearance_extractor: PathBuf,
    pub motion_extractor: PathBuf,
    pub stitch_network: PathBuf,
    pub warp_network: PathBuf,
    pub decoder: PathBuf,
    pub hubert: PathBuf,
    pub lmdm: PathBuf,
}

impl Models {
    /// Reads the sections `base_cfg` and `audio2motion_cfg`.
    pub(super) fn read(base: &Value, motion: &Value) -> Result<Self, SettingError> {
        let file = |section: &Value, key: &str| -> Result<PathBuf, SettingError> {
            let name: String = section.read(key)?.ok_or_else(|| SettingError::missing(key))?;
            Ok(onnx_name(Path::new(&name)))
        };
        let model = |name: &str, key: &str| {
            let section = format!("{name}_cfg");
            file(base.get(&section).ok_or_else(|| SettingError::missing(&section))?, key)
        };
        Ok(Self {
            insightface_det: model("insightface_det", "model_path")?,
            landmark106: model("landmark106", "model_path")?,
            landmark203: model("landmark203", "model_path")?,
            blaze_face: model("landmark478", "blaze_face_model_path")?,
            face_mesh: model("landmark478", "face_mesh_model_path")?,
            appearance_extractor: model("appearance_extractor", "model_path")?,
            motion_extractor: model("motion_extractor", "model_path")?,
            stitch_network: model("stitch_network", "model_path")?,
            warp_network: model("warp_network", "model_path")?,
            decoder: model("decoder", "model_path")?,
            hubert: model("hubert", "model_path")?,
            lmdm: file(motion, "model_path")?,
        })
    }
}

/// The graph that stands for an engine; other names stay as they are.
fn onnx_name(path: &Path) -> PathBuf {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let stem = ["_fp16.engine", "_fp32.engine"].iter().find_map(|suffix| name.strip_suffix(suffix));
    match stem {
        Some("warp_network") => path.with_file_name("warp_network_ori.onnx"),
        Some(stem) => path.with_file_name(format!("{stem}.onnx")),
        None => path.to_owned(),
    }
}

/// What the motion network was made for; only the published form is supported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModelFacts {
    /// Numbers of a motion vector: 265.
    pub motion_feat_dim: usize,
    /// Numbers of a condition row: 1103.
    pub audio_feat_dim: usize,
    /// Frames of a window: 80.
    pub seq_frames: usize,
}

impl ModelFacts {
    pub(super) fn read(section: &Value) -> Result<Self, SettingError> {
        let exactly = |key: &str, want: usize| match section.read::<usize>(key)? {
            None => Ok(want),
            Some(got) if got == want => Ok(want),
            Some(got) => Err(SettingError::unsupported(key, &got, &want)),
        };
        for key in ["use_emo", "use_sc", "use_eye_open", "use_eye_ball"] {
            if section.read::<bool>(key)? == Some(false) {
                return Err(SettingError::unsupported(key, &false, &true));
            }
        }
        if let Some(kind) = section.read::<String>("w2f_type")?.filter(|kind| kind != "hubert") {
            return Err(SettingError::unsupported("w2f_type", &kind, &"hubert"));
        }
        Ok(Self {
            motion_feat_dim: exactly("motion_feat_dim", 265)?,
            audio_feat_dim: exactly("audio_feat_dim", 1103)?,
            seq_frames: exactly("seq_frames", 80)?,
        })
    }
}
