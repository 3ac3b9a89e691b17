//! Why a gateway could not be asked, or did not answer as hoped.

use std::error::Error;

use thiserror::Error;
use url::Url;

use crate::cli::client::refusal::Refusal;

/// A request without the answer that was hoped for.
#[derive(Debug, Error)]
pub(in crate::cli) enum ClientError {
    /// No connection came about.
    #[error(
        "no gateway answers at {url}: {reason}\n  -> start one with `avatar-gateway serve`, or name another with --url"
    )]
    Away {
        /// Where one was looked for.
        url: Url,
        /// The system's words.
        reason: String,
    },
    /// There was a connection, and it ended before the answer did.
    #[error("the connection to the gateway at {url} broke: {reason}\n  -> look at its log, and try again")]
    Broken {
        /// Where it leads.
        url: Url,
        /// The system's words.
        reason: String,
    },
    /// The gateway answered with an error.
    #[error("{0}")]
    Refused(Box<Refusal>),
    /// Something answered that does not speak as a gateway does.
    #[error("what answers at {url} is no avatar gateway: {what}\n  -> name the gateway with --url")]
    Strange {
        /// Where it was asked.
        url: Url,
        /// What it answered.
        what: String,
        /// Whether this is how a proxy says that the gateway behind it is not there.
        is_passing: bool,
    },
}

impl ClientError {
    /// What became of a request that was not answered.
    pub(super) fn unanswered(url: &Url, error: &reqwest::Error) -> Self {
        let (url, reason) = (url.clone(), root(error));
        if error.is_connect() { Self::Away { url, reason } } else { Self::Broken { url, reason } }
    }

    /// Whether the request may have arrived even so.
    pub(super) fn is_broken(&self) -> bool {
        matches!(self, Self::Broken { .. })
    }

    /// Whether the same request may well succeed in a moment.
    pub(super) fn is_passing(&self) -> bool {
        match self {
            Self::Away { .. } | Self::Broken { .. } => true,
            Self::Refused(refusal) => refusal.is_passing(),
            Self::Strange { is_passing, .. } => *is_passing,
        }
    }
}

/// The innermost reason: what the layers around it say is that there is one.
fn root(error: &dyn Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
