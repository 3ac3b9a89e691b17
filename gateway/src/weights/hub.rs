//! A client of a model hub: asks for files, follows redirects itself, and shows the token to the hub alone.

mod answer;

use std::path::Path;
use std::time::Duration;

use reqwest::header::{ACCEPT_ENCODING, AUTHORIZATION, CONTENT_LENGTH, HeaderMap, HeaderValue, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, Response, StatusCode};
use url::{Host, Url};

pub(crate) use crate::weights::hub::answer::{Answer, Remote, Resume, Trouble};
use crate::weights::hub::answer::{number, starts_at};

use crate::weights::{ModelError, Source};

/// The hub that is asked unless another is named.
const USUAL: &str = "https://huggingface.co";
/// How many redirects are followed.
const REDIRECTS: usize = 8;

/// How long and how often is waited.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// How many attempts in a row may bring nothing; at least 1.
    pub attempts: u32,
    /// The wait after the first of them; twice as long after each further one, up to half a minute.
    pub wait: Duration,
    /// How long a connection may take to be made, or may say nothing.
    pub silence: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { attempts: 6, wait: Duration::from_secs(1), silence: Duration::from_secs(30) }
    }
}

impl Patience {
    /// The wait after so many attempts that brought nothing, counted from 1.
    pub(crate) fn wait(&self, attempts: u32) -> Duration {
        self.wait.saturating_mul(1 << attempts.saturating_sub(1).min(16)).min(Duration::from_secs(30))
    }
}

/// A model hub.
#[derive(Debug)]
pub struct Hub {
    client: Client,
    endpoint: Url,
    token: Option<HeaderValue>,
}

impl Hub {
    /// The hub at an address. The token is shown to that scheme, host and port alone.
    ///
    /// # Errors
    /// The address is none, or the token has characters that cannot be sent.
    pub fn new(endpoint: &str, token: Option<&str>, patience: &Patience) -> Result<Self, ModelError> {
        let wrong = || ModelError::Endpoint(endpoint.to_owned());
        let endpoint = Url::parse(endpoint.trim()).ok().filter(|url| url.host().is_some()).ok_or_else(wrong)?;
        if !matches!(endpoint.scheme(), "http" | "https") {
            return Err(wrong());
        }
        let token = token.map(str::trim).filter(|token| !token.is_empty()).map(|token| {
            let mut value = HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| ModelError::Token)?;
            value.set_sensitive(true);
            Ok(value)
        });
        // Only addresses that begin with https use it; installing it twice is no fault.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut client = Client::builder()
            .redirect(Policy::none())
            .connect_timeout(patience.silence)
            .read_timeout(patience.silence)
            .user_agent(concat!("avatar-gateway/", env!("CARGO_PKG_VERSION")));
        let is_local = match endpoint.host() {
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost",
            None => false,
        };
        if is_local {
            client = client.no_proxy(); // a proxy cannot reach this machine
        }
        let client = client.build().map_err(|error| ModelError::Client(error.to_string()))?;
        Ok(Self { client, endpoint, token: token.transpose()? })
    }

    /// The hub that `HF_ENDPOINT` names, with the token in `HF_TOKEN`, `HUGGING_FACE_HUB_TOKEN`, `$HF_HOME/token` or
    /// `~/.cache/huggingface/token`; `variable` looks up the environment.
    ///
    /// # Errors
    /// As [`Hub::new`].
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
        Self::new(set("HF_ENDPOINT").as_deref().unwrap_or(USUAL), token.as_deref(), patience)
    }

    /// What the hub says of a file, without its bytes.
    pub(crate) async fn look(&self, source: &Source) -> Result<Remote, Trouble> {
        let mut remote = Remote::default();
        let mut url = self.address(source)?;
        for _ in 0..=REDIRECTS {
            let response = self.ask(Method::HEAD, &url, HeaderMap::new()).await?;
            remote.hear(&response);
            if response.status().is_success() {
                remote.bytes = remote.bytes.or_else(|| number(&response, &CONTENT_LENGTH));
                return Ok(remote);
            }
            let next = self.next(source, &url, &response)?;
            // A storage's links are often good for fetching alone; what it knows of the file, the hub has said.
            if !self.is_home(&next) {
                return Ok(remote);
            }
            url = next;
        }
        Err(endless(source))
    }

    /// Begins to fetch a file, where `resume` says if that is possible and from the start otherwise.
    pub(crate) async fn open(&self, source: &Source, resume: Option<&Resume>) -> Result<Answer, Trouble> {
        let mut resume = resume;
        let mut remote = Remote::default();
        let mut url = self.address(source)?;
        for _ in 0..=REDIRECTS {
            let response = self.ask(Method::GET, &url, resume.map(Resume::headers).unwrap_or_default()).await?;
            remote.hear(&response);
            let had_range = resume.is_some();
            resume = resume.filter(|resume| remote.etag.as_ref().is_none_or(|etag| *etag == resume.etag));
            match (response.status(), resume) {
                (StatusCode::PARTIAL_CONTENT, Some(Resume { from, .. })) if starts_at(&response, *from) => {
                    return Ok(Answer::new(response, *from, remote));
                }
                // What is there is not the beginning of what the hub has now.
                (StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE, _) if had_range => {
                    (resume, remote, url) = (None, Remote::default(), self.address(source)?);
                }
                (StatusCode::OK, _) => return Ok(Answer::new(response, 0, remote)),
                _ => url = self.next(source, &url, &response)?,
            }
        }
        Err(endless(source))
    }

    async fn ask(&self, method: Method, url: &Url, headers: HeaderMap) -> Result<Response, reqwest::Error> {
        let mut request = self.client.request(method, url.clone()).headers(headers).header(ACCEPT_ENCODING, "identity");
        if let (Some(token), true) = (&self.token, self.is_home(url)) {
            request = request.header(AUTHORIZATION, token.clone());
        }
        request.send().await
    }

    fn address(&self, source: &Source) -> Result<Url, ModelError> {
        source.address(&self.endpoint).ok_or_else(|| ModelError::Endpoint(self.endpoint.to_string()))
    }

    fn is_home(&self, url: &Url) -> bool {
        url.origin() == self.endpoint.origin()
    }

    /// Where an answer without bytes leads.
    fn next(&self, source: &Source, from: &Url, response: &Response) -> Result<Url, Trouble> {
        let status = response.status();
        let source_text = source.to_string();
        if status.is_redirection() {
            let target = response.headers().get(LOCATION).and_then(|value| from.join(value.to_str().ok()?).ok());
            let is_safe = |to: &Url| to.scheme() == "https" || (to.scheme() == "http" && from.scheme() == "http");
            let reason = format!("it answered {status} that leads nowhere safe");
            return Ok(target.filter(is_safe).ok_or(ModelError::Answer { source_text, reason })?);
        }
        Err(match status {
            // Links to a storage run out; the hub gives new ones.
            _ if !self.is_home(from) => {
                Trouble::Passing(format!("{} answered {status}", from.host_str().unwrap_or("the storage")))
            }
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                let page = source.page(&self.endpoint);
                ModelError::Closed { source_text, status, had_token: self.token.is_some(), page }.into()
            }
            StatusCode::NOT_FOUND => ModelError::NotFound { source_text, address: from.to_string() }.into(),
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => {
                Trouble::Passing(format!("the hub answered {status}"))
            }
            _ if status.is_server_error() => Trouble::Passing(format!("the hub answered {status}")),
            _ => ModelError::Answer { source_text, reason: format!("the hub answered {status}") }.into(),
        })
    }
}

fn endless(source: &Source) -> Trouble {
    let reason = format!("the hub redirects more than {REDIRECTS} times");
    ModelError::Answer { source_text: source.to_string(), reason }.into()
}
