//! The networks: loaded from the published files, each exactly.

use engine_api::{Computation, EngineError, Progress};
use engine_diffusion::conditioning_embedding::ConditioningEmbedding;
use engine_diffusion::published::{self, Published, check_within};
use engine_diffusion::vae::{self, VaeConfig};
use engine_torch::room::Room;
use engine_torch::{Checkpoint, CheckpointError, Place, VarPath, guarded};
use engine_whisper::{Config as WhisperConfig, Encoder, encoder_key};
use serde::Deserialize;
use tch::Kind;

use crate::clip::{self, ClipConfig, ClipVision};
use crate::emotion::{self, EmotionModel, EmotionSizes};
use crate::face::detector::Detector;
use crate::projection::{Projection, ProjectionSizes};
use crate::rife::{self, Rife};
use crate::speech::encoder::{SpeechEncoder, heard_numbers};
use crate::unet::{DenoisingUNet, UNetConfig};
use crate::vae::TemporalVae;
use crate::weights::Files;

/// Channels of the mask that tells where the face is.
const MASK_CHANNELS: i64 = 3;
/// Bytes of weights between two signs of life.
const SIGN_OF_LIFE: u64 = 32 << 20;
/// Bytes of a number in 32 bits.
const SINGLE: u64 = 4;

/// All networks, in their places.
pub struct Networks {
    /// Finds the face, on the processor.
    pub detector: Detector,
    /// Hears the speech.
    pub speech: SpeechEncoder,
    /// Makes tokens of an emotion.
    pub emotion: EmotionModel,
    /// Tells what the portrait is of.
    pub clip: ClipVision,
    /// Between pictures and latents.
    pub vae: TemporalVae,
    /// Tells the denoiser where the face is.
    pub pose_guider: ConditioningEmbedding,
    /// Predicts what is noise.
    pub denoiser: DenoisingUNet,
    /// Makes pictures between pictures.
    pub rife: Rife,
    /// The configuration of the denoiser.
    pub unet: UNetConfig,
    /// The configuration of the autoencoder.
    pub vae_config: VaeConfig,
    /// Where all but the detector compute.
    pub place: Place,
    /// Bytes that the weights take there.
    pub bytes: u64,
}

impl Networks {
    /// Reads the networks, once it is known that there is memory for them: `limit` is what they and jobs may take, and
    /// `detector` the SHA-256 that the face detector must have.
    ///
    /// # Errors
    /// A file is missing, damaged, or not the network's; memory does not suffice, or the device fails.
    pub fn load(
        files: &Files<'_>,
        detector: Option<&str>,
        place: Place,
        limit: Option<u64>,
        progress: &mut dyn Progress,
    ) -> Result<Self, EngineError> {
        let configs = Configs::read(files)?;
        let checkpoints = Checkpoints::open(files)?;
        let bytes = checkpoints.bytes(place);
        Room::now(place, limit, 0).for_weights(bytes)?;
        let detector = Detector::load(&files.detector(), detector)?;

        let (mut done, mut told) = (0, 0);
        let mut loaded = |loaded: u64| {
            done += loaded;
            if done - told >= SIGN_OF_LIFE {
                told = done;
                progress.progress("load networks", done.min(bytes), bytes);
            }
        };
        let Configs { unet, vae: vae_config, clip, whisper } = configs;
        let exact = Place { kind: Kind::Float, ..place };
        let from = &checkpoints;
        guarded(|| {
            let heard = heard_numbers(&whisper);
            let audio = projection_sizes(&from.audio_linear, "", heard, unet.cross_attention_dim);
            let feeling = emotion_sizes(&from.emo_model, unet.cross_attention_dim);
            let encoder = from.whisper.load(exact, &mut loaded, |vs| Encoder::new(&(vs / "encoder"), &whisper))?;
            let audio = from.audio_linear.load(exact, &mut loaded, |vs| Projection::new(vs, &audio))?;
            Ok(Self {
                detector,
                speech: SpeechEncoder::new(encoder, whisper, audio, place.device),
                emotion: from.emo_model.load(exact, &mut loaded, |vs| EmotionModel::new(vs, &feeling))?,
                clip: from.clip.load(place, &mut loaded, |vs| ClipVision::new(vs, &clip))?,
                vae: from.vae.load(place, &mut loaded, |vs| TemporalVae::new(vs, &vae_config))?,
                pose_guider: from.pose_guider.load(place, &mut loaded, |vs| pose_guider(vs, &unet))?,
                denoiser: from.unet.load(place, &mut loaded, |vs| DenoisingUNet::new(vs, &unet))?,
                rife: from.rife.load(exact, &mut loaded, Rife::new)?,
                unet,
                vae_config,
                place,
                bytes,
            })
        })?
    }

    /// On what they compute: where the denoiser does in 16 bits, the networks that hear, feel and interpolate still do in 32.
    #[must_use]
    pub fn computation(&self) -> Computation {
        let computation = self.place.computation();
        match self.place.kind {
            Kind::Half => Computation { precision: "mixed".into(), ..computation },
            _ => computation,
        }
    }
}

/// The pose guider of a denoiser.
pub fn pose_guider(vs: &VarPath<'_>, unet: &UNetConfig) -> ConditioningEmbedding {
    ConditioningEmbedding::new(vs, MASK_CHANNELS, &ConditioningEmbedding::CHANNELS, unet.block_out_channels[0])
}

/// The sizes of the networks that are published with them.
struct Configs {
    unet: UNetConfig,
    vae: VaeConfig,
    clip: ClipConfig,
    whisper: WhisperConfig,
}

impl Configs {
    fn read(files: &Files<'_>) -> Result<Self, CheckpointError> {
        let unet: UNetConfig = published::read(&files.unet_config())?;
        let clip: ClipConfig = published::read(&files.clip_config())?;
        if clip.projection_dim != unet.cross_attention_dim {
            let reason = format!(
                "projection_dim {} is not the cross_attention_dim {} of the denoiser",
                clip.projection_dim, unet.cross_attention_dim
            );
            return Err(CheckpointError { files: vec![files.clip_config(), files.unet_config()], reason });
        }
        if unet.cross_attention_dim % EmotionSizes::published().heads != 0 {
            let heads = EmotionSizes::published().heads;
            let reason = format!("cross_attention_dim {} is no multiple of {heads}", unet.cross_attention_dim);
            return Err(CheckpointError { files: vec![files.unet_config()], reason });
        }
        let Whisper(whisper) = published::read(&files.whisper_config())?;
        Ok(Self { unet, vae: published::read(&files.vae_config())?, clip, whisper })
    }
}

/// Whisper's sizes.
#[derive(Deserialize)]
#[serde(transparent)]
struct Whisper(WhisperConfig);

impl Published for Whisper {
    fn check(&self) -> Result<(), String> {
        let WhisperConfig { n_mels, n_audio_ctx, n_audio_state, n_audio_head, n_audio_layer, .. } = self.0;
        check_within("num_mel_bins", n_mels, 128)?;
        check_within("max_source_positions", n_audio_ctx, 1500)?;
        check_within("d_model", n_audio_state, 2048)?;
        check_within("encoder_attention_heads", n_audio_head, n_audio_state)?;
        check_within("encoder_layers", n_audio_layer, 64)?;
        check_within("encoder_ffn_dim", self.0.mlp(), 8192)?;
        match n_audio_state % n_audio_head {
            0 => Ok(()),
            _ => Err(format!("encoder_attention_heads {n_audio_head} does not divide d_model {n_audio_state}")),
        }
    }
}

/// The files that the memory is for, opened and not yet read.
struct Checkpoints {
    whisper: Checkpoint,
    audio_linear: Checkpoint,
    emo_model: Checkpoint,
    clip: Checkpoint,
    vae: Checkpoint,
    pose_guider: Checkpoint,
    unet: Checkpoint,
    rife: Checkpoint,
}

impl Checkpoints {
    fn open(files: &Files<'_>) -> Result<Self, CheckpointError> {
        let as_stored = |name: &str| Some(name.to_owned());
        Ok(Self {
            whisper: Checkpoint::open(&[files.whisper()], encoder_key)?,
            audio_linear: Checkpoint::open(&[files.audio_linear()], as_stored)?,
            emo_model: Checkpoint::open(&[files.emo_model()], emotion::key)?,
            clip: Checkpoint::open(&[files.clip()], clip::key)?,
            vae: Checkpoint::open(&[files.vae()], |name| Some(vae::key(name)))?,
            pose_guider: Checkpoint::open(&[files.pose_guider()], as_stored)?,
            unet: unet(files)?,
            rife: Checkpoint::open(&[files.rife()], rife::key)?,
        })
    }

    /// Bytes that they take in a place. Of the autoencoder's, half may be in fewer bits than are counted.
    fn bytes(&self, place: Place) -> u64 {
        let Self { whisper, audio_linear, emo_model, clip, vae, pose_guider, unet, rife } = self;
        let all = |networks: &[&Checkpoint]| networks.iter().map(|network| network.elements()).sum::<u64>();
        let placed = place.kind.elt_size_in_bytes() as u64;
        all(&[clip, pose_guider, unet]) * placed + all(&[whisper, audio_linear, emo_model, vae, rife]) * SINGLE
    }
}

/// The denoiser's file. Where it lacks tensors that the network has which it was trained from, these are taken from there, if
/// that is in the folder.
fn unet(files: &Files<'_>) -> Result<Checkpoint, CheckpointError> {
    let as_stored = |name: &str| Some(name.to_owned());
    let own = Checkpoint::open(&[files.unet()], as_stored)?;
    let Some(base) = files.base_unet() else { return Ok(own) };
    let whole = Checkpoint::open(std::slice::from_ref(&base), as_stored)?.keys().all(|key| own.shape(key).is_some());
    if whole { Ok(own) } else { Checkpoint::open(&[base, files.unet()], as_stored) }
}

/// The sizes of a projection whose keys begin with `prefix`. No configuration is published that would tell them; what its
/// file does not tell is as in the published one, and is compared with it.
fn projection_sizes(checkpoint: &Checkpoint, prefix: &str, inputs: i64, channels: i64) -> ProjectionSizes {
    let rows =
        |name: &str| checkpoint.shape(&format!("{prefix}{name}.weight")).and_then(|shape| shape.first().copied());
    let published = ProjectionSizes { channels, ..ProjectionSizes::published(inputs) };
    ProjectionSizes {
        inner: rows("proj1").unwrap_or(published.inner),
        tokens: rows("proj3").map_or(published.tokens, |rows| (rows / channels).max(1)),
        ..published
    }
}

/// The sizes of the network that makes tokens of emotions, found likewise.
fn emotion_sizes(checkpoint: &Checkpoint, channels: i64) -> EmotionSizes {
    let published = EmotionSizes::published();
    let entries = checkpoint.shape("codebook.codebook.weight").and_then(|shape| shape.first().copied());
    EmotionSizes {
        emotion: projection_sizes(checkpoint, "emo_linear.", published.emotion.inputs, channels),
        entry: projection_sizes(checkpoint, "kv_tokens_linear.", published.entry.inputs, channels),
        entries: entries.unwrap_or(published.entries),
        ..published
    }
}
