//! The error of a network of the motion stages, and running one with it.

use std::error::Error;

use engine_onnx::{Input, Network, Outputs};

/// A network failed, or gave a result of another size than it should.
#[derive(Debug, thiserror::Error)]
#[error("network {network}: {reason}")]
pub struct NetworkError {
    /// The network's name.
    pub network: &'static str,
    /// What went wrong.
    pub reason: Box<dyn Error + Send + Sync>,
}

impl NetworkError {
    /// An error of a network.
    pub fn new(network: &'static str, reason: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { network, reason: reason.into() }
    }

    /// The network gave what is no number.
    #[must_use]
    pub fn not_finite(network: &'static str) -> Self {
        Self::new(network, NotFinite)
    }

    /// Whether the network gave what is no number.
    #[must_use]
    pub fn is_not_finite(&self) -> bool {
        self.reason.is::<NotFinite>()
    }
}

/// Steps that do not fit the network, for one, drive it there.
#[derive(Debug, thiserror::Error)]
#[error("the motion is not finite; try another number of `steps`")]
struct NotFinite;

/// Runs a network.
pub(crate) fn run<'n>(
    name: &'static str,
    network: &'n mut Network,
    inputs: &[Input<'_>],
) -> Result<Outputs<'n>, NetworkError> {
    network.run(inputs).map_err(|error| NetworkError::new(name, error))
}
