//! The networks of a variant: loaded from the published files, each exactly.

use engine_api::{EngineError, Progress};
use engine_diffusion::attention::KeysValues;
use engine_diffusion::conditioning_embedding::ConditioningEmbedding;
use engine_diffusion::published::{self, LATENT, Published, check_blocks, check_positive, check_size};
use engine_diffusion::unet::Probe;
use engine_diffusion::vae::{self, AutoencoderKl, VaeConfig};
use engine_torch::room::Room;
use engine_torch::{Checkpoint, CheckpointError, Place, VarPath, guarded};
use tch::Tensor;

use crate::audio::SpeechEncoder;
use crate::denoising_unet::DenoisingUNet;
use crate::face::mtcnn::Mtcnn;
use crate::motion_module::MotionModule;
use crate::reference_unet::ReferenceUNet;
use crate::unet_config::UNetConfig;
use crate::weights::Files;

/// Channels of the mask that tells where the face is.
const MASK_CHANNELS: i64 = 1;
/// Bytes of weights between two signs of life.
const SIGN_OF_LIFE: u64 = 32 << 20;

/// All networks, in their places.
pub struct Networks {
    /// Finds the face, on the processor.
    pub detector: Mtcnn,
    /// Hears the speech.
    pub speech: SpeechEncoder,
    /// Between pictures and latents.
    pub vae: AutoencoderKl,
    /// Predicts what is noise.
    pub denoiser: DenoisingUNet,
    reference: ReferenceUNet,
    locator: ConditioningEmbedding,
    /// The configuration of both UNets.
    pub unet: UNetConfig,
    /// The configuration of the autoencoder.
    pub vae_config: VaeConfig,
    /// Where all but the detector compute.
    pub place: Place,
    /// Bytes that the weights take there, but for Whisper's encoder, which takes a hundredth of them.
    pub bytes: u64,
}

/// A portrait as the denoiser sees it: the same for all frames and steps.
pub struct Portrait {
    /// What the reference network has written.
    pub keys_values: Vec<KeysValues>,
    /// The face's place.
    pub face: Tensor,
}

impl Networks {
    /// Reads the networks, once it is known that there is memory for them: `limit` is what they and jobs may take.
    ///
    /// # Errors
    /// A file is missing, damaged, or not the network's; memory does not suffice, or the device fails.
    pub fn load(
        files: &Files<'_>,
        place: Place,
        limit: Option<u64>,
        progress: &mut dyn Progress,
    ) -> Result<Self, EngineError> {
        let unet: UNetConfig = published::read(&files.unet_config())?;
        let vae_config: VaeConfig = published::read(&files.vae_config())?;
        let checkpoints = Checkpoints::open(files)?;
        let bytes = checkpoints.elements() * place.kind.elt_size_in_bytes() as u64;
        Room::now(place, limit, 0).for_weights(bytes)?;

        let (mut done, mut told) = (0, 0);
        let mut loaded = |loaded: u64| {
            done += loaded;
            if done - told >= SIGN_OF_LIFE {
                told = done;
                progress.progress("load networks", done.min(bytes), bytes);
            }
        };
        guarded(|| {
            Ok(Self {
                detector: Mtcnn::load(files.mtcnn(), &mut |_| ())?,
                speech: SpeechEncoder::load(&files.whisper(), place, &mut loaded)?,
                vae: checkpoints.vae.load(place, &mut loaded, |vs| AutoencoderKl::new(vs, &vae_config))?,
                denoiser: checkpoints.denoiser.load(place, &mut loaded, |vs| DenoisingUNet::new(vs, &unet))?,
                reference: checkpoints.reference.load(place, &mut loaded, |vs| ReferenceUNet::new(vs, &unet))?,
                locator: checkpoints.locator.load(place, &mut loaded, |vs| locator(vs, &unet))?,
                unet,
                vae_config,
                place,
                bytes,
            })
        })?
    }

    /// Looks at a portrait: a picture (1, 3, rows, columns) from −1 to 1 and the mask of its face (1, 1, rows, columns) from 0
    /// to 1.
    #[must_use]
    pub fn portrait(&self, picture: &Tensor, mask: &Tensor) -> Portrait {
        let placed = |tensor: &Tensor| self.place.put(tensor);
        let latent = self.vae.encode(&placed(picture));
        let banks = self.reference.banks(&latent, &mut Probe::default());
        Portrait { keys_values: self.denoiser.portrait(&banks), face: self.locator.forward(&placed(mask)) }
    }
}

/// The face locator of a denoiser.
pub fn locator(vs: &VarPath<'_>, unet: &UNetConfig) -> ConditioningEmbedding {
    ConditioningEmbedding::new(vs, MASK_CHANNELS, &ConditioningEmbedding::CHANNELS, unet.block_out_channels[0])
}

/// The files that most of the memory is for, opened and not yet read.
struct Checkpoints {
    reference: Checkpoint,
    denoiser: Checkpoint,
    locator: Checkpoint,
    vae: Checkpoint,
}

impl Checkpoints {
    fn open(files: &Files<'_>) -> Result<Self, CheckpointError> {
        let as_stored = |name: &str| Some(name.to_owned());
        Ok(Self {
            reference: Checkpoint::open(&[files.reference_unet()], as_stored)?,
            denoiser: Checkpoint::open(&files.denoising_unet(), denoiser_key)?,
            locator: Checkpoint::open(&[files.face_locator()], as_stored)?,
            vae: Checkpoint::open(&[files.vae()], |name| Some(vae::key(name)))?,
        })
    }

    fn elements(&self) -> u64 {
        [&self.reference, &self.denoiser, &self.locator, &self.vae].map(Checkpoint::elements).iter().sum()
    }
}

/// Motion modules were trained apart, and some that are published have the prefix of the trainer. Their positions are
/// computed.
fn denoiser_key(name: &str) -> Option<String> {
    let name = name.strip_prefix("module.").unwrap_or(name);
    (!name.ends_with(".pos_encoder.pe")).then(|| name.to_owned())
}

impl Published for UNetConfig {
    fn check(&self) -> Result<(), String> {
        check_blocks(&self.block_out_channels, self.layers_per_block, self.norm_num_groups)?;
        check_blocks(&self.block_out_channels, self.layers_per_block, MotionModule::GROUPS)?;
        check_size("in_channels", self.in_channels, LATENT)?;
        check_size("out_channels", self.out_channels, LATENT)?;
        check_positive("norm_eps", self.norm_eps)?;
        let heads = self.attention_head_dim;
        let whole = heads > 0 && self.block_out_channels.iter().all(|channels| channels % heads == 0);
        if whole { Ok(()) } else { Err(format!("attention_head_dim {heads} does not divide block_out_channels")) }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn told(json: &str) -> Result<(), String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.json");
        fs::write(&path, json).unwrap();
        published::read::<UNetConfig>(&path).map(drop).map_err(|error| error.reason)
    }

    #[test]
    fn published_configurations_are_read_and_impossible_ones_refused() {
        let published = r#"{"_class_name": "UNet2DConditionModel", "act_fn": "silu", "attention_head_dim": 8,
            "block_out_channels": [320, 640, 1280, 1280], "cross_attention_dim": 768, "layers_per_block": 2}"#;
        assert_eq!(told(published), Ok(()));
        for (json, reason) in [
            (r#"{"block_out_channels": [320, 640]}"#, "are not four multiples"),
            (r#"{"block_out_channels": [320, 640, 1280, 1281]}"#, "are not four multiples"),
            (r#"{"attention_head_dim": 7}"#, "does not divide"),
            (r#"{"layers_per_block": 0}"#, "must be 1 to 16"),
            (r#"{"block_out_channels": [320, 640, 1280, 4611686018427387904]}"#, "are not four multiples"),
            (r#"{"block_out_channels": [48, 48, 48, 48], "norm_num_groups": 16}"#, "are not four multiples of 32"),
            (r#"{"block_out_channels": [48, 48, 48, 48], "norm_num_groups": 48}"#, "are not four multiples of 32"),
            (r#"{"in_channels": -1}"#, "in_channels must be 4, not -1"),
            (r#"{"out_channels": 8}"#, "out_channels must be 4, not 8"),
            (r#"{"norm_eps": 0}"#, "norm_eps must be above 0"),
            ("version https://git-lfs.github.com/spec/v1", "it is no configuration"),
        ] {
            let told = told(json).unwrap_err();
            assert!(told.contains(reason), "{told}");
        }
    }

    #[test]
    fn keys_of_motion_modules_have_no_prefix_and_no_positions() {
        let path = "down_blocks.0.motion_modules.0.temporal_transformer.norm.weight";
        assert_eq!(denoiser_key(&format!("module.{path}")).as_deref(), Some(path));
        assert_eq!(denoiser_key(path).as_deref(), Some(path));
        assert_eq!(denoiser_key("a.attention_blocks.0.pos_encoder.pe"), None);
    }
}
