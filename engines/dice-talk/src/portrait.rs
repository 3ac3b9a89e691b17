//! A portrait as the denoiser sees it: the same for all frames and steps.

use engine_torch::pixels;
use tch::Tensor;

use crate::clip;
use crate::face::prepare::Prepared;
use crate::networks::Networks;
use crate::unet::Masks;

/// What the networks see in a portrait, where they compute and in their numbers.
#[derive(Debug)]
pub struct Portrait {
    /// Its latent (1, 4, rows, columns), not at the denoiser's scale.
    pub latent: Tensor,
    /// What it is of (1, 1, channels).
    pub token: Tensor,
    /// Where the face is (1, channels of the denoiser's first level, rows, columns).
    pub pose: Tensor,
    /// How much of speech and emotion each pixel takes up.
    pub masks: Masks,
}

impl Portrait {
    /// Of a portrait that was prepared.
    #[must_use]
    pub fn new(networks: &Networks, prepared: &Prepared) -> Self {
        let place = networks.place;
        let placed = |tensor: &Tensor| place.put(tensor);
        let mask = pixels::planes(&prepared.mask);
        let picture = pixels::to_vae_input(&prepared.picture).to_device(place.device);
        Self {
            latent: placed(&networks.vae.mean(&picture)),
            token: networks.clip.embed(&placed(&clip::pixels(&prepared.picture))).unsqueeze(0),
            // The guider was trained with masks of three equal channels.
            pose: networks.pose_guider.forward(&placed(&mask).expand([-1, 3, -1, -1], false)),
            masks: Masks::new(&mask.squeeze(), place),
        }
    }
}
