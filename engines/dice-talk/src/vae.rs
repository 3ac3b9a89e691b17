//! The autoencoder of Stable Video Diffusion: Stable Diffusion's encoder, and a decoder that looks along time (Blattmann et
//! al. 2023, arXiv 2311.15127).

mod decoder;

use engine_diffusion::vae::{Encoder, VaeConfig};
use engine_torch::VarPath;
use engine_torch::layers::Conv2d;
use tch::{Kind, Tensor};

pub use decoder::TemporalDecoder;

/// The autoencoder (`AutoencoderKLTemporalDecoder` of diffusers).
#[derive(Debug)]
pub struct TemporalVae {
    encoder: Encoder,
    quant_conv: Conv2d,
    /// Latents to pictures.
    pub decoder: TemporalDecoder,
    latent_channels: i64,
    scaling_factor: f64,
    kind: Kind,
}

impl TemporalVae {
    /// `encoder`, `quant_conv` and `decoder`. The first two are in 32 bits whatever the network computes in, as the
    /// published configuration wants it (`force_upcast`).
    #[must_use]
    pub fn new(vs: &VarPath<'_>, config: &VaeConfig) -> Self {
        let latent = config.latent_channels;
        let exact = vs.in_f32();
        Self {
            encoder: Encoder::new(&(&exact / "encoder"), config),
            quant_conv: Conv2d::new(&(&exact / "quant_conv"), 2 * latent, 2 * latent, 1),
            decoder: TemporalDecoder::new(&(vs / "decoder"), config),
            latent_channels: latent,
            scaling_factor: config.scaling_factor,
            kind: vs.place().kind,
        }
    }

    /// Pictures (N, 3, rows, columns) from −1 to 1, in 32 bits, to the means of their latents
    /// (N, latent channels, rows / 8, columns / 8), in 32 bits and not at the denoiser's scale.
    pub fn mean(&self, pictures: &Tensor) -> Tensor {
        self.quant_conv.forward(&self.encoder.forward(pictures)).narrow(1, 0, self.latent_channels)
    }

    /// Latents of a chunk (frames, latent channels, rows, columns), at the denoiser's scale, to its pictures
    /// (frames, 3, 8 · rows, 8 · columns), whose values lie about −1 to 1.
    pub fn decode(&self, latents: &Tensor) -> Tensor {
        self.decoder.forward(&(latents.to_kind(self.kind) / self.scaling_factor))
    }
}

#[cfg(test)]
mod tests;
