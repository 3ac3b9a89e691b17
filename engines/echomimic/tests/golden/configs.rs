//! The configurations of the set's networks.

use engine_diffusion::vae::VaeConfig;
use engine_echomimic::unet_config::UNetConfig;
use engine_golden::json::{list, number, size};
use serde_json::Value;

use crate::reference::SET;

/// What the set says of a network.
pub(crate) fn config(model: &str) -> &'static Value {
    &SET.part("models")[model]["config"]
}

/// A whole number of it.
pub(crate) fn extent(config: &Value, name: &str) -> i64 {
    size(&config[name]) as i64
}

/// Channels, block by block.
pub(crate) fn channels(config: &Value) -> Vec<i64> {
    list(&config["block_out_channels"]).iter().map(|channels| size(channels) as i64).collect()
}

/// Of either UNet.
pub(crate) fn unet(model: &str) -> UNetConfig {
    let config = config(model);
    let published = UNetConfig::default();
    let or = |name: &str, default: i64| config.get(name).map_or(default, |value| size(value) as i64);
    UNetConfig {
        in_channels: extent(config, "in_channels"),
        out_channels: or("out_channels", published.out_channels),
        block_out_channels: channels(config),
        layers_per_block: extent(config, "layers_per_block"),
        attention_head_dim: extent(config, "heads"),
        norm_num_groups: extent(config, "norm_num_groups"),
        audio_channels: or("cross_attention_dim", published.audio_channels),
        motion_heads: or("motion_heads", published.motion_heads),
        motion_frames: or("motion_max_len", published.motion_frames),
        ..published
    }
}

/// Of the autoencoder.
pub(crate) fn vae() -> VaeConfig {
    let config = config("vae");
    VaeConfig {
        latent_channels: extent(config, "latent_channels"),
        block_out_channels: channels(config),
        layers_per_block: extent(config, "layers_per_block"),
        norm_num_groups: extent(config, "norm_num_groups"),
        scaling_factor: number(&config["scaling"]),
        ..VaeConfig::default()
    }
}
