//! The sizes of a CLIP vision tower, as its published `config.json` has them.

use engine_diffusion::published::{PICTURE, Published, check_size, check_within};
use serde::Deserialize;

/// Rows and columns of the pictures that it sees.
pub(super) const IMAGE: i64 = 224;
/// The most of any size; published networks have 5120.
const MOST: i64 = 16_384;

/// What of `config.json` shapes the network; the defaults are those of ViT-H/14.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default)]
pub struct ClipConfig {
    /// Channels of a token.
    pub hidden_size: i64,
    /// Channels within a layer's perceptron.
    pub intermediate_size: i64,
    /// Layers.
    pub num_hidden_layers: i64,
    /// Heads of each attention.
    pub num_attention_heads: i64,
    /// Channels of a picture.
    pub num_channels: i64,
    /// Rows and columns of a picture.
    pub image_size: i64,
    /// Rows and columns of a patch, which becomes a token.
    pub patch_size: i64,
    /// Numbers of an embedding.
    pub projection_dim: i64,
    /// The activation in the perceptrons.
    pub hidden_act: String,
    /// Epsilon of every normalisation.
    pub layer_norm_eps: f64,
}

impl Default for ClipConfig {
    fn default() -> Self {
        Self {
            hidden_size: 1280,
            intermediate_size: 5120,
            num_hidden_layers: 32,
            num_attention_heads: 16,
            num_channels: PICTURE,
            image_size: IMAGE,
            patch_size: 14,
            projection_dim: 1024,
            hidden_act: "gelu".to_owned(),
            layer_norm_eps: 1e-5,
        }
    }
}

impl Published for ClipConfig {
    fn check(&self) -> Result<(), String> {
        check_within("hidden_size", self.hidden_size, MOST)?;
        check_within("intermediate_size", self.intermediate_size, MOST)?;
        check_within("num_hidden_layers", self.num_hidden_layers, MOST)?;
        check_within("num_attention_heads", self.num_attention_heads, MOST)?;
        check_within("patch_size", self.patch_size, MOST)?;
        check_within("projection_dim", self.projection_dim, MOST)?;
        check_size("num_channels", self.num_channels, PICTURE)?;
        check_size("image_size", self.image_size, IMAGE)?;
        let parts = [
            ("num_attention_heads", self.num_attention_heads, "hidden_size", self.hidden_size),
            ("patch_size", self.patch_size, "image_size", self.image_size),
        ];
        if let Some((part, size, whole, of)) = parts.into_iter().find(|(_, size, _, of)| of % size != 0) {
            return Err(format!("{part} {size} does not divide {whole} {of}"));
        }
        if self.hidden_act != "gelu" {
            return Err(format!("hidden_act must be \"gelu\", not {:?}", self.hidden_act));
        }
        if self.layer_norm_eps != 1e-5 {
            return Err(format!("layer_norm_eps must be 1e-5, not {:e}", self.layer_norm_eps));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tower_that_cannot_be_is_refused() {
        let told = |json: &str| serde_json::from_str::<ClipConfig>(json).unwrap().check();
        let published = r#"{"architectures": ["CLIPVisionModelWithProjection"], "attention_dropout": 0.0, "hidden_act": "gelu",
            "hidden_size": 1280, "image_size": 224, "intermediate_size": 5120, "layer_norm_eps": 1e-05,
            "model_type": "clip_vision_model", "num_attention_heads": 16, "num_channels": 3, "num_hidden_layers": 32,
            "patch_size": 14, "projection_dim": 1024}"#;
        assert_eq!(serde_json::from_str::<ClipConfig>(published).unwrap(), ClipConfig::default());
        assert_eq!(told(published), Ok(()));
        for (json, reason) in [
            (r#"{"hidden_act": "quick_gelu"}"#, "hidden_act must be \"gelu\", not \"quick_gelu\""),
            (r#"{"layer_norm_eps": 1e-6}"#, "layer_norm_eps must be 1e-5, not 1e-6"),
            (r#"{"image_size": 336}"#, "image_size must be 224, not 336"),
            (r#"{"num_channels": 4}"#, "num_channels must be 3, not 4"),
            (r#"{"patch_size": 15}"#, "patch_size 15 does not divide image_size 224"),
            (r#"{"num_attention_heads": 7}"#, "num_attention_heads 7 does not divide hidden_size 1280"),
            (r#"{"num_hidden_layers": 0}"#, "num_hidden_layers must be 1 to 16384, not 0"),
            (r#"{"projection_dim": -1}"#, "projection_dim must be 1 to 16384, not -1"),
        ] {
            assert_eq!(told(json), Err(reason.to_owned()));
        }
    }
}
