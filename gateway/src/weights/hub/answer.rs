//! What a hub and its storage say of a file, and what of it counts.

use std::error::Error;

use reqwest::Response;
use reqwest::header::{CONTENT_LENGTH, CONTENT_RANGE, ETAG, HeaderMap, HeaderName, HeaderValue, IF_RANGE, RANGE};
use url::Url;

use crate::weights::ModelError;

/// The hub's own word on a large file, which it redirects to a storage.
const LINKED_ETAG: HeaderName = HeaderName::from_static("x-linked-etag");
const LINKED_SIZE: HeaderName = HeaderName::from_static("x-linked-size");

/// What a hub says of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Remote {
    /// What changes with the content; without quotes.
    pub(crate) etag: Option<String>,
    /// Size in bytes.
    pub(crate) bytes: Option<u64>,
    /// SHA-256 in lower-case hexadecimal; hubs tell it of large files.
    pub(crate) sha256: Option<String>,
}

/// From where a file is to be continued.
#[derive(Debug, Clone)]
pub(crate) struct Resume {
    /// So many bytes are there.
    pub(crate) from: u64,
    /// [`Remote::etag`] of what they are from.
    pub(crate) etag: String,
    /// The strong `ETag` of whoever sent them, as it was sent; a storage's is not always its hub's.
    pub(crate) validator: Option<String>,
}

/// The beginning of a file's bytes.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The bytes.
    pub(crate) response: Response,
    /// Where they start: 0, or where the asker wanted to continue.
    pub(crate) from: u64,
    /// Size of the whole file according to whoever sends it.
    pub(crate) whole: Option<u64>,
    /// What the hub said on the way.
    pub(crate) remote: Remote,
    /// For [`Resume::validator`].
    pub(crate) validator: Option<String>,
}

/// What is in the way of an answer.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// The next attempt would end like this one.
    Lasting(ModelError),
    /// The next attempt may succeed.
    Passing(String),
}

impl From<ModelError> for Trouble {
    fn from(error: ModelError) -> Self {
        Self::Lasting(error)
    }
}

impl From<reqwest::Error> for Trouble {
    /// The innermost cause is what a person can do something about.
    fn from(error: reqwest::Error) -> Self {
        if error.is_timeout() {
            return Self::Passing("nothing comes any more".into());
        }
        let host = error.url().and_then(Url::host_str).map(|host| format!("{host}: ")).unwrap_or_default();
        let cause = std::iter::successors(Some(&error as &(dyn Error + 'static)), |&error| error.source()).last();
        Self::Passing(format!("{host}{}", cause.map_or_else(|| error.to_string(), ToString::to_string)))
    }
}

impl Resume {
    /// Whether what is there may be the beginning of what the hub has now; yes, where it does not tell.
    pub(crate) fn continues(&self, remote: &Remote) -> bool {
        remote.etag.as_ref().is_none_or(|etag| *etag == self.etag)
    }

    /// What asks for the bytes that are not there yet.
    pub(crate) fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let fields = [(RANGE, Some(format!("bytes={}-", self.from))), (IF_RANGE, self.validator.clone())];
        for (name, value) in fields {
            // A validator that cannot be sent is of a damaged description, and the sum at the end finds that.
            if let Some(value) = value.and_then(|value| HeaderValue::try_from(value).ok()) {
                headers.insert(name, value);
            }
        }
        headers
    }
}

impl Remote {
    /// Learns from an answer. What the hub says of a linked file counts more than what its storage says.
    pub(crate) fn hear(&mut self, response: &Response) {
        let linked = text(response, &LINKED_ETAG).map(bare);
        if linked.is_some() || self.etag.is_none() {
            let direct = || response.status().is_success().then(|| text(response, &ETAG).map(bare)).flatten();
            self.etag = linked.clone().or_else(direct).or(self.etag.take());
        }
        let is_sum = |etag: &String| etag.len() == 64 && etag.bytes().all(|byte| byte.is_ascii_hexdigit());
        self.sha256 = linked.filter(is_sum).map(|sum| sum.to_ascii_lowercase()).or(self.sha256.take());
        self.bytes = number(response, &LINKED_SIZE).or(self.bytes);
    }
}

impl Answer {
    pub(crate) fn new(response: Response, from: u64, mut remote: Remote) -> Self {
        let whole = number(&response, &CONTENT_LENGTH).map(|length| from + length);
        let validator = text(&response, &ETAG).filter(|etag| !etag.starts_with("W/")).map(str::to_owned);
        remote.bytes = remote.bytes.or(whole);
        Self { response, from, whole, remote, validator }
    }
}

/// Whether the bytes are those from there on.
pub(crate) fn starts_at(response: &Response, from: u64) -> bool {
    text(response, &CONTENT_RANGE).is_some_and(|range| range.starts_with(&format!("bytes {from}-")))
}

fn text<'a>(response: &'a Response, name: &HeaderName) -> Option<&'a str> {
    response.headers().get(name)?.to_str().ok()
}

pub(crate) fn number(response: &Response, name: &HeaderName) -> Option<u64> {
    text(response, name)?.parse().ok()
}

/// An `ETag` without its quotes.
fn bare(etag: &str) -> String {
    etag.trim_start_matches("W/").trim_matches('"').to_owned()
}
