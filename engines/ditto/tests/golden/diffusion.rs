//! Stages `ddim_tables` and `ddim_loop`.

use engine_ditto::motion::condition::CONDITION;
use engine_ditto::motion::lmdm::{Denoised, Denoiser, OnnxDenoiser};
use engine_ditto::motion::sampler::Sampler;
use engine_ditto::motion::schedule::{Onward, Schedule, alphas_cumprod, times};
use engine_ditto::network_error::NetworkError;
use engine_ditto::networks::LMDM;
use engine_golden::Tensor;
use engine_golden::json::{list, number, size, text};
use engine_golden::unit_variance as rule;

use crate::motion_records::Recorded;
use crate::reference::{SET, check};
use crate::runtime::network;

#[test]
fn schedules_are_those_of_the_reference() {
    for case in SET.cases("ddim_tables") {
        if let Some(values) = case.get("values") {
            check("ddim_tables alphas", values, &Tensor::f32(&[1000], alphas_cumprod().to_vec()));
            continue;
        }
        let steps = size(&case["S"]);
        let want: Vec<i64> = list(&case["times"]).iter().map(|time| time.as_i64().unwrap()).collect();
        assert_eq!(times(steps), want, "times of {steps} steps");
        let onward: Vec<Onward> = Schedule::new(steps).steps.iter().filter_map(|step| step.onward).collect();
        assert_eq!(onward.len(), size(&case["step_noises"]));
        let table = |name: &str, value: fn(&Onward) -> f32| {
            let values = Tensor::f32(&[onward.len()], onward.iter().map(value).collect());
            check(&format!("ddim_tables {steps} {name}"), &case[name], &values);
        };
        table("sqrt_alpha_next", |onward| onward.sqrt_alpha);
        table("sigma", |onward| onward.sigma);
        table("c", |onward| onward.c);
    }
}

/// A network that keeps what went in and came out.
struct Watched<'a> {
    network: &'a mut OnnxDenoiser,
    steps: Vec<(Vec<f32>, Denoised)>,
}

impl Denoiser for Watched<'_> {
    fn denoise(&mut self, x: &[f32], cond_frame: &[f32], cond: &[f32], time: i64) -> Result<Denoised, NetworkError> {
        let seen = self.network.denoise(x, cond_frame, cond, time)?;
        self.steps.push((x.to_vec(), seen.clone()));
        Ok(seen)
    }
}

#[test]
fn sampled_windows_are_those_of_the_reference() {
    let Some(network) = network(&LMDM) else { return };
    let mut network = OnnxDenoiser(network);
    for case in SET.cases("ddim_loop") {
        let key = text(&case["key"]);
        let mut chance = Recorded::new(key, None);
        let sampler = Sampler::new(size(&case["S"]), &mut chance);
        for clip in 0..size(&case["clips"]) {
            let frame = rule::f32s(&format!("{key}/kp/{clip}"), 265, number(&case["kp_scale"]), 0.0);
            let scale = number(&case["cond_scale"]);
            let cond = rule::f32s(&format!("{key}/cond/{clip}"), 80 * CONDITION, scale, 0.0);
            let mut watched = Watched { network: &mut network, steps: Vec::new() };
            let window = sampler.sample(&mut watched, &frame, &cond, &mut chance).unwrap();
            let what = |name: &str| format!("ddim_loop {key} clip {clip} {name}");
            check(&what("final"), &list(&case["final"])[clip], &tensor(window.concat()));
            if clip > 0 {
                continue;
            }
            for (step, (x, seen)) in list(&case["steps"]).iter().zip(watched.steps) {
                check(&what("x"), &step["x"], &tensor(x));
                check(&what("pred_noise"), &step["pred_noise"], &tensor(seen.pred_noise));
                check(&what("x_start"), &step["x_start"], &tensor(seen.x_start));
            }
        }
        assert_eq!(chance.noises, case["noise_draws"].as_u64().unwrap(), "draws of {key}");
    }
}

fn tensor(values: Vec<f32>) -> Tensor {
    Tensor::f32(&[1, 80, 265], values)
}

#[test]
fn a_network_that_fails_or_gives_nonsense_is_an_error() {
    struct Broken(Option<f32>);
    impl Denoiser for Broken {
        fn denoise(&mut self, _: &[f32], _: &[f32], _: &[f32], _: i64) -> Result<Denoised, NetworkError> {
            let values = self.0.map_or(Vec::new(), |value| vec![value; 80 * 265]);
            Ok(Denoised { pred_noise: values.clone(), x_start: values })
        }
    }
    let mut chance = Recorded::new("broken", None);
    let sampler = Sampler::new(2, &mut chance);
    for value in [None, Some(f32::NAN)] {
        let got = sampler.sample(&mut Broken(value), &[0.0; 265], &[], &mut chance);
        assert!(got.is_err(), "{value:?} is taken");
    }
}
