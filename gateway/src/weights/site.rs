//! The kinds of sites that have files of weights, and what the operator calls them.

/// What answers for a file of weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Site {
    /// A model hub, which tells the SHA-256 of large files and may want a token.
    Hub,
    /// GitHub's address for the plain content of files. It is never shown a token.
    GitHub,
}

impl Site {
    /// For people.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Hub => "the hub",
            Self::GitHub => "GitHub",
        }
    }

    /// The variable of the environment that names another address, such as a mirror's.
    pub(crate) fn variable(self) -> &'static str {
        match self {
            Self::Hub => "HF_ENDPOINT",
            Self::GitHub => "GITHUB_RAW_ENDPOINT",
        }
    }

    /// The address that is asked unless another is named.
    pub(crate) fn usual(self) -> &'static str {
        match self {
            Self::Hub => "https://huggingface.co",
            Self::GitHub => "https://raw.githubusercontent.com",
        }
    }
}
