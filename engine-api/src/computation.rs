//! What an engine says of the machinery that computes a job.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// On what a job is computed: what it has become, not what was asked for. See [`Host::computes_on`](crate::Host::computes_on).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Computation {
    /// `cpu` or `cuda:0` and so on, never `auto`.
    pub device: String,
    /// What runs the networks, preferred first: `TensorRT` and `CUDA`, `CPU` alone, `libtorch`, `rten`. Empty where there
    /// are no networks.
    pub providers: Vec<String>,
    /// The numbers that pictures are made in: `fp32`, `fp16`, or `mixed` where both are.
    pub precision: String,
}

impl Computation {
    /// One in words, as the fields have them.
    #[must_use]
    pub fn new(device: impl Into<String>, providers: &[&str], precision: impl Into<String>) -> Self {
        let providers = providers.iter().map(ToString::to_string).collect();
        Self { device: device.into(), providers, precision: precision.into() }
    }
}
