//! Schedules of noise: which levels a sampler visits, and how it goes from one to the next.
//!
//! A configuration mirrors the published `scheduler_config.json`. What is not computed here cannot be written in it: a
//! value of another kind is refused where the JSON is read.

pub mod ddim;
pub mod euler;

use serde::Deserialize;

/// What a network predicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PredictionType {
    /// The velocity v = √ᾱ·ε − √(1−ᾱ)·x₀ (Salimans and Ho 2022, arXiv 2202.00512).
    VPrediction,
}

/// A switch of a published configuration that is known in one position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "bool")]
pub struct Only<const VALUE: bool>;

impl<const VALUE: bool> TryFrom<bool> for Only<VALUE> {
    type Error = String;

    fn try_from(value: bool) -> Result<Self, String> {
        if value == VALUE { Ok(Self) } else { Err(format!("only {VALUE} is supported, not {value}")) }
    }
}
