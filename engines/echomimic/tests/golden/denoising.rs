//! Stages `reference_banks` and `denoise_forward`.

use std::collections::BTreeMap;

use engine_diffusion::unet::Probe;
use engine_echomimic::denoising_unet::{Call, DenoisingUNet};
use engine_echomimic::reference_unet::ReferenceUNet;
use engine_golden::json::size;
use serde_json::Value;
use tch::{Tensor, no_grad};

use crate::configs;
use crate::reference::{SET, check, input, network};

/// What the parts of a network gave, by their paths.
type Seen = BTreeMap<String, Tensor>;

pub(crate) fn reference_unet() -> ReferenceUNet {
    network("reference_unet", |vs| ReferenceUNet::new(vs, &configs::unet("reference_unet")))
}

pub(crate) fn denoising_unet() -> DenoisingUNet {
    network("denoising_unet", |vs| DenoisingUNet::new(vs, &configs::unet("denoising_unet")))
}

/// Runs a network and looks inside.
fn watched<T>(run: impl FnOnce(&mut Probe<'_>) -> T) -> (T, Seen) {
    let mut seen = Seen::new();
    let mut watch = |path: &str, value: &Tensor| {
        // Later additions in place must not change what was seen.
        seen.insert(path.to_owned(), value.copy());
    };
    let result = no_grad(|| run(&mut Probe::new(&mut watch)));
    (result, seen)
}

/// Compares every output of a stage that is no bank.
fn check_seen(stage: &Value, seen: &Seen) {
    let outputs = stage["outputs"].as_object().expect("outputs by name");
    for name in outputs.keys().filter(|name| !name.starts_with("bank.")) {
        let got = seen.get(name).unwrap_or_else(|| panic!("the network did not show {name}"));
        check(stage, name, got);
    }
}

#[test]
fn the_reference_network_writes_what_the_original_writes() {
    let network = reference_unet();
    for stage in SET.stages("reference_banks") {
        let (banks, seen) = watched(|probe| network.banks(&input(stage, "latent"), probe));
        check_seen(stage, &seen);
        for (path, bank) in network.attentions().zip(&banks) {
            check(stage, &format!("bank.{path}"), bank);
        }
        let outputs = stage["outputs"].as_object().expect("outputs by name");
        assert_eq!(outputs.keys().filter(|name| name.starts_with("bank.")).count(), banks.len());
    }
}

#[test]
fn the_denoiser_predicts_what_the_original_predicts() {
    let (reference, network) = (reference_unet(), denoising_unet());
    for stage in SET.stages("denoise_forward") {
        let (args, is_guided) = (&stage["args"], stage["args"]["cfg"] == true);
        let frames = size(&args["frames"]) as i64;
        let by_frame = |x: Tensor| x.permute([0, 2, 1, 3, 4]).flatten(0, 1);
        let doubled = |x: Tensor, first: Tensor| if is_guided { Tensor::cat(&[first, x], 0) } else { x };
        let x = by_frame(input(stage, "x"));
        let audio = input(stage, "audio").flatten(0, 1);
        let call = |latents, audio, face, portrait| Call {
            timestep: size(&args["timestep"]) as i64,
            latents,
            audio,
            face,
            portrait,
            frames,
            is_guided,
        };
        let (latents, heard) = (doubled(x.copy(), x), doubled(audio.copy(), audio.zeros_like()));
        let face = input(stage, "face_feature");
        let portrait =
            no_grad(|| network.portrait(&reference.banks(&input(stage, "ref_latent"), &mut Probe::default())));
        let (out, mut seen) = watched(|probe| network.forward(call(&latents, &heard, &face, &portrait), probe));
        let halves = if is_guided { 2 } else { 1 };
        let size = out.size();
        let out = out.view([halves, frames, size[1], size[2], size[3]]).permute([0, 2, 1, 3, 4]);
        seen.insert("out".to_owned(), out);
        let temb = seen["time_embedding"].repeat([halves, 1]);
        seen.insert("time_embedding".to_owned(), temb);
        check_seen(stage, &seen);
    }
}
