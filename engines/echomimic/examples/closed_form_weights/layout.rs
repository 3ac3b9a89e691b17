//! The published folder: which network lies in which file, in which form.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::{fs, io};

use engine_diffusion::vae::{AutoencoderKl, VaeConfig};
use engine_echomimic::denoising_unet::DenoisingUNet;
use engine_echomimic::face::mtcnn::networks::{OutputNet, ProposalNet, RefineNet};
use engine_echomimic::motion_module::positions;
use engine_echomimic::networks::locator;
use engine_echomimic::reference_unet::ReferenceUNet;
use engine_echomimic::unet_config::UNetConfig;
use engine_echomimic::variant::Variant;
use engine_echomimic::weights::Files;
use engine_golden::weights::weights;
use engine_torch::VarPath;
use engine_torch::testing::keys;
use engine_whisper::{Config as WhisperConfig, Encoder};
use safetensors::tensor::{Dtype, TensorView};
use serde_json::json;

use crate::torch_file::{Bits, Tensor, Wrapping, write, write_legacy};

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
        write_legacy(&proposal, &choosing(made("mtcnn_pnet", ProposalNet::new)))?;
        write_legacy(&refine, &choosing(made("mtcnn_rnet", RefineNet::new)))?;
        write_legacy(&output, &choosing(made("mtcnn_onet", OutputNet::new)))
    }

    /// In safetensors, under the names of attention that the published file has.
    fn write_vae(&self, files: &Files<'_>) -> io::Result<()> {
        let config = json!({"block_out_channels": self.vae.block_out_channels, "layers_per_block": self.vae.layers_per_block,
            "latent_channels": self.vae.latent_channels, "norm_num_groups": self.vae.norm_num_groups, "act_fn": "silu"});
        fs::write(files.vae_config(), config.to_string())?;
        let old = |key: &str| match key.contains("attentions") {
            true => [("to_q", "query"), ("to_k", "key"), ("to_v", "value"), ("to_out.0", "proj_attn")]
                .iter()
                .fold(key.to_owned(), |key, (new, old)| key.replace(new, old)),
            false => key.to_owned(),
        };
        let tensors = made("vae", |vs| AutoencoderKl::new(vs, &self.vae));
        let bytes: Vec<(String, Vec<usize>, Vec<u8>)> = tensors
            .iter()
            .map(|tensor| {
                let bytes = (tensor.values)().iter().flat_map(|value| value.to_le_bytes()).collect();
                (old(&tensor.key), tensor.shape.clone(), bytes)
            })
            .collect();
        let view =
            |shape: &[usize], bytes| TensorView::new(Dtype::F32, shape.to_vec(), bytes).map_err(io::Error::other);
        let views: HashMap<&str, TensorView<'_>> = bytes
            .iter()
            .map(|(key, shape, bytes)| Ok((key.as_str(), view(shape, bytes)?)))
            .collect::<io::Result<_>>()?;
        fs::write(files.vae(), safetensors::serialize(views, None).map_err(io::Error::other)?)
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
fn made<N>(network: &'static str, build: impl FnOnce(&VarPath<'_>) -> N) -> Vec<Tensor<'static>> {
    listed(network, keys(build))
}

fn listed(network: &'static str, keys: BTreeMap<String, Vec<i64>>) -> Vec<Tensor<'static>> {
    let tensor = |(key, shape): (String, Vec<i64>)| {
        let shape: Vec<usize> = shape.iter().map(|extent| extent.unsigned_abs() as usize).collect();
        let (name, extents) = (key.clone(), shape.clone());
        Tensor { key, shape, values: Box::new(move || weights(SALT, network, &name, &extents)) }
    };
    keys.into_iter().map(tensor).collect()
}

/// With the positions that the published file of motion modules has beside its weights.
fn with_positions(mut tensors: Vec<Tensor<'static>>) -> Vec<Tensor<'static>> {
    let attentions: Vec<(String, usize)> = tensors
        .iter()
        .filter_map(|tensor| Some((tensor.key.strip_suffix("to_q.weight")?.to_owned(), tensor.shape[0])))
        .collect();
    tensors.extend(attentions.into_iter().map(|(path, channels)| Tensor {
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
fn choosing(mut tensors: Vec<Tensor<'static>>) -> Vec<Tensor<'static>> {
    for tensor in &mut tensors {
        match tensor.key.as_str() {
            "conv4_1.bias" => tensor.values = Box::new(|| vec![1.5, -1.5]),
            "dense5_1.bias" | "dense6_1.bias" => tensor.values = Box::new(|| vec![-20.0, 20.0]),
            _ => {}
        }
    }
    tensors
}
