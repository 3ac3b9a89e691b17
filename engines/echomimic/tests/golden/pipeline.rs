//! Stage `pipeline`: whole runs from the prepared portrait and the speech to frames, each step by itself and all of them in
//! a row.

use std::convert::Infallible;

use engine_diffusion::conditioning_embedding::ConditioningEmbedding;
use engine_diffusion::schedulers::ddim::Ddim;
use engine_diffusion::unet::Probe;
use engine_diffusion::vae::AutoencoderKl;
use engine_diffusion::window::Window;
use engine_echomimic::denoise::Denoising;
use engine_echomimic::denoising_unet::DenoisingUNet;
use engine_echomimic::noise;
use engine_echomimic::reference_unet::ReferenceUNet;
use engine_echomimic::schedule::SCHEDULE;
use engine_echomimic::windows::Windows;
use engine_golden::json::{number, size, text};
use engine_golden_torch::to_torch;
use engine_torch::Place;
use serde_json::{Value, json};
use tch::{Kind, Tensor, no_grad};

use crate::configs::{self, channels, config, extent};
use crate::denoising::{denoising_unet, reference_unet};
use crate::reference::{SET, check, input, network};
use crate::speech::{encoder, wave};

/// The networks of the set.
struct Networks {
    reference: ReferenceUNet,
    denoiser: DenoisingUNet,
    vae: AutoencoderKl,
    locator: ConditioningEmbedding,
}

impl Networks {
    fn new() -> Self {
        let shape = config("face_locator");
        let (inputs, outputs) = (extent(shape, "conditioning_channels"), extent(shape, "out_channels"));
        Self {
            reference: reference_unet(),
            denoiser: denoising_unet(),
            vae: network("vae", |vs| AutoencoderKl::new(vs, &configs::vae())),
            locator: network("face_locator", |vs| ConditioningEmbedding::new(vs, inputs, &channels(shape), outputs)),
        }
    }
}

#[test]
fn whole_runs_give_the_frames_of_the_reference() {
    let networks = Networks::new();
    for stage in SET.stages("pipeline") {
        no_grad(|| check_run(&networks, stage));
    }
}

fn check_run(networks: &Networks, stage: &Value) {
    let args = &stage["args"];
    let whole = |name: &str| size(&args[name]) as i64;
    let frames = whole("frames");
    let picture = input(stage, "ref_rgb").permute([2, 0, 1]).unsqueeze(0).to_kind(Kind::Float) / 127.5 - 1.0;
    let mask = input(stage, "mask").to_kind(Kind::Float) / 255.0;
    let face = networks.locator.forward(&mask.unsqueeze(0).unsqueeze(0));
    check(stage, "face_feature", &face);
    let latent = networks.vae.encode(&picture);
    check(stage, "ref_latent", &latent);
    let portrait = networks.denoiser.portrait(&networks.reference.banks(&latent, &mut Probe::default()));

    let tokens = tokens(stage);
    let denoising = Denoising {
        network: &networks.denoiser,
        portrait: &portrait,
        face: &face,
        speech: &|window: &Window| window.of(&tokens, 0),
        windows: Windows::new(frames, whole("context_frames"), whole("context_overlap")).expect("possible windows"),
        cfg: number(&args["cfg"]),
        at_once: 1,
    };
    let schedule = Ddim::new(&SCHEDULE, size(&args["steps"]));
    let noise = noise::latents(&input(stage, "noise"), Place::CPU);
    check(stage, "latents.0", &noise);
    let start = by_frame(&noise);

    each_step(stage, &denoising, &schedule);
    let latents = all_steps(stage, &denoising, &schedule, &start);
    check_pictures(stage, &networks.vae, &latents);
    // Windows that are denoised together give the same.
    let together = Denoising { at_once: 3, ..denoising };
    let velocity = together.velocity(&start, 0, schedule.visits()[0].timestep, &mut || Ok::<(), Infallible>(()));
    check(stage, "pred.0", &as_video(&velocity.expect("nobody ends it")));
}

/// From the latents of the reference, so that no step inherits another's error.
fn each_step(stage: &Value, denoising: &Denoising<'_>, schedule: &Ddim) {
    for (step, visit) in schedule.visits().iter().enumerate() {
        let stored = &stage["outputs"][format!("latents.{step}")];
        if stored["stored"] != "full" {
            continue;
        }
        let latents = by_frame(&to_torch(SET.tensor(text(&stored["tensor"]))));
        let mut calls = 0;
        let velocity = denoising.velocity(&latents, step, visit.timestep, &mut || {
            calls += 1;
            Ok::<(), Infallible>(())
        });
        let velocity = velocity.expect("nobody ends it");
        assert_eq!(calls * schedule.visits().len() as u64, denoising.calls(schedule.visits().len()));
        check(stage, &format!("pred.{step}"), &as_video(&velocity));
        check(stage, &format!("latents.{}", step + 1), &as_video(&schedule.step(&latents, &velocity, step)));
    }
}

/// From the first latents alone.
fn all_steps(stage: &Value, denoising: &Denoising<'_>, schedule: &Ddim, start: &Tensor) -> Tensor {
    let mut latents = start.copy();
    for (step, visit) in schedule.visits().iter().enumerate() {
        let velocity = denoising.velocity(&latents, step, visit.timestep, &mut || Ok::<(), Infallible>(()));
        let velocity = velocity.expect("nobody ends it");
        check_freely(stage, &format!("pred.{step}"), &as_video(&velocity));
        latents = schedule.step(&latents, &velocity, step);
        check_freely(stage, &format!("latents.{}", step + 1), &as_video(&latents));
    }
    latents
}

/// Compares within the limits of a run of all steps.
fn check_freely(stage: &Value, name: &str, got: &Tensor) {
    let mut record = stage["outputs"][name].clone();
    record["atol"] = record["atol_free"].clone();
    let free = json!({"id": format!("{} freely", stage["id"]), "outputs": {name: record}});
    check(&free, name, got);
}

fn check_pictures(stage: &Value, vae: &AutoencoderKl, latents: &Tensor) {
    let pictures = (vae.decode(latents) / 2.0 + 0.5).clamp(0.0, 1.0);
    check(stage, "video", &as_video(&pictures));
    let outputs = stage["outputs"].as_object().expect("outputs by name");
    for name in outputs.keys() {
        if let Some(number) = name.strip_prefix("frame.") {
            let picture = pictures.get(number.parse().expect("a frame's number")).permute([1, 2, 0]);
            check(stage, name, &(picture * 255.0).to_kind(Kind::Uint8));
        }
    }
}

/// What each frame hears (frames, tokens, channels): tokens of the set, or a clip.
fn tokens(stage: &Value) -> Tensor {
    let args = &stage["args"];
    let frames = size(&args["frames"]);
    if stage["inputs"].get("audio_chunks").is_some() {
        return input(stage, "audio_chunks").narrow(0, 0, frames as i64);
    }
    let samples = Vec::try_from(wave(stage)).expect("a row of numbers");
    let fps = size(&args["fps"]).try_into().expect("a frame rate");
    let heard = encoder("whisper").hear(&samples, fps, size(&args["length"]), &mut |_, _| Ok(()));
    let heard = heard.expect("the clip can be heard");
    assert_eq!(heard.frames(), frames as i64, "{}", stage["id"]);
    heard.tokens(heard.rows())
}

/// (1, channels, frames, rows, columns) as (frames, channels, rows, columns).
fn by_frame(video: &Tensor) -> Tensor {
    video.squeeze_dim(0).transpose(0, 1).contiguous()
}

fn as_video(frames: &Tensor) -> Tensor {
    frames.transpose(0, 1).unsqueeze(0).contiguous()
}
