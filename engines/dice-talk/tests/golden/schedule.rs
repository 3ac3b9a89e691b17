//! Stages `sched.karras`, `sched.euler_step`, `init_latents` and `cfg.combine`.

use engine_dice_talk::guidance::Guidance;
use engine_dice_talk::noise::latents;
use engine_dice_talk::schedule::SCHEDULE;
use engine_diffusion::schedulers::euler::{Euler, EulerConfig};
use engine_golden::json::{number, size};
use engine_torch::Place;
use serde_json::Value;
use tch::Tensor;

use crate::reference::{SET, check, input};

/// The schedule of a stage's number of steps.
fn schedule(stage: &Value) -> Euler {
    Euler::new(&SCHEDULE, size(&stage["args"]["steps"]))
}

#[test]
fn levels_of_noise_are_those_of_the_reference() {
    for stage in SET.stages("sched.karras") {
        let args = &stage["args"];
        let [sigma_max, sigma_min] = ["sigma_max", "sigma_min"].map(|name| number(&args[name]));
        let schedule = Euler::new(&EulerConfig { sigma_max, sigma_min, ..SCHEDULE }, size(&args["steps"]));
        let visits = schedule.visits();
        let last = visits.last().expect("there is a visit").sigma_next;
        let sigmas: Vec<f32> = visits.iter().map(|visit| visit.sigma).chain([last]).collect();
        check(stage, "sigmas", &Tensor::from_slice(&sigmas));
        let timesteps: Vec<f32> = visits.iter().map(|visit| visit.timestep).collect();
        check(stage, "timesteps", &Tensor::from_slice(&timesteps));
    }
}

#[test]
fn steps_are_those_of_the_reference() {
    for stage in SET.stages("sched.euler_step") {
        let (schedule, visit) = (schedule(stage), size(&stage["args"]["step_index"]));
        let [x, v] = ["sample", "pred"].map(|name| input(stage, name));
        check(stage, "scaled_input", &schedule.scaled_input(&x, visit));
        check(stage, "next_sample", &schedule.step(&x, &v, visit));
    }
}

#[test]
fn first_latents_are_those_of_the_reference() {
    for stage in SET.stages("init_latents") {
        let portrait = input(stage, "vae_mean") * number(&stage["args"]["vae_scaling"]);
        let noise = input(stage, "noise").squeeze_dim(0);
        let latents = latents(&noise, &portrait, schedule(stage).visits()[0].sigma, Place::CPU);
        check(stage, "latents", &latents.unsqueeze(0));
    }
}

#[test]
fn guidance_is_that_of_the_reference() {
    for stage in SET.stages("cfg.combine") {
        let [portrait, emotion] = ["ref_scale", "emo_scale"].map(|name| number(&stage["args"][name]));
        let branches = [0, 1, 2].map(|branch| input(stage, "pred").get(branch));
        check(stage, "pred", &Guidance { portrait, emotion }.combined(branches.each_ref()));
    }
}
