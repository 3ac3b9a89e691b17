//! The keys and shapes that the networks of full size ask for are those of the original's classes.

use crate::reference::listed;
use engine_diffusion::conditioning_embedding::ConditioningEmbedding;
use engine_diffusion::vae::{AutoencoderKl, VaeConfig};
use engine_echomimic::denoising_unet::DenoisingUNet;
use engine_echomimic::reference_unet::ReferenceUNet;
use engine_echomimic::unet_config::UNetConfig;
use engine_golden_torch::{Keys, same_keys as same};
use engine_torch::testing::keys;

#[test]
fn the_reference_network_asks_for_its_checkpoint() {
    let config = UNetConfig::default();
    same(&keys(|vs| ReferenceUNet::new(vs, &config)), &listed("reference_unet"));
}

#[test]
fn the_denoiser_asks_for_both_of_its_checkpoints() {
    let asked = keys(|vs| DenoisingUNet::new(vs, &UNetConfig::default()));
    let both: Keys = listed("denoising_unet_spatial").into_iter().chain(listed("motion_module_nope")).collect();
    same(&asked, &both);
    // The published file of motion modules holds their positions besides, which are computed here.
    let with_positions: Keys =
        listed("denoising_unet_all").into_iter().filter(|(key, _)| !key.ends_with(".pe")).collect();
    same(&asked, &with_positions);
}

#[test]
fn the_other_networks_ask_for_their_checkpoints() {
    let locator = keys(|vs| ConditioningEmbedding::new(vs, 1, &ConditioningEmbedding::CHANNELS, 320));
    same(&locator, &listed("face_locator"));
    same(&keys(|vs| AutoencoderKl::new(vs, &VaeConfig::default())), &listed("vae"));
}
