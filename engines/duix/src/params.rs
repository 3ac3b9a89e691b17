//! What a client may say: the parameters, whose comments and defaults are the published schema.

use schemars::JsonSchema;
use serde::Deserialize;

/// The parameters of a job, with the generator's own defaults.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Params {
    /// Whether the resolution of the face is raised afterwards, which takes longer.
    pub super_resolution: bool,
    /// Whether the generator's watermark is in the video.
    pub watermark: bool,
    /// Whether the source video plays forwards and backwards where the speech is longer than it; if not, it begins anew.
    pub ping_pong: bool,
}

impl Default for Params {
    fn default() -> Self {
        Self { super_resolution: false, watermark: false, ping_pong: true }
    }
}
