//! Stages `vae.encode`, `vae.decode` and `pipeline.decode`, the autoencoder's blocks, and the keys of its checkpoint.

use std::convert::Infallible;

use engine_dice_talk::decode::Decoding;
use engine_dice_talk::vae::TemporalVae;
use engine_diffusion::resnet::{ResnetBlock2D, ResnetShape};
use engine_diffusion::sampling::Downsample2D;
use engine_diffusion::vae::{AttentionBlock, EPS, VaeConfig};
use engine_golden::json::{size, text};
use engine_golden_torch::same_keys;
use engine_torch::VarPath;
use engine_torch::layers::TemporalConv;
use engine_torch::testing::keys;
use serde_json::Value;
use tch::{Kind, Tensor, no_grad};

use crate::reference::{SET, check, config, input, listed, network};

/// What the set says of the autoencoder.
pub(crate) fn vae_config() -> VaeConfig {
    serde_json::from_value(config("vae").clone()).expect("a configuration")
}

/// The autoencoder with the set's weights.
pub(crate) fn vae() -> TemporalVae {
    network("vae", |vs| TemporalVae::new(vs, &vae_config()))
}

#[test]
fn pictures_become_the_latents_of_the_reference() {
    let vae = vae();
    for stage in SET.stages("vae.encode") {
        let bytes = input(stage, "image").permute([2, 0, 1]).unsqueeze(0);
        let picture = bytes.to_kind(Kind::Float) / 127.5 - 1.0;
        check(stage, "mean", &no_grad(|| vae.mean(&picture)));
    }
}

#[test]
fn chunks_become_the_pictures_of_the_reference() {
    let vae = vae();
    for stage in SET.stages("vae.decode") {
        let frames = size(&stage["args"]["num_frames"]) as i64;
        let latents = input(stage, "latents").narrow(0, 0, frames);
        check(stage, "frames", &no_grad(|| vae.decoder.forward(&latents)));
        check(stage, "frames", &no_grad(|| vae.decode(&(latents * vae_config().scaling_factor))));
    }
}

#[test]
fn timelines_become_the_frames_of_the_reference() {
    let vae = vae();
    for stage in SET.stages("pipeline.decode") {
        let [chunk, shown] = ["decode_chunk", "num_frames"].map(|name| size(&stage["args"][name]) as i64);
        let latents = input(stage, "latents").squeeze_dim(0);
        let mut frames = Vec::new();
        let show = |frame: &Tensor| {
            frames.push(frame.shallow_clone());
            Ok::<(), Infallible>(())
        };
        no_grad(|| Decoding { chunk, shown }.run(&vae, &latents, show)).expect("nobody ends it");
        check(stage, "frames", &Tensor::stack(&frames, 1));
    }
}

#[test]
fn the_blocks_are_those_of_the_reference() {
    let groups = vae_config().norm_num_groups;
    let channels = |stage: &Value, result: bool| match result {
        true => size(&stage["outputs"]["y"]["shape"][1]) as i64,
        false => input(stage, "x").size()[1],
    };
    for stage in SET.stages("resnet") {
        let (inputs, outputs) = (channels(stage, false), channels(stage, true));
        let shape = ResnetShape { inputs, outputs, time_embedding: None, groups, eps: EPS };
        let block = at(stage, |vs| ResnetBlock2D::new(vs, shape));
        check(stage, "y", &no_grad(|| block.forward(&input(stage, "x"), None)));
    }
    for stage in SET.stages("downsample") {
        let block = at(stage, |vs| Downsample2D::padded_behind(vs, channels(stage, true)));
        check(stage, "y", &no_grad(|| block.forward(&input(stage, "x"))));
    }
    for stage in SET.stages("vae_attention") {
        let block = at(stage, |vs| AttentionBlock::new(vs, groups, channels(stage, true)));
        check(stage, "y", &no_grad(|| block.forward(&input(stage, "x"))));
    }
    for stage in SET.stages("temporal_conv") {
        let (x, channels) = (input(stage, "x"), channels(stage, true));
        let layer = at(stage, |vs| TemporalConv::new(vs, channels, channels, 3));
        check(stage, "y", &no_grad(|| layer.forward(&x.flatten(3, 4))).view_as(&x));
    }
}

#[test]
fn the_autoencoder_asks_for_its_checkpoint() {
    same_keys(&keys(|vs| TemporalVae::new(vs, &VaeConfig::default())), &listed("svd_vae"));
}

/// The block at the stage's path.
fn at<N>(stage: &Value, build: impl FnOnce(&VarPath<'_>) -> N) -> N {
    network("vae", |vs| build(&(vs / text(&stage["args"]["path"]))))
}
