//! The schedule of noise that the networks were trained with, in both variants.

use engine_diffusion::schedulers::ddim::{BetaSchedule, DdimConfig, TimestepSpacing};
use engine_diffusion::schedulers::{Only, PredictionType};

/// What the reference's `configs/inference/inference_v2.yaml` says.
pub const SCHEDULE: DdimConfig = DdimConfig {
    num_train_timesteps: 1000,
    beta_start: 0.000_85,
    beta_end: 0.012,
    beta_schedule: BetaSchedule::Linear,
    prediction_type: PredictionType::VPrediction,
    rescale_betas_zero_snr: true,
    timestep_spacing: TimestepSpacing::Trailing,
    steps_offset: 1,
    clip_sample: Only,
    set_alpha_to_one: true,
};
