//! The two trainings of the networks.

use serde::Deserialize;

/// A training: which of the published files are loaded, and what a job does by default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Variant {
    /// The accelerated one, distilled to a few steps without guidance.
    #[default]
    Acc,
    /// The first one.
    Plain,
}

impl Variant {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Acc, Self::Plain];

    /// Denoising steps of a job that says nothing.
    #[must_use]
    pub const fn steps(self) -> u32 {
        match self {
            Self::Acc => 6,
            Self::Plain => 30,
        }
    }

    /// Guidance of a job that says nothing.
    #[must_use]
    pub const fn cfg(self) -> f64 {
        match self {
            Self::Acc => 1.0,
            Self::Plain => 2.5,
        }
    }

    /// The files that are its own: the motion modules, and the denoising network without them.
    #[must_use]
    pub const fn files(self) -> [&'static str; 2] {
        match self {
            Self::Acc => ["motion_module_acc.pth", "denoising_unet_acc.pth"],
            Self::Plain => ["motion_module.pth", "denoising_unet.pth"],
        }
    }
}
