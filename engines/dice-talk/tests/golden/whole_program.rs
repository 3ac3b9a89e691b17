//! Stage `e2e`: from files to pictures, by the parts that jobs are rendered by.

use std::convert::Infallible;

use engine_dice_talk::decode::Decoding;
use engine_dice_talk::denoise::{Conditions, Denoising};
use engine_dice_talk::emotion::priors;
use engine_dice_talk::face::prepare::{Prepared, prepare, read};
use engine_dice_talk::guidance::Guidance;
use engine_dice_talk::interleave::Interleaving;
use engine_dice_talk::networks::Networks;
use engine_dice_talk::noise;
use engine_dice_talk::portrait::Portrait;
use engine_dice_talk::schedule::SCHEDULE;
use engine_dice_talk::speech::length::spoken;
use engine_dice_talk::windows::Windows;
use engine_diffusion::schedulers::euler::Euler;
use engine_diffusion::window::Window;
use engine_golden::json::{number, size};
use engine_torch::{Place, pixels};
use serde_json::Value;
use tch::{Tensor, no_grad};

use crate::autoencoder::{vae, vae_config};
use crate::detection::detector;
use crate::emotion::model;
use crate::interpolation::rife;
use crate::masks::pose_guider;
use crate::pipeline::scales;
use crate::portrait_embedding::tower;
use crate::portraits::framing;
use crate::reference::{SET, check, file, input};
use crate::speech::{canonical, encoder, samples};
use crate::unet::{denoising_unet, ids, unet_config};

#[test]
fn files_become_the_pictures_of_the_reference() {
    for stage in SET.stages("e2e") {
        let networks = networks(stage);
        no_grad(|| check_program(stage, &networks));
    }
}

fn networks(stage: &Value) -> Networks {
    Networks {
        detector: detector(&file(stage, "torchscript")),
        speech: encoder(),
        emotion: model(),
        clip: tower(),
        vae: vae(),
        pose_guider: pose_guider(),
        denoiser: denoising_unet(),
        rife: rife(),
        unet: unet_config(),
        vae_config: vae_config(),
        place: Place::CPU,
        bytes: 0,
    }
}

fn check_program(stage: &Value, networks: &Networks) {
    let args = &stage["args"];
    let portrait = read(&file(stage, "png")).expect("a picture");
    let prepared = prepare(&networks.detector, &portrait, &framing(args)).expect("a face");
    let expected = &args["expected"];
    let working = [prepared.picture.height(), prepared.picture.width()];
    assert_eq!(working, [size(&expected["H"]), size(&expected["W"])]);

    let latents = check_denoising(stage, networks, &prepared);
    let decoding = Decoding { chunk: size(&args["decode_chunk"]) as i64, shown: size(&expected["num_frames"]) as i64 };
    let is_interpolated = args["interpolate"] == true;
    let mut video = Interleaving::new(is_interpolated.then_some(&networks.rife));
    let (mut decoded, mut pictures) = (Vec::new(), Vec::new());
    let shown = decoding.run(&networks.vae, &latents, |frame| {
        decoded.push(pixels::to_u8(frame).permute([1, 2, 0]));
        video.push(frame, |picture| {
            pictures.push(Tensor::from_slice(picture).view([working[0] as i64, working[1] as i64, 3]));
            Ok::<(), Infallible>(())
        })
    });
    shown.expect("nobody ends it");
    assert_eq!(pictures.len(), size(&expected["output_frames"]));
    check(stage, "decoded_u8", &Tensor::stack(&decoded, 0));
    check(stage, "rgb", &Tensor::stack(&pictures, 0));
}

fn check_denoising(stage: &Value, networks: &Networks, prepared: &Prepared) -> Tensor {
    let args = &stage["args"];
    let whole = |name: &str| size(&args[name]) as i64;
    let mut speech = canonical(&samples(stage));
    let frames = spoken(speech.samples_total()).expect("it is long enough").cast_signed();
    let windows = Windows { frames, length: whole("window"), overlap: whole("overlap"), shift: whole("shift") };
    let heard = networks.speech.hear(&mut speech, &windows, &mut |_, _| Ok(())).expect("it can be read");
    let tokens = |window: &Window| heard.tokens(window);
    check(stage, "audio_tokens", &tokens(&Window::new(0, frames, windows.timeline())));
    let portrait = Portrait::new(networks, prepared);
    check(stage, "image_latent", &portrait.latent.squeeze_dim(0));
    check(stage, "pose_feature", &portrait.pose.squeeze_dim(0));

    let emotion = priors::read(&file(stage, "npy")).expect("an emotion");
    let asks_all = args["emotion_mode"] == "full";
    let model = &networks.emotion;
    let felt =
        |numbers: &Tensor| (if asks_all { model.tokens(numbers) } else { model.nearest_tokens(numbers) }).unsqueeze(0);
    let denoising = Denoising {
        network: &networks.denoiser,
        ids: ids(stage),
        conditions: Conditions {
            frames,
            portrait: &portrait.latent,
            token: &portrait.token,
            pose: &portrait.pose,
            masks: &portrait.masks,
            speech: &tokens,
            silence: &heard.silence(),
            emotion: &felt(&emotion),
            no_emotion: &felt(&emotion.zeros_like()),
            scales: scales(),
        },
        windows,
        guidance: Guidance { portrait: number(&args["ref_scale"]), emotion: number(&args["emo_scale"]) },
        branches_at_once: false,
    };
    let schedule = Euler::new(&SCHEDULE, size(&args["steps"]));
    let scaled = &portrait.latent * networks.vae_config.scaling_factor;
    let noise = input(stage, "noise").squeeze_dim(0);
    let mut latents = noise::latents(&noise, &scaled, schedule.visits()[0].sigma, Place::CPU);
    check(stage, "init_latents", &latents.unsqueeze(0));
    for step in 0..schedule.visits().len() {
        let next = denoising.step(&schedule, &latents, step, &mut || Ok::<(), Infallible>(()));
        latents = next.expect("nobody ends it");
        if step == 0 {
            check(stage, "latents_after_first_step", &latents.unsqueeze(0));
        }
    }
    check(stage, "latents", &latents.unsqueeze(0));
    latents
}
