//! Stage `block`: single blocks at amplitudes at which the epsilons of normalisations count.

use engine_diffusion::resnet::{ResnetBlock2D, ResnetShape};
use engine_diffusion::vae::{AttentionBlock, AutoencoderKl};
use engine_echomimic::denoising_unet::{DenoisingUNet, ReaderAttention};
use engine_echomimic::motion_module::MotionModule;
use engine_echomimic::reference_unet::WriterAttention;
use engine_echomimic::unet_config::UNetConfig;
use engine_golden::json::{size, text};
use engine_torch::VarPath;
use serde_json::Value;
use tch::no_grad;

use crate::configs;
use crate::reference::{SET, check, input, network};

#[test]
fn blocks_give_what_those_of_the_reference_give() {
    for stage in SET.stages("block") {
        no_grad(|| check_block(stage));
    }
}

fn check_block(stage: &Value) {
    let (model, path) = (text(&stage["model"]), text(&stage["args"]["path"]));
    let x = input(stage, "x");
    let channels = x.size()[1];
    let y = match text(&stage["args"]["type"]) {
        "resnet" => {
            let temb = input(stage, "temb");
            let shape = ResnetShape {
                time_embedding: Some(temb.size()[1]),
                ..resnet(stage, channels, UNetConfig::default().norm_eps)
            };
            at(model, path, |vs| ResnetBlock2D::new(vs, shape)).forward(&x, Some(&temb))
        }
        "vae_resnet" => at(model, path, |vs| ResnetBlock2D::new(vs, resnet(stage, channels, 1e-6))).forward(&x, None),
        "reference_attention" => {
            let attention = at(model, path, |vs| WriterAttention::new(vs, &configs::unet(model), channels));
            let (y, bank) = attention.run(&x);
            check(stage, "bank", &bank);
            y
        }
        "denoising_attention" => {
            let attention = at(model, path, |vs| ReaderAttention::new(vs, &configs::unet(model), channels));
            let portrait = attention.keys_values(&input(stage, "bank"));
            attention.forward(&x, &portrait, &input(stage, "audio"), false)
        }
        "motion" => {
            let module = at(model, path, |vs| MotionModule::new(vs, &configs::unet(model), channels));
            module.forward(&x, size(&stage["args"]["frames"]) as i64)
        }
        "head" => at(model, path, |vs| DenoisingUNet::new(vs, &configs::unet(model))).head.forward(&x),
        "vae_attention" => {
            at(model, path, |vs| AttentionBlock::new(vs, configs::vae().norm_num_groups, channels)).forward(&x)
        }
        "vae_head" if path == "decoder" => vae().decoder.head.forward(&x),
        "vae_head" if path == "encoder" => vae().encoder.head.forward(&x),
        other => panic!("blocks of type {other:?} at {path:?} are not tested"),
    };
    check(stage, "y", &y);
}

/// The block at a path of a network.
fn at<N>(model: &str, path: &str, build: impl FnOnce(&VarPath<'_>) -> N) -> N {
    network(model, |vs| build(&if path.is_empty() { vs.clone() } else { vs / path }))
}

fn vae() -> AutoencoderKl {
    network("vae", |vs| AutoencoderKl::new(vs, &configs::vae()))
}

fn resnet(stage: &Value, inputs: i64, eps: f64) -> ResnetShape {
    let outputs = size(&stage["outputs"]["y"]["shape"][1]) as i64;
    let groups = configs::extent(configs::config(text(&stage["model"])), "norm_num_groups");
    ResnetShape { inputs, outputs, time_embedding: None, groups, eps }
}
