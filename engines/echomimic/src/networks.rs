//! The networks of a variant: loaded from the published files, each exactly.

use std::fs;
use std::path::Path;

use engine_api::{EngineError, ErrorKind, Progress};
use engine_diffusion::attention::KeysValues;
use engine_diffusion::conditioning_embedding::ConditioningEmbedding;
use engine_diffusion::vae::{self, AutoencoderKl, VaeConfig};
use engine_torch::room::Room;
use engine_torch::{Checkpoint, CheckpointError, Place, VarPath, guarded};
use serde::de::DeserializeOwned;
use tch::Tensor;

use crate::audio::SpeechEncoder;
use crate::denoising_unet::DenoisingUNet;
use crate::face::mtcnn::Mtcnn;
use crate::motion_module::MotionModule;
use crate::reference_unet::ReferenceUNet;
use crate::unet::{Probe, UNetConfig};
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
        let unet: UNetConfig = config(&files.unet_config())?;
        let vae_config: VaeConfig = config(&files.vae_config())?;
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
        let placed = |tensor: &Tensor| tensor.to_device(self.place.device).to_kind(self.place.kind);
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

/// Reads a published JSON configuration and checks that a network of its sizes can be.
fn config<C: DeserializeOwned + Check>(path: &Path) -> Result<C, EngineError> {
    let refused = |reason: String| EngineError::new(ErrorKind::Weights, format!("{}: {reason}", path.display()));
    let bytes = fs::read(path).map_err(|error| refused(format!("it cannot be read: {error}")))?;
    let config: C =
        serde_json::from_slice(&bytes).map_err(|error| refused(format!("it is no configuration: {error}")))?;
    config.check().map_err(refused)?;
    Ok(config)
}

/// Sizes that make sense, of which a network can be built without fault.
trait Check {
    fn check(&self) -> Result<(), String>;
}

/// The most channels of a level; published networks have 1280.
const MOST_CHANNELS: i64 = 8192;
/// Channels of a picture.
const PICTURE: i64 = 3;
/// Channels of a latent.
const LATENT: i64 = 4;

impl Check for UNetConfig {
    fn check(&self) -> Result<(), String> {
        check_blocks(&self.block_out_channels, self.layers_per_block, self.norm_num_groups)?;
        check_blocks(&self.block_out_channels, self.layers_per_block, MotionModule::GROUPS)?;
        check_channels("in_channels", self.in_channels, LATENT)?;
        check_channels("out_channels", self.out_channels, LATENT)?;
        check_positive("norm_eps", self.norm_eps)?;
        let heads = self.attention_head_dim;
        let whole = heads > 0 && self.block_out_channels.iter().all(|channels| channels % heads == 0);
        if whole { Ok(()) } else { Err(format!("attention_head_dim {heads} does not divide block_out_channels")) }
    }
}

impl Check for VaeConfig {
    fn check(&self) -> Result<(), String> {
        check_blocks(&self.block_out_channels, self.layers_per_block, self.norm_num_groups)?;
        check_channels("in_channels", self.in_channels, PICTURE)?;
        check_channels("out_channels", self.out_channels, PICTURE)?;
        check_channels("latent_channels", self.latent_channels, LATENT)?;
        check_positive("scaling_factor", self.scaling_factor)
    }
}

fn check_blocks(channels: &[i64], layers: i64, groups: i64) -> Result<(), String> {
    let fits = |channels: &i64| (1..=MOST_CHANNELS).contains(channels) && channels % groups == 0;
    if channels.len() != 4 || groups < 1 || !channels.iter().all(fits) {
        return Err(format!(
            "block_out_channels {channels:?} are not four multiples of {groups}, the groups of normalisation, up to \
             {MOST_CHANNELS}"
        ));
    }
    if (1..=16).contains(&layers) { Ok(()) } else { Err(format!("layers_per_block must be 1 to 16, not {layers}")) }
}

fn check_channels(name: &str, channels: i64, right: i64) -> Result<(), String> {
    if channels == right { Ok(()) } else { Err(format!("{name} must be {right}, not {channels}")) }
}

fn check_positive(name: &str, number: f64) -> Result<(), String> {
    if number.is_finite() && number > 0.0 { Ok(()) } else { Err(format!("{name} must be above 0, not {number}")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told<C: DeserializeOwned + Check>(json: &str) -> Result<(), String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.json");
        fs::write(&path, json).unwrap();
        config::<C>(&path).map(drop).map_err(|error| error.message)
    }

    #[test]
    fn published_configurations_are_read_and_impossible_ones_refused() {
        let published = r#"{"_class_name": "UNet2DConditionModel", "act_fn": "silu", "attention_head_dim": 8,
            "block_out_channels": [320, 640, 1280, 1280], "cross_attention_dim": 768, "layers_per_block": 2}"#;
        assert_eq!(told::<UNetConfig>(published), Ok(()));
        assert_eq!(told::<VaeConfig>("{}"), Ok(()));
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
            let told = told::<UNetConfig>(json).unwrap_err();
            assert!(told.contains(reason), "{told}");
        }
    }

    #[test]
    fn an_autoencoder_of_other_pictures_is_refused() {
        for (json, reason) in [
            (r#"{"latent_channels": 16}"#, "latent_channels must be 4, not 16"),
            (r#"{"in_channels": 1}"#, "in_channels must be 3, not 1"),
            (r#"{"scaling_factor": -0.2}"#, "scaling_factor must be above 0"),
        ] {
            let told = told::<VaeConfig>(json).unwrap_err();
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
