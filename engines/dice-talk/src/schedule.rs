//! The schedule of noise that the denoising network was trained with.

use engine_diffusion::schedulers::euler::{EulerConfig, TimestepType};
use engine_diffusion::schedulers::{Only, PredictionType};

/// What Stable Video Diffusion's `scheduler/scheduler_config.json` says.
pub const SCHEDULE: EulerConfig = EulerConfig {
    sigma_max: 700.0,
    sigma_min: 0.002,
    prediction_type: PredictionType::VPrediction,
    timestep_type: TimestepType::Continuous,
    use_karras_sigmas: Only,
};
