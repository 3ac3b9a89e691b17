//! What a gateway says to a request that it does not take, for people at a command line.

use std::fmt;

use reqwest::StatusCode;
use serde::Deserialize;
use url::Url;

use crate::domain::code::Code;

/// An answer that is not as hoped.
#[derive(Debug)]
pub(in crate::cli) struct Refusal {
    status: StatusCode,
    problem: Problem,
    /// The address that was given for the gateway's.
    url: Url,
    /// Seconds after which the gateway would be asked again.
    retry_after: Option<String>,
}

/// Of an answer's body, what is told here.
#[derive(Debug, Deserialize)]
struct Problem {
    code: String,
    detail: String,
    #[serde(default)]
    errors: Vec<Fault>,
    request_id: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Fault {
    field: String,
    message: String,
    remedy: String,
}

impl Refusal {
    /// Reads the body of an answer; `None` where no gateway has written it.
    pub(super) fn read(status: StatusCode, body: &[u8], url: &Url, retry_after: Option<String>) -> Option<Self> {
        let problem = serde_json::from_slice(body).ok()?;
        Some(Self { status, problem, url: url.clone(), retry_after })
    }

    /// Whether it is the gateway, or a proxy before it, that cannot answer for the moment.
    pub(super) fn is_passing(&self) -> bool {
        self.status.is_server_error() && self.status != StatusCode::INTERNAL_SERVER_ERROR
    }

    /// What to do at a command line, where that is something else than what the gateway says to all of its clients.
    fn own_remedy(&self) -> Option<String> {
        match self.problem.code.parse().ok()? {
            Code::AuthMissing => Some("give its secret in the variable AVATAR_GATEWAY_KEY, or with --key".into()),
            Code::AuthUnknown => {
                Some("look at AVATAR_GATEWAY_KEY or --key, or ask the operator for another key".into())
            }
            Code::AuthScope => Some("give another key with that scope in AVATAR_GATEWAY_KEY, or with --key".into()),
            Code::RouteUnknown => Some(format!("--url takes the gateway's address, without /v1; it was {}", self.url)),
            _ => None,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Problem { code, detail, errors, request_id } = &self.problem;
        let verb = if self.status.is_server_error() { "cannot do it" } else { "refused" };
        let remedy = self.own_remedy().or_else(|| remedy_of(code).filter(|_| errors.is_empty()));
        match remedy {
            Some(remedy) => write!(f, "the gateway {verb}: {detail} ({code})\n  -> {remedy}")?,
            None if errors.is_empty() => write!(f, "the gateway {verb}: {detail} ({code})")?,
            None => {
                write!(f, "the gateway {verb}:")?;
                for Fault { field, message, remedy } in errors {
                    write!(f, "\n  {field}: {message}\n    -> {remedy}")?;
                }
            }
        }
        if let Some(seconds) = &self.retry_after {
            write!(f, "\n  it may be asked again in {seconds} s")?;
        }
        match request_id {
            Some(id) if self.status.is_server_error() => write!(f, "\n  the gateway's log knows the request as {id}"),
            _ => Ok(()),
        }
    }
}

/// What the registry says to do about a code.
fn remedy_of(code: &str) -> Option<String> {
    let code: Code = code.parse().ok()?;
    Some(code.entry().remedy.to_owned())
}
