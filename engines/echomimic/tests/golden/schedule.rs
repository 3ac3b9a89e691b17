//! Stages `ddim_tables` and `ddim_step`.

use engine_diffusion::schedulers::ddim::{Ddim, DdimConfig, Visit};
use engine_echomimic::schedule::SCHEDULE;
use engine_golden::json::{list, number, size, text};
use serde_json::json;
use tch::Tensor;

use crate::reference::{SET, check, input};

#[test]
fn schedules_are_those_of_the_reference() {
    for stage in SET.stages("ddim_tables") {
        let args = &stage["args"];
        let config = DdimConfig {
            num_train_timesteps: size(&args["num_train_timesteps"]),
            beta_start: number(&args["beta_start"]),
            beta_end: number(&args["beta_end"]),
            ..SCHEDULE
        };
        check(stage, "alphas_cumprod", &Tensor::from_slice(&config.alphas_cumprod()));
        for case in list(&stage["cases"]) {
            let steps = size(&case["n"]);
            let ddim = Ddim::new(&config, steps);
            let levels = |level: fn(&Visit) -> i64| json!(ddim.visits().iter().map(level).collect::<Vec<_>>());
            assert_eq!(levels(|visit| visit.timestep), case["timesteps"], "levels of {steps} steps");
            assert_eq!(levels(|visit| visit.leads_to), case["prev_t"], "levels that {steps} steps lead to");
            let alphas =
                |alpha: fn(&Visit) -> f32| Tensor::from_slice(&ddim.visits().iter().map(alpha).collect::<Vec<_>>());
            check(stage, &format!("n{steps}.alpha_t"), &alphas(|visit| visit.alpha));
            check(stage, &format!("n{steps}.alpha_prev"), &alphas(|visit| visit.alpha_prev));
        }
    }
}

#[test]
fn steps_are_those_of_the_reference() {
    for stage in SET.stages("ddim_step") {
        let (x, v) = (input(stage, "x"), input(stage, "v"));
        for case in list(&stage["cases"]) {
            let (ddim, visit) = (Ddim::new(&SCHEDULE, size(&case["n"])), size(&case["step_index"]));
            assert_eq!(json!(ddim.visits()[visit].timestep), case["t"], "{case}");
            check(stage, text(&case["output"]), &ddim.step(&x, &v, visit));
        }
    }
}
