//! Stages `sinusoid`, `unet.time_embed`, `unet.transformer`, `unet.tail` and `unet.forward`.

use std::collections::BTreeMap;

use engine_dice_talk::unet::{
    Call, Contexts, DenoisingUNet, Masks, SpatioTemporalTransformer, Surroundings, UNetConfig, resampled,
};
use engine_diffusion::embeddings::sinusoid;
use engine_diffusion::unet::Probe;
use engine_golden::json::{list, number, size, text};
use engine_torch::Place;
use serde_json::Value;
use tch::{Device, Kind, Tensor, no_grad};

use crate::masks::{mask, rectangle};
use crate::reference::{SET, check, config, input, network};

/// What the parts of a network gave, by their paths.
type Seen = BTreeMap<String, Tensor>;

pub(crate) fn unet_config() -> UNetConfig {
    serde_json::from_value(config("unet").clone()).expect("the set's names are the published ones")
}

pub(crate) fn denoising_unet() -> DenoisingUNet {
    network("unet", |vs| DenoisingUNet::new(vs, &unet_config()))
}

/// Runs a network and looks inside.
fn watched<T>(run: impl FnOnce(&mut Probe<'_>) -> T) -> (T, Seen) {
    let mut seen = Seen::new();
    // What is seen must not change with later additions in place.
    let mut watch = |path: &str, value: &Tensor| drop(seen.insert(path.to_owned(), value.copy()));
    let result = no_grad(|| run(&mut Probe::new(&mut watch)));
    (result, seen)
}

fn contexts(stage: &Value) -> Contexts {
    let scales = list(&stage["args"]["ip_scales"]);
    Contexts {
        clip: input(stage, "clip"),
        audio: input(stage, "audio"),
        emotion: input(stage, "emotion"),
        scales: [number(&scales[0]), number(&scales[1])],
    }
}

pub(crate) fn ids(stage: &Value) -> [f64; 3] {
    let ids: Vec<f64> = list(&stage["args"]["ids"]).iter().map(number).collect();
    ids.try_into().expect("three numbers go with a step")
}

#[test]
fn numbers_are_waves() {
    for stage in SET.stages("sinusoid") {
        let args = &stage["args"];
        let values: Vec<f64> = list(&args["values"]).iter().map(number).collect();
        check(stage, "time", &sinusoid(&Tensor::from_slice(&values), size(&args["dim"]) as i64));
        let frames = Tensor::arange(size(&args["frames"]) as i64, (Kind::Float, Device::Cpu));
        check(stage, "frame", &sinusoid(&frames, size(&args["frame_dim"]) as i64));
    }
}

#[test]
fn a_step_and_what_goes_with_it_are_a_vector() {
    let network = denoising_unet();
    let like = Tensor::empty([0], (Kind::Float, Device::Cpu));
    for stage in SET.stages("unet.time_embed") {
        let (sum, seen) = watched(|probe| network.step(number(&stage["args"]["t"]), ids(stage), &like, probe));
        check(stage, "time", &seen["time_embedding"]);
        check(stage, "added", &seen["add_embedding"]);
        check(stage, "sum", &sum);
    }
}

#[test]
fn pixels_look_around_and_along_time() {
    for stage in SET.stages("unet.transformer") {
        let (args, x) = (&stage["args"], input(stage, "x"));
        let [n, channels, rows, columns] = x.size4().expect("pictures").into();
        let path = text(&args["path"]);
        let transformer = network("unet", |vs| {
            SpatioTemporalTransformer::new(&(vs / path), &unet_config(), channels, size(&args["heads"]) as i64)
        });
        let (pixels, frames) = (rows * columns, size(&args["frames"]) as i64);
        let windows = n / frames;
        let mask = if args["masked"] == true {
            resampled(&mask(stage), pixels).unsqueeze(1)
        } else {
            Tensor::ones([pixels, 1], (Kind::Float, Device::Cpu))
        };
        let contexts = contexts(stage);
        let around = Surroundings { frames, spatial: &contexts, temporal: &contexts.by_window(windows) };
        let (y, seen) = watched(|probe| transformer.forward(&x, around, &mask, probe));
        let [spatial, temporal] =
            ["transformer_blocks.0", "temporal_transformer_blocks.0"].map(|block| format!("{path}.{block}"));
        check(stage, "attn2_spatial", &seen[&format!("{spatial}.attn2")]);
        check(stage, "ff_spatial", &seen[&format!("{spatial}.ff")]);
        check(stage, "spatial", &seen[&spatial]);
        check(stage, "attn2_temporal", &seen[&format!("{temporal}.attn2")].view([-1, frames, channels]));
        let by_pixel = seen[&temporal].view([windows, pixels, frames, channels]);
        check(stage, "temporal", &by_pixel.transpose(1, 2).reshape([n, pixels, channels]));
        check(stage, "y", &y);
    }
}

#[test]
fn features_become_predictions() {
    let network = denoising_unet();
    for stage in SET.stages("unet.tail") {
        check(stage, "y", &no_grad(|| network.head.forward(&input(stage, "x"))));
    }
}

#[test]
fn the_network_predicts_what_the_original_predicts() {
    let network = denoising_unet();
    for stage in SET.stages("unet.forward") {
        let args = &stage["args"];
        let x = input(stage, "x");
        let mask = if stage["inputs"].get("mask").is_some() { mask(stage) } else { rectangle(args, "mask_rect") };
        let (contexts, masks) = (contexts(stage), Masks::new(&mask, Place::CPU));
        let call = Call {
            timestep: number(&args["t"]),
            ids: ids(stage),
            latents: &x.flatten(0, 1),
            frames: size(&args["frames"]) as i64,
            contexts: &contexts,
            pose: &input(stage, "spatial").squeeze_dim(0),
            masks: &masks,
        };
        let (out, mut seen) = watched(|probe| network.forward(call, probe));
        seen.insert("out".to_owned(), out.unflatten(0, &x.size()[..2]));
        for name in stage["outputs"].as_object().expect("outputs by name").keys() {
            check(stage, name, seen.get(name).unwrap_or_else(|| panic!("the network did not show {name}")));
        }
    }
}
