//! The published folder: which network lies in which file, in which form.

use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io, mem};

use engine_diffusion::vae::{AutoencoderKl, VaeConfig};
use engine_echomimic::denoising_unet::DenoisingUNet;
use engine_echomimic::face::mtcnn::networks::{OutputNet, ProposalNet, RefineNet};
use engine_echomimic::motion_module::positions;
use engine_echomimic::networks::locator;
use engine_echomimic::reference_unet::ReferenceUNet;
use engine_echomimic::unet_config::UNetConfig;
use engine_echomimic::variant::Variant;
use engine_echomimic::weights::Files;
use engine_golden::checkpoint::safetensors_file;
use engine_golden::checkpoint::torch::{Origin, Wrapping, write, write_legacy};
use engine_golden::checkpoint::weight::{Bits, Weight, closed_form};
use engine_torch::VarPath;
use engine_torch::testing::keys;
use engine_whisper::{Config as WhisperConfig, Encoder};
use serde_json::json;

/// Begins the names that the numbers are made of.
const SALT: &str = "closed-form/";
/// Channels of the levels of a small network. At latents of 8 by 8 the last level has more than one pixel.
const TINY: [i64; 4] = [32, 64, 96, 96];
/// Positions that a published file of motion modules holds.
const POSITIONS: i64 = 32;

/// Tokens of Whisper's multilingual models.
const MULTILINGUAL_TOKENS: i64 = 51_865;

/// The sizes of the networks.
pub(crate) struct Layout {
    unet: UNetConfig,
    vae: VaeConfig,
    variant: Variant,
    is_tiny: bool,
}

impl Layout {
    pub(crate) fn new(is_tiny: bool, variant: Variant) -> Self {
        let (mut unet, mut vae) = (UNetConfig::default(), VaeConfig::default());
        if is_tiny {
            (unet.block_out_channels, vae.block_out_channels) = (TINY.to_vec(), TINY.to_vec());
        }
        Self { unet, vae, variant, is_tiny }
    }

    /// Writes all files.
    pub(crate) fn write(&self, folder: &Path) -> io::Result<()> {
        let files = Files { folder, variant: self.variant };
        for path in [files.unet_config(), files.vae_config(), files.whisper(), files.mtcnn()[0].clone()] {
            fs::create_dir_all(path.parent().expect("the files lie in folders"))?;
        }
        let [motion, spatial] = files.denoising_unet();
        let denoiser = made("denoising_unet", |vs| DenoisingUNet::new(vs, &self.unet));
        let (moving, still): (Vec<_>, Vec<_>) =
            denoiser.into_iter().partition(|tensor| tensor.key.contains("motion_modules"));
        write(&motion, &with_positions(moving), Bits::Single, &Wrapping::Plain)?;
        write(&spatial, &still, Bits::Single, &Wrapping::Plain)?;
        let reference = made("reference_unet", |vs| ReferenceUNet::new(vs, &self.unet));
        write(&files.reference_unet(), &reference, Bits::Single, &Wrapping::Plain)?;
        let locator = made("face_locator", |vs| locator(vs, &self.unet));
        write(&files.face_locator(), &locator, Bits::Single, &Wrapping::Plain)?;
        self.write_vae(&files)?;
        let unet = json!({"block_out_channels": self.unet.block_out_channels, "layers_per_block": self.unet.layers_per_block,
            "attention_head_dim": self.unet.attention_head_dim, "cross_attention_dim": 768, "act_fn": "silu"});
        fs::write(files.unet_config(), unet.to_string())?;
        self.write_whisper(&files.whisper())?;
        let [proposal, refine, output] = files.mtcnn();
        write_legacy(&proposal, &choosing(made("mtcnn_pnet", ProposalNet::new)), Origin::Reversed)?;
        write_legacy(&refine, &choosing(made("mtcnn_rnet", RefineNet::new)), Origin::Reversed)?;
        write_legacy(&output, &choosing(made("mtcnn_onet", OutputNet::new)), Origin::Reversed)
    }

    /// In safetensors, under the names of attention that the published file has.
    fn write_vae(&self, files: &Files<'_>) -> io::Result<()> {
        let config = json!({"block_out_channels": self.vae.block_out_channels, "layers_per_block": self.vae.layers_per_block,
            "latent_channels": self.vae.latent_channels, "norm_num_groups": self.vae.norm_num_groups, "act_fn": "silu"});
        fs::write(files.vae_config(), config.to_string())?;
        let mut tensors = made("vae", |vs| AutoencoderKl::new(vs, &self.vae));
        for tensor in tensors.iter_mut().filter(|tensor| tensor.key.contains("attentions")) {
            tensor.key = [("to_q", "query"), ("to_k", "key"), ("to_v", "value"), ("to_out.0", "proj_attn")]
                .iter()
                .fold(mem::take(&mut tensor.key), |key, (new, old)| key.replace(new, old));
        }
        safetensors_file::write(&files.vae(), &tensors, Bits::Single)
    }

    /// The encoder, and in full size of the decoder what tells the models apart.
    fn write_whisper(&self, path: &Path) -> io::Result<()> {
        let config = WhisperConfig::TINY;
        let mut tensors = keys(|vs| Encoder::new(&(vs / "encoder"), &config));
        if !self.is_tiny {
            tensors
                .insert("decoder.token_embedding.weight".to_owned(), vec![MULTILINGUAL_TOKENS, config.n_audio_state]);
        }
        let sizes =
            [("n_mels", config.n_mels), ("n_audio_ctx", config.n_audio_ctx), ("n_audio_state", config.n_audio_state)];
        let sizes = sizes.map(|(name, size)| (name, size.unsigned_abs()));
        write(path, &listed("whisper", tensors), Bits::Half, &Wrapping::Whisper(sizes.to_vec()))
    }
}

/// The tensors that a network asks for, with closed-form numbers.
fn made<N>(network: &'static str, build: impl FnOnce(&VarPath<'_>) -> N) -> Vec<Weight<'static>> {
    listed(network, keys(build))
}

fn listed(network: &'static str, keys: BTreeMap<String, Vec<i64>>) -> Vec<Weight<'static>> {
    let extents = |shape: Vec<i64>| shape.iter().map(|extent| extent.unsigned_abs() as usize).collect();
    closed_form(SALT, network, keys.into_iter().map(|(key, shape)| (key, extents(shape))))
}

/// With the positions that the published file of motion modules has beside its weights.
fn with_positions(mut tensors: Vec<Weight<'static>>) -> Vec<Weight<'static>> {
    let attentions: Vec<(String, usize)> = tensors
        .iter()
        .filter_map(|tensor| Some((tensor.key.strip_suffix("to_q.weight")?.to_owned(), tensor.shape[0])))
        .collect();
    tensors.extend(attentions.into_iter().map(|(path, channels)| Weight {
        key: format!("{path}pos_encoder.pe"),
        shape: vec![1, POSITIONS as usize, channels],
        values: Box::new(move || {
            Vec::try_from(positions(POSITIONS, channels as i64).flatten(0, -1)).expect("a row of numbers")
        }),
    }));
    tensors
}

/// With the say of the detector's networks moved: made-up ones find no faces, or far too many, and so the first of them
/// becomes more choosy, and the others take all that it finds.
fn choosing(mut tensors: Vec<Weight<'static>>) -> Vec<Weight<'static>> {
    for tensor in &mut tensors {
        match tensor.key.as_str() {
            "conv4_1.bias" => tensor.values = Box::new(|| vec![1.5, -1.5]),
            "dense5_1.bias" | "dense6_1.bias" => tensor.values = Box::new(|| vec![-20.0, 20.0]),
            _ => {}
        }
    }
    tensors
}
