//! Stable Diffusion's autoencoder: pictures to latents of an eighth of their sides, and back.

mod attention;
mod config;
mod decoder;
mod encoder;

use engine_torch::VarPath;
use engine_torch::layers::Conv2d;
use tch::Tensor;

pub use attention::AttentionBlock;
pub use config::{EPS, VaeConfig};
pub use decoder::Decoder;
pub use encoder::Encoder;

/// The autoencoder (`AutoencoderKL` of diffusers).
#[derive(Debug)]
pub struct AutoencoderKl {
    /// Pictures to the parameters of latents' distributions.
    pub encoder: Encoder,
    quant_conv: Conv2d,
    post_quant_conv: Conv2d,
    /// Latents to pictures.
    pub decoder: Decoder,
    latent_channels: i64,
    scaling_factor: f64,
}

impl AutoencoderKl {
    /// How many times the sides of a latent are smaller than the picture's, in the published configuration.
    pub const SHRINK: i64 = 8;

    /// `encoder`, `quant_conv`, `post_quant_conv` and `decoder`.
    #[must_use]
    pub fn new(vs: &VarPath<'_>, config: &VaeConfig) -> Self {
        let latent = config.latent_channels;
        Self {
            encoder: Encoder::new(&(vs / "encoder"), config),
            quant_conv: Conv2d::new(&(vs / "quant_conv"), 2 * latent, 2 * latent, 1),
            post_quant_conv: Conv2d::new(&(vs / "post_quant_conv"), latent, latent, 1),
            decoder: Decoder::new(&(vs / "decoder"), config),
            latent_channels: latent,
            scaling_factor: config.scaling_factor,
        }
    }

    /// Pictures (N, 3, rows, columns) from −1 to 1 to the means of their latents (N, latent channels, rows / 8, columns / 8).
    pub fn mean(&self, pictures: &Tensor) -> Tensor {
        self.quant_conv.forward(&self.encoder.forward(pictures)).narrow(1, 0, self.latent_channels)
    }

    /// As [`Self::mean`], at the scale at which the denoiser works.
    pub fn encode(&self, pictures: &Tensor) -> Tensor {
        self.mean(pictures) * self.scaling_factor
    }

    /// Latents at the denoiser's scale to pictures, whose values lie about −1 to 1.
    pub fn decode(&self, latents: &Tensor) -> Tensor {
        self.decoder.forward(&self.expanded(&(latents / self.scaling_factor)))
    }

    /// What the decoder is given of latents at their own scale.
    pub fn expanded(&self, latents: &Tensor) -> Tensor {
        self.post_quant_conv.forward(latents)
    }
}

/// The key that this network has for a tensor, whichever version of diffusers has written it: older ones called the
/// projections of attention `query`, `key`, `value` and `proj_attn`.
#[must_use]
pub fn key(stored: &str) -> String {
    let names = [("query", "to_q"), ("key", "to_k"), ("value", "to_v"), ("proj_attn", "to_out.0")];
    let parts: Vec<&str> = stored.split('.').collect();
    let is_attention = parts.contains(&"attentions");
    let renamed = |part: &&str| {
        let found = names.iter().find(|(old, _)| is_attention && old == part);
        found.map_or(*part, |(_, new)| new).to_owned()
    };
    parts.iter().map(renamed).collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::key;

    #[test]
    fn both_names_of_attention_are_one() {
        assert_eq!(key("encoder.mid_block.attentions.0.query.weight"), "encoder.mid_block.attentions.0.to_q.weight");
        assert_eq!(
            key("decoder.mid_block.attentions.0.proj_attn.bias"),
            "decoder.mid_block.attentions.0.to_out.0.bias"
        );
        for same in ["decoder.mid_block.attentions.0.to_k.weight", "decoder.conv_in.weight", "quant_conv.bias"] {
            assert_eq!(key(same), same);
        }
    }
}
