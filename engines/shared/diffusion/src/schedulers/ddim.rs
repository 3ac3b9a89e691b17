//! DDIM without noise of its own (Song et al. 2020, arXiv 2010.02502), over a schedule that ends in pure noise (Lin et al.
//! 2023, arXiv 2305.08891).

use serde::Deserialize;
use tch::{Device, Kind, Tensor};

use crate::schedulers::{Only, PredictionType};

/// What a published schedule says. A key may be missing where diffusers would take the value that is taken here.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct DdimConfig {
    /// Levels of noise that the network was trained with.
    #[serde(default = "thousand")]
    pub num_train_timesteps: usize,
    /// Variance that the first level adds.
    pub beta_start: f64,
    /// Variance that the last level adds.
    pub beta_end: f64,
    /// How the variance grows between the two.
    pub beta_schedule: BetaSchedule,
    /// What the network predicts.
    pub prediction_type: PredictionType,
    /// Shift the schedule so that nothing of the picture is left in its last level.
    #[serde(default)]
    pub rescale_betas_zero_snr: bool,
    /// Which levels are visited.
    pub timestep_spacing: TimestepSpacing,
    /// Counts for other spacings alone.
    #[serde(default)]
    pub steps_offset: i64,
    /// Samples are not clipped.
    pub clip_sample: Only<false>,
    /// Below the first level lies the picture without noise, and not the first level once more.
    #[serde(default = "yes")]
    pub set_alpha_to_one: bool,
}

/// How the variance grows from level to level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BetaSchedule {
    /// By equal amounts.
    Linear,
}

/// Which levels are visited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimestepSpacing {
    /// At equal distances, counted down from the last.
    Trailing,
}

fn thousand() -> usize {
    1000
}

fn yes() -> bool {
    true
}

impl DdimConfig {
    /// ᾱ, the share of the picture's variance that is left at each level, by libtorch's operations in f32 as the reference
    /// takes them, so that it has the same bits.
    ///
    /// # Panics
    /// If there are no levels.
    #[must_use]
    pub fn alphas_cumprod(&self) -> Vec<f32> {
        let levels = i64::try_from(self.num_train_timesteps).unwrap_or(i64::MAX);
        let f32s = (Kind::Float, Device::Cpu);
        let cumprod = |alphas: &Tensor| alphas.cumprod(0, Kind::Float);
        let mut betas = Tensor::linspace(self.beta_start, self.beta_end, levels, f32s);
        if self.rescale_betas_zero_snr {
            let root = cumprod(&betas.ones_like().g_sub(&betas)).sqrt();
            let (first, last) = (root.get(0), root.get(-1));
            let shifted = (&root - &last) * (&first / (&first - &last));
            let alphas_bar = &shifted * &shifted;
            let ratios = alphas_bar.slice(0, 1, None, 1) / alphas_bar.slice(0, 0, levels - 1, 1);
            let alphas = Tensor::cat(&[alphas_bar.slice(0, 0, 1, 1), ratios], 0);
            betas = alphas.ones_like().g_sub(&alphas);
        }
        // The second product of the shifted schedule is not the first: each went through a beta and back.
        let alphas_bar = cumprod(&betas.ones_like().g_sub(&betas));
        Vec::try_from(&alphas_bar).expect("one axis of f32")
    }

    /// The visited levels, noisiest first, exactly `steps` of them: 1 to the number of levels, and other numbers count as
    /// the nearest of these.
    ///
    /// They are computed in the way of numpy's `arange` and `round`, half to even, which decides on ties. For 61 steps and
    /// 61 other numbers `arange` gives one level too many, −1; the reference visits it, and this does not.
    #[must_use]
    pub fn timesteps(&self, steps: usize) -> Vec<i64> {
        let steps = steps.clamp(1, self.num_train_timesteps.max(1));
        let last = self.num_train_timesteps as f64;
        // What is left of the distance when it is taken between the first two numbers.
        let distance = (last - last / steps as f64) - last;
        (0..steps).map(|i| (last + i as f64 * distance).round_ties_even() as i64 - 1).collect()
    }
}

/// A visit of the network.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Visit {
    /// The level.
    pub timestep: i64,
    /// The level that it leads to; below 0, the picture without noise. As in the reference that is a whole number of levels
    /// below, which is often not the next visit's: of 6 visits, the second is at 832, and the first leads to 833.
    pub leads_to: i64,
    /// ᾱ at the level.
    pub alpha: f32,
    /// ᾱ at the level that the visit leads to.
    pub alpha_prev: f32,
}

/// The way of a sample out of noise, visit by visit.
#[derive(Debug, Clone, PartialEq)]
pub struct Ddim {
    visits: Vec<Visit>,
}

impl Ddim {
    /// As many visits as `steps`, in the range of [`DdimConfig::timesteps`].
    #[must_use]
    pub fn new(config: &DdimConfig, steps: usize) -> Self {
        let alphas = config.alphas_cumprod();
        let timesteps = config.timesteps(steps);
        let down = (config.num_train_timesteps / timesteps.len()) as i64;
        let end = if config.set_alpha_to_one { 1.0 } else { alphas[0] };
        let at = |timestep: i64| usize::try_from(timestep).ok().and_then(|level| alphas.get(level).copied());
        let visit = |timestep: i64| {
            let leads_to = timestep - down;
            let [alpha, alpha_prev] = [timestep, leads_to].map(|level| at(level).unwrap_or(end));
            Visit { timestep, leads_to, alpha, alpha_prev }
        };
        Self { visits: timesteps.into_iter().map(visit).collect() }
    }

    /// The visits, noisiest first.
    #[must_use]
    pub fn visits(&self) -> &[Visit] {
        &self.visits
    }

    /// The sample after visit number `visit`, from the sample `x` before it and the velocity `v` that the network gave,
    /// both of one shape. Factors are f32; what they multiply is rounded to the tensors' kind after each operation.
    ///
    /// # Panics
    /// If there is no such visit.
    pub fn step(&self, x: &Tensor, v: &Tensor, visit: usize) -> Tensor {
        let Visit { alpha, alpha_prev, .. } = self.visits[visit];
        let (signal, noise) = factors(alpha);
        let x0 = x * signal - v * noise;
        let epsilon = v * signal + x * noise;
        let (signal, noise) = factors(alpha_prev);
        x0 * signal + epsilon * noise
    }
}

/// The shares of picture and noise in a sample: √ᾱ and √(1−ᾱ).
fn factors(alpha: f32) -> (f64, f64) {
    (alpha.sqrt().into(), (1.0 - alpha).sqrt().into())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn published() -> Value {
        json!({
            "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "linear", "clip_sample": false, "steps_offset": 1,
            "prediction_type": "v_prediction", "rescale_betas_zero_snr": true, "timestep_spacing": "trailing"
        })
    }

    fn config() -> DdimConfig {
        serde_json::from_value(published()).unwrap()
    }

    #[test]
    fn what_is_not_computed_is_refused() {
        let with = |key: &str, value: &Value| {
            let mut table = published();
            table[key] = value.clone();
            serde_json::from_value::<DdimConfig>(table).map_err(|error| error.to_string())
        };
        assert_eq!(with("num_train_timesteps", &json!(1000)), Ok(config()));
        for (key, value) in
            [("beta_schedule", "scaled_linear"), ("prediction_type", "epsilon"), ("timestep_spacing", "leading")]
        {
            let error = with(key, &json!(value)).unwrap_err();
            assert!(error.contains(value), "{error}");
        }
        assert_eq!(with("clip_sample", &json!(true)).unwrap_err(), "only false is supported, not true");
    }

    #[test]
    fn the_last_level_is_noise_alone_only_where_the_schedule_is_shifted() {
        let shifted = config().alphas_cumprod();
        assert_eq!((shifted.len(), shifted[999]), (1000, 0.0));
        assert!((shifted[0] - 0.999_15).abs() < 1e-7, "{}", shifted[0]);
        let plain = DdimConfig { rescale_betas_zero_snr: false, ..config() }.alphas_cumprod();
        assert!((plain[0] - 0.999_15).abs() < 1e-7, "{}", plain[0]);
        assert!((0.001..0.002).contains(&plain[999]), "{}", plain[999]);
    }

    #[test]
    fn there_are_as_many_visits_as_steps_and_ties_go_to_even() {
        assert_eq!(config().timesteps(6), [999, 832, 666, 499, 332, 166]);
        assert_eq!(config().timesteps(16)[..6], [999, 937, 874, 811, 749, 687]);
        // The fourth is 937.5, a tie that would become 938; with what numpy takes for the distance it is a little less.
        assert_eq!(config().timesteps(48)[..4], [999, 978, 957, 936]);
        for steps in 1..=1000 {
            let timesteps = config().timesteps(steps);
            assert_eq!(timesteps.len(), steps);
            assert!(timesteps.windows(2).all(|pair| pair[0] > pair[1]) && timesteps[steps - 1] >= 0, "{timesteps:?}");
        }
        assert_eq!((config().timesteps(0).len(), config().timesteps(1001).len()), (1, 1000));
    }

    #[test]
    fn a_visit_leads_a_whole_number_of_levels_down() {
        let alphas = config().alphas_cumprod();
        for (visit, leads_to) in Ddim::new(&config(), 6).visits().iter().zip([833, 666, 500, 333, 166, 0]) {
            assert_eq!((visit.leads_to, visit.alpha_prev), (leads_to, alphas[leads_to as usize]));
        }
        let visit = Ddim::new(&config(), 1).visits()[0];
        assert_eq!((visit.leads_to, visit.alpha_prev), (-1, 1.0));
        let stays = DdimConfig { set_alpha_to_one: false, ..config() };
        assert_eq!(Ddim::new(&stays, 1).visits()[0].alpha_prev, alphas[0]);
    }

    #[test]
    fn the_true_velocity_leads_to_the_same_picture_and_noise_at_the_next_level() {
        let (x0, epsilon) = (Tensor::from_slice(&[0.3f32, -1.2, 2.0]), Tensor::from_slice(&[1.1f32, 0.4, -0.7]));
        let ddim = Ddim::new(&config(), 20);
        for (number, visit) in ddim.visits().iter().enumerate() {
            let at = |alpha| {
                let (signal, noise) = factors(alpha);
                (&x0 * signal + &epsilon * noise, &epsilon * signal - &x0 * noise)
            };
            let (x, v) = at(visit.alpha);
            let off = (ddim.step(&x, &v, number) - at(visit.alpha_prev).0).abs().max().double_value(&[]);
            assert!(off < 1e-6, "visit {number}: {off}");
        }
    }

    #[test]
    fn half_precision_stays_half() {
        let x = Tensor::from_slice(&[0.5f32, -1.5]).to_kind(Kind::Half);
        let next = Ddim::new(&config(), 6).step(&x, &x, 2);
        assert_eq!(next.kind(), Kind::Half);
    }
}
