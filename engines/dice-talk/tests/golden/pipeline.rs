//! Stage `pipeline`: whole runs from the prepared portrait and the tokens of speech and emotion to frames, with the branches
//! of guidance in one call of the network and in a call each.

use std::convert::Infallible;

use engine_dice_talk::clip;
use engine_dice_talk::decode::Decoding;
use engine_dice_talk::denoise::{Conditions, Denoising};
use engine_dice_talk::guidance::{Branch, Guidance};
use engine_dice_talk::noise;
use engine_dice_talk::schedule::SCHEDULE;
use engine_dice_talk::unet::{DenoisingUNet, Masks};
use engine_dice_talk::vae::TemporalVae;
use engine_dice_talk::windows::Windows;
use engine_diffusion::schedulers::euler::Euler;
use engine_diffusion::window::Window;
use engine_golden::json::{list, number, size};
use engine_torch::Place;
use serde_json::Value;
use tch::{Kind, Tensor, no_grad};

use crate::autoencoder::{vae, vae_config};
use crate::masks::{mask, pose};
use crate::portrait_embedding::{picture, tower};
use crate::reference::{SET, check, config, input};
use crate::unet::{denoising_unet, ids};

#[test]
fn whole_runs_give_the_frames_of_the_reference() {
    let (network, vae) = (denoising_unet(), vae());
    for stage in SET.stages("pipeline") {
        no_grad(|| check_run(stage, &network, &vae));
    }
}

fn check_run(stage: &Value, network: &DenoisingUNet, vae: &TemporalVae) {
    let args = &stage["args"];
    let whole = |name: &str| size(&args[name]) as i64;
    assert_eq!(args["i2i_noise_strength"], 1.0, "{}: denoising begins with the noisiest level", stage["id"]);
    let bytes = input(stage, "image").permute([2, 0, 1]).unsqueeze(0);
    let mean = vae.mean(&(bytes.to_kind(Kind::Float) / 127.5 - 1.0));
    let token = tower().embed(&clip::pixels(&picture(stage, "clip_image"))).unsqueeze(1);
    let (pose, masks) = (pose(&mask(stage)), Masks::new(&mask(stage), Place::CPU));
    let [silence, emotion, no_emotion] =
        ["uncond_audio", "emotion_tokens", "uncond_emotion"].map(|name| input(stage, name).unsqueeze(0));
    let frames = whole("num_frames");
    let windows = Windows { frames, length: whole("window"), overlap: whole("overlap"), shift: whole("shift") };
    let speech = Tensor::cat(&[input(stage, "audio_tokens"), silence.repeat([windows.length, 1, 1])], 0);
    let denoising = Denoising {
        network,
        ids: ids(stage),
        conditions: Conditions {
            frames,
            portrait: &mean,
            token: &token,
            pose: &pose,
            masks: &masks,
            speech: &|window: &Window| window.of(&speech, 0),
            silence: &silence,
            emotion: &emotion,
            no_emotion: &no_emotion,
            scales: scales(),
        },
        windows,
        guidance: Guidance { portrait: number(&args["ref_scale"]), emotion: number(&args["emo_scale"]) },
        branches_at_once: true,
    };
    let schedule = Euler::new(&SCHEDULE, size(&args["steps"]));
    let portrait = &mean * vae_config().scaling_factor;
    let noise = input(stage, "noise").squeeze_dim(0);
    let start = noise::latents(&noise, &portrait, schedule.visits()[0].sigma, Place::CPU);
    check(stage, "init_latents", &start.unsqueeze(0));

    check_first_window(stage, &denoising, &schedule, &start);
    let latents = check_steps(stage, &denoising, &schedule, &start);
    let _ = check_steps(stage, &Denoising { branches_at_once: false, ..denoising }, &schedule, &start);
    let mut pictures = Vec::new();
    let shown = Decoding { chunk: whole("decode_chunk"), shown: frames }.run(vae, &latents, |picture: &Tensor| {
        pictures.push(picture.shallow_clone());
        Ok::<(), Infallible>(())
    });
    shown.expect("nobody ends it");
    check(stage, "frames", &Tensor::stack(&pictures, 1));
}

/// How strongly the set's speech and emotion count.
pub(crate) fn scales() -> [f64; 2] {
    let scales: Vec<f64> = list(&config("unet")["ip_scales"]).iter().map(number).collect();
    scales.try_into().expect("there are two adapters")
}

fn check_first_window(stage: &Value, denoising: &Denoising<'_>, schedule: &Euler, start: &Tensor) {
    let window = denoising.windows.of_step(0).next().expect("there is a window");
    let x = schedule.scaled_input(&window.of(start, 0), 0);
    let branches = |all: Tensor| all.unflatten(0, [-1, window.length()]);
    check(stage, "unet_in_first_window", &branches(denoising.conditions.latents(&x, &Branch::ALL)));
    let timestep = schedule.visits()[0].timestep.into();
    let predicted = denoising.predicted(&x, timestep, &window, &Branch::ALL);
    check(stage, "unet_out_first_window", &branches(predicted));
}

fn check_steps(stage: &Value, denoising: &Denoising<'_>, schedule: &Euler, start: &Tensor) -> Tensor {
    let (mut latents, mut calls) = (start.copy(), 0);
    for step in 0..schedule.visits().len() {
        let next = denoising.step(schedule, &latents, step, &mut || {
            calls += 1;
            Ok::<(), Infallible>(())
        });
        latents = next.expect("nobody ends it");
        check(stage, &format!("latents_after_step_{step}"), &latents.unsqueeze(0));
    }
    assert_eq!(calls, denoising.calls(schedule.visits().len()));
    latents
}
