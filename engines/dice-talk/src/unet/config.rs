//! The configuration of Stable Video Diffusion's UNet, as its published `config.json` has it.

use engine_diffusion::published::{LATENT, Published, check_blocks, check_size, check_within};
use engine_diffusion::resnet::ResnetShape;
use engine_diffusion::unet::{Part, Plan, Resnet, Site, Topology};
use engine_torch::VarPath;
use serde::Deserialize;
use tch::Tensor;

use crate::spatio_temporal_resnet::{SpatioTemporalResBlock, SpatioTemporalShape};
use crate::time_mixer::Half;

/// Numbers that go with the step.
const IDS: i64 = 3;
/// The most channels of a token; published ones have 1024.
const MOST: i64 = 8192;

/// What of `stable-video-diffusion-img2vid-xt/unet/config.json` shapes the network; the defaults are the published values.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default)]
pub struct UNetConfig {
    /// Channels that come in: those of a latent that is denoised, and of the portrait's latent.
    pub in_channels: i64,
    /// Channels of a prediction.
    pub out_channels: i64,
    /// Channels of the levels, the largest pictures first. The last level has no attention.
    pub block_out_channels: Vec<i64>,
    /// Residual blocks of a level on the way down; on the way up there is one more.
    pub layers_per_block: i64,
    /// Heads of every attention of a level, level by level.
    pub num_attention_heads: Vec<i64>,
    /// Channels of the tokens of portrait, speech and emotion.
    pub cross_attention_dim: i64,
    /// Waves that each of the numbers is told by that go with the step: see [`super::Call::ids`].
    pub addition_time_embed_dim: i64,
    /// Waves of all these numbers together.
    pub projection_class_embeddings_input_dim: i64,
}

impl Default for UNetConfig {
    fn default() -> Self {
        Self {
            in_channels: 8,
            out_channels: 4,
            block_out_channels: vec![320, 640, 1280, 1280],
            layers_per_block: 2,
            num_attention_heads: vec![5, 10, 20, 20],
            cross_attention_dim: 1024,
            addition_time_embed_dim: 256,
            projection_class_embeddings_input_dim: 768,
        }
    }
}

impl UNetConfig {
    /// Groups of all normalisations; the published file does not name them.
    pub const GROUPS: i64 = 32;
}

impl Published for UNetConfig {
    fn check(&self) -> Result<(), String> {
        check_blocks(&self.block_out_channels, self.layers_per_block, Self::GROUPS)?;
        check_size("in_channels", self.in_channels, 2 * LATENT)?;
        check_size("out_channels", self.out_channels, LATENT)?;
        let (heads, levels) = (&self.num_attention_heads, &self.block_out_channels);
        let whole = heads.len() == levels.len()
            && heads.iter().zip(levels).all(|(heads, channels)| *heads > 0 && channels % heads == 0);
        if !whole {
            return Err(format!("num_attention_heads {heads:?} do not divide block_out_channels {levels:?}"));
        }
        check_within("cross_attention_dim", self.cross_attention_dim, MOST)?;
        check_within("addition_time_embed_dim", self.addition_time_embed_dim, MOST)?;
        if self.addition_time_embed_dim % 2 == 1 {
            return Err(format!("addition_time_embed_dim must be even, not {}", self.addition_time_embed_dim));
        }
        let waves = IDS * self.addition_time_embed_dim;
        check_size("projection_class_embeddings_input_dim", self.projection_class_embeddings_input_dim, waves)
    }
}

impl Plan for UNetConfig {
    type Resnet = SpatioTemporalResBlock;

    fn topology(&self) -> Topology<'_> {
        Topology {
            in_channels: self.in_channels,
            channels: &self.block_out_channels,
            layers_per_block: self.layers_per_block,
        }
    }

    fn resnet(&self, vs: &VarPath<'_>, inputs: i64, site: Site) -> SpatioTemporalResBlock {
        let eps = eps(site);
        let spatial = ResnetShape {
            inputs,
            outputs: site.channels,
            time_embedding: Some(self.topology().time_embedding()),
            groups: Self::GROUPS,
            eps,
        };
        SpatioTemporalResBlock::new(vs, SpatioTemporalShape { spatial, temporal_eps: eps, mixed_by: Half::Spatial })
    }
}

impl Resnet for SpatioTemporalResBlock {
    fn forward(&self, x: &Tensor, frames: i64, temb: &Tensor) -> Tensor {
        self.forward(x, frames, Some(temb))
    }
}

/// The epsilon of a residual block's normalisations, which the published file does not name, as the original has it: the
/// blocks of small pictures differ, but not on the way up.
fn eps(site: Site) -> f64 {
    match site.part {
        Part::Mid => 1e-5,
        Part::Down if !site.has_attention => 1e-5,
        Part::Down | Part::Up => 1e-6,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_configurations_are_taken_and_impossible_ones_refused() {
        let told = |json: &str| serde_json::from_str::<UNetConfig>(json).unwrap().check();
        let published = r#"{"_class_name": "UNetSpatioTemporalConditionModel", "addition_time_embed_dim": 256,
            "block_out_channels": [320, 640, 1280, 1280], "cross_attention_dim": 1024, "in_channels": 8,
            "layers_per_block": 2, "num_attention_heads": [5, 10, 20, 20], "out_channels": 4,
            "projection_class_embeddings_input_dim": 768, "transformer_layers_per_block": 1}"#;
        assert_eq!([told(published), told("{}")], [Ok(()), Ok(())]);
        for (json, reason) in [
            (r#"{"block_out_channels": [320, 640]}"#, "are not four multiples of 32"),
            (r#"{"layers_per_block": 0}"#, "must be 1 to 16"),
            (r#"{"in_channels": 4}"#, "in_channels must be 8, not 4"),
            (r#"{"out_channels": 8}"#, "out_channels must be 4, not 8"),
            (r#"{"num_attention_heads": [5, 10, 20]}"#, "do not divide block_out_channels"),
            (r#"{"num_attention_heads": [5, 10, 20, 7]}"#, "do not divide block_out_channels"),
            (r#"{"num_attention_heads": [5, 10, 0, 20]}"#, "do not divide block_out_channels"),
            (r#"{"cross_attention_dim": 0}"#, "cross_attention_dim must be 1 to 8192"),
            (r#"{"addition_time_embed_dim": 31}"#, "addition_time_embed_dim must be even, not 31"),
            (r#"{"addition_time_embed_dim": 32}"#, "projection_class_embeddings_input_dim must be 96, not 768"),
        ] {
            let told = told(json).unwrap_err();
            assert!(told.contains(reason), "{told}");
        }
    }
}
