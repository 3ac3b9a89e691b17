//! Euler's method over Karras's levels of noise (Karras et al. 2022, arXiv 2206.00364, "EDM").

use serde::Deserialize;
use tch::{Kind, Tensor};

use crate::schedulers::{Only, PredictionType};

/// What a published schedule says. Its betas do not count: Karras's levels take their place.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct EulerConfig {
    /// The first level of noise.
    pub sigma_max: f64,
    /// The last level of noise before none.
    pub sigma_min: f64,
    /// What the network predicts.
    pub prediction_type: PredictionType,
    /// How levels are told to the network.
    pub timestep_type: TimestepType,
    /// The levels between are Karras's.
    pub use_karras_sigmas: Only<true>,
}

/// How levels of noise are told to the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimestepType {
    /// As ¼·ln σ.
    Continuous,
}

/// A visit of the network.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Visit {
    /// What the network is told of the level.
    pub timestep: f32,
    /// The level: standard deviation of the noise beside a picture of variance 1.
    pub sigma: f32,
    /// The level that the visit leads to; 0 at the end.
    pub sigma_next: f32,
}

/// The way of a sample out of noise, visit by visit.
#[derive(Debug, Clone, PartialEq)]
pub struct Euler {
    visits: Vec<Visit>,
}

impl Euler {
    /// How the levels crowd together towards the last: ρ in the paper.
    const RHO: f64 = 7.0;

    /// As many visits as `steps`, and at least one. Levels are computed in f64 and then rounded.
    #[must_use]
    pub fn new(config: &EulerConfig, steps: usize) -> Self {
        let last = steps.saturating_sub(1).max(1) as f64;
        let [first, end] = [config.sigma_max, config.sigma_min].map(|sigma| sigma.powf(Self::RHO.recip()));
        let sigma = |i: usize| (first + i as f64 / last * (end - first)).powf(Self::RHO) as f32;
        let mut sigmas: Vec<f32> = (0..steps.max(1)).map(sigma).collect();
        sigmas.push(0.0);
        let visit = |pair: &[f32]| Visit {
            timestep: (0.25 * f64::from(pair[0]).ln()) as f32,
            sigma: pair[0],
            sigma_next: pair[1],
        };
        Self { visits: sigmas.windows(2).map(visit).collect() }
    }

    /// The visits, noisiest first.
    #[must_use]
    pub fn visits(&self) -> &[Visit] {
        &self.visits
    }

    /// A sample as the network sees it in a visit: of variance 1.
    ///
    /// # Panics
    /// If there is no such visit.
    pub fn scaled_input(&self, x: &Tensor, visit: usize) -> Tensor {
        x / f64::from(variance(self.visits[visit].sigma).sqrt())
    }

    /// The sample after visit number `visit`, from the sample `x` before it (not scaled) and the velocity `v` that the
    /// network gave, both of one shape. It is computed in f32 and given in the kind of `v`, which alone is multiplied in its
    /// own kind, as the reference does it.
    ///
    /// # Panics
    /// If there is no such visit.
    pub fn step(&self, x: &Tensor, v: &Tensor, visit: usize) -> Tensor {
        let Visit { sigma, sigma_next, .. } = self.visits[visit];
        let x = x.to_kind(Kind::Float);
        let x0 = v * f64::from(-sigma / variance(sigma).sqrt()) + &x / f64::from(variance(sigma));
        let slope = (&x - x0) / f64::from(sigma);
        (x + slope * f64::from(sigma_next - sigma)).to_kind(v.kind())
    }
}

/// The variance of a sample of such noise and a picture of variance 1.
fn variance(sigma: f32) -> f32 {
    sigma * sigma + 1.0
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// What Stable Video Diffusion publishes.
    fn published() -> Value {
        json!({
            "beta_end": 0.012, "beta_schedule": "scaled_linear", "beta_start": 0.00085, "prediction_type": "v_prediction",
            "sigma_max": 700.0, "sigma_min": 0.002, "timestep_type": "continuous", "use_karras_sigmas": true
        })
    }

    fn euler(steps: usize) -> Euler {
        Euler::new(&serde_json::from_value(published()).unwrap(), steps)
    }

    #[track_caller]
    fn near(got: &[f32], want: &[f32], abs: f32, rel: f32) {
        assert_eq!(got.len(), want.len());
        let off = got.iter().zip(want).find(|(got, want)| (*got - *want).abs() > abs + rel * want.abs());
        assert!(off.is_none(), "{got:?} for {want:?}");
    }

    // The numbers and limits of the next two tests are parts of what the reference pipeline of DICE-Talk gave at
    // sched.karras.{1,2,3,8} and euler.{3.0,3.2,25.0,25.12}.

    #[test]
    fn levels_are_those_of_the_reference() {
        let eight = [700.0, 286.538_85, 102.903_37, 30.993_608, 7.276_163, 1.167_570_8, 0.097_387_68, 0.002, 0.0];
        let told =
            [1.637_77, 1.414_468_5, 1.158_447_6, 0.858_445_2, 0.496_150_9, 0.038_731_344, -0.582_263_9, -1.553_652];
        let sigmas = |steps| {
            let euler = euler(steps);
            euler.visits.iter().map(|visit| visit.sigma).chain([euler.visits[steps - 1].sigma_next]).collect::<Vec<_>>()
        };
        near(&sigmas(1), &[700.0, 0.0], 1e-9, 5e-7);
        near(&sigmas(2), &[700.0, 0.002, 0.0], 1e-9, 5e-7);
        near(&sigmas(3), &[700.0, 15.589_968, 0.002, 0.0], 1e-9, 5e-7);
        near(&sigmas(8), &eight, 1e-9, 5e-7);
        let timesteps: Vec<f32> = euler(8).visits.iter().map(|visit| visit.timestep).collect();
        near(&timesteps, &told, 1e-6, 1e-6);
    }

    struct Step {
        steps: usize,
        visit: usize,
        x: [f32; 4],
        scaled: [f32; 4],
        next: [f32; 4],
        abs: f32,
    }

    #[test]
    fn steps_are_those_of_the_reference() {
        let v = Tensor::from_slice(&[-1.400_901_3_f32, 0.773_278_36, -1.306_488_5, 0.462_158_2]);
        let noisiest = [-944.413_6, 524.490_1, 1_118.397_1, 343.789_92];
        let scaled = [-1.349_160_9, 0.749_270_8, 1.597_708_5, 0.491_127_94];
        let cases = [
            Step {
                steps: 3,
                visit: 0,
                x: noisiest,
                scaled,
                next: [-19.665_588, 10.926_086, 26.187_744, 7.205_505_4],
                abs: 5e-3,
            },
            Step {
                steps: 3,
                visit: 2,
                x: [-0.404_748_7, 0.224_781_5, 0.479_313_05, 0.147_338_54],
                scaled: [-0.404_747_87, 0.224_781_04, 0.479_312_06, 0.147_338_24],
                next: [-0.401_945_26, 0.223_234_04, 0.481_924_1, 0.146_413_62],
                abs: 5e-6,
            },
            Step {
                steps: 25,
                visit: 0,
                x: noisiest,
                scaled,
                next: [-735.969, 408.729_25, 872.205_6, 267.921_45],
                abs: 1e-2,
            },
            Step {
                steps: 25,
                visit: 12,
                x: [-21.033_398, 11.681_121, 24.908_249, 7.656_677],
                scaled: [-1.346_395_4, 0.747_735, 1.594_433_4, 0.490_121_22],
                next: [-13.160_463, 7.310_465_3, 16.627_62, 4.807_543],
                abs: 2e-4,
            },
        ];
        for Step { steps, visit, x, scaled, next, abs } in cases {
            let (euler, x) = (euler(steps), Tensor::from_slice(&x));
            let values = |tensor: Tensor| Vec::<f32>::try_from(tensor).unwrap();
            near(&values(euler.scaled_input(&x, visit)), &scaled, 1e-5, 1e-5);
            near(&values(euler.step(&x, &v, visit)), &next, abs, 1e-5);
        }
    }

    #[test]
    fn a_step_is_given_in_the_kind_of_the_network() {
        let x = Tensor::from_slice(&[0.5f32]);
        assert_eq!(euler(3).step(&x, &x.to_kind(Kind::Half), 1).kind(), Kind::Half);
    }

    #[test]
    fn other_schedules_are_refused() {
        for (key, value) in [
            ("use_karras_sigmas", json!(false)),
            ("timestep_type", json!("discrete")),
            ("prediction_type", json!("epsilon")),
        ] {
            let mut table = published();
            table[key] = value;
            assert!(serde_json::from_value::<EulerConfig>(table).is_err(), "{key}");
        }
    }
}
