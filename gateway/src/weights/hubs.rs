//! The sites of all kinds of sources, and the environment that names them.

use std::path::Path;

use crate::weights::ModelError;
use crate::weights::hub::{Hub, Patience};
use crate::weights::site::Site;
use crate::weights::source::Source;

/// One client for each kind of site.
#[derive(Debug)]
pub struct Hubs {
    /// The model hub.
    pub models: Hub,
    /// GitHub.
    pub github: Hub,
}

impl Hubs {
    /// The hub that `HF_ENDPOINT` names, with the token in `HF_TOKEN`, `HUGGING_FACE_HUB_TOKEN`, `$HF_HOME/token` or
    /// `~/.cache/huggingface/token`, and GitHub or what `GITHUB_RAW_ENDPOINT` names in its place; `variable` looks up the
    /// environment.
    ///
    /// # Errors
    /// As [`Hub::models`] and [`Hub::github`].
    pub fn from_environment(
        variable: impl Fn(&str) -> Option<String>,
        patience: &Patience,
    ) -> Result<Self, ModelError> {
        let set = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
        let kept = || {
            let folder = set("HF_HOME").map(Into::into);
            let usual = || set("HOME").map(|home| Path::new(&home).join(".cache/huggingface"));
            std::fs::read_to_string(folder.or_else(usual)?.join("token")).ok()
        };
        let token = set("HF_TOKEN").or_else(|| set("HUGGING_FACE_HUB_TOKEN")).or_else(kept);
        let address = |site: Site| set(site.variable()).unwrap_or_else(|| site.usual().to_owned());
        Ok(Self {
            models: Hub::models(&address(Site::Hub), token.as_deref(), patience)?,
            github: Hub::github(&address(Site::GitHub), patience)?,
        })
    }

    /// The one that answers for a source.
    pub(crate) fn of(&self, source: &Source) -> &Hub {
        match source.site() {
            Site::Hub => &self.models,
            Site::GitHub => &self.github,
        }
    }
}
