//! The keys and shapes that networks of full size ask for are those of the published checkpoints.

use engine_dice_talk::unet::{DenoisingUNet, UNetConfig};
use engine_diffusion::conditioning_embedding::ConditioningEmbedding;
use engine_golden_torch::{Keys, same_keys};
use engine_torch::testing::keys;

use crate::reference::listed;

#[test]
fn the_denoiser_asks_for_its_checkpoint() {
    let asked = keys(|vs| DenoisingUNet::new(vs, &UNetConfig::default()));
    same_keys(&asked, &listed("dicetalk_unet_pth"));
    let adapters: Keys = asked.into_iter().filter(|(key, _)| key.contains(".processor.")).collect();
    same_keys(&adapters, &listed("dicetalk_unet_ip_only"));
}

#[test]
fn the_pose_guider_asks_for_its_checkpoint() {
    let channels = &ConditioningEmbedding::CHANNELS;
    same_keys(&keys(|vs| ConditioningEmbedding::new(vs, 3, channels, 320)), &listed("dicetalk_pose_guider_pth"));
}
