//! A client of a site that has files, such as a model hub: asks for them, follows it to the storages that have them, and
//! shows the token to the site alone.

mod answer;

use std::time::Duration;

use reqwest::header::{ACCEPT_ENCODING, AUTHORIZATION, CONTENT_LENGTH, HeaderMap, HeaderValue, LOCATION};
use reqwest::redirect::{Action, Attempt, Policy};
use reqwest::{Client, Method, Response, StatusCode};
use url::{Host, Url};

pub(crate) use crate::weights::hub::answer::{Answer, Remote, Resume, Trouble};
use crate::weights::hub::answer::{number, starts_at};

use crate::weights::site::Site;
use crate::weights::{ModelError, Source};

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

/// A model hub, or another site that has files.
#[derive(Debug)]
pub struct Hub {
    site: Site,
    /// Stays within the hub.
    client: Client,
    /// Fetches from storages; never given the token.
    storages: Client,
    endpoint: Url,
    token: Option<HeaderValue>,
}

impl Hub {
    /// The model hub at an address. The token is shown to that scheme, host and port alone.
    ///
    /// # Errors
    /// The address is none, or the token has characters that cannot be sent.
    pub fn models(endpoint: &str, token: Option<&str>, patience: &Patience) -> Result<Self, ModelError> {
        let token = token.map(str::trim).filter(|token| !token.is_empty()).map(|token| {
            let mut value = HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| ModelError::Token)?;
            value.set_sensitive(true);
            Ok(value)
        });
        Self::at(Site::Hub, endpoint, token.transpose()?, patience)
    }

    /// GitHub's plain files at an address, which is shown no token.
    ///
    /// # Errors
    /// The address is none.
    pub fn github(endpoint: &str, patience: &Patience) -> Result<Self, ModelError> {
        Self::at(Site::GitHub, endpoint, None, patience)
    }

    fn at(site: Site, endpoint: &str, token: Option<HeaderValue>, patience: &Patience) -> Result<Self, ModelError> {
        let wrong = || ModelError::Endpoint { site, address: endpoint.to_owned() };
        let endpoint = Url::parse(endpoint.trim()).ok().filter(|url| url.host().is_some()).ok_or_else(wrong)?;
        if !matches!(endpoint.scheme(), "http" | "https") {
            return Err(wrong());
        }
        // Only addresses that begin with https use it; installing it twice is no fault.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let is_local = match endpoint.host() {
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost",
            None => false,
        };
        let client = |policy| {
            let mut client = Client::builder()
                .redirect(policy)
                .connect_timeout(patience.silence)
                .read_timeout(patience.silence)
                .user_agent(concat!("avatar-gateway/", env!("CARGO_PKG_VERSION")));
            if is_local {
                client = client.no_proxy(); // a proxy cannot reach this machine
            }
            client.build().map_err(|error| ModelError::Client(error.to_string()))
        };
        let (client, storages) = (client(within(endpoint.clone()))?, client(Policy::custom(safely))?);
        Ok(Self { site, client, storages, endpoint, token })
    }

    /// What the hub says of a file, without its bytes.
    pub(crate) async fn look(&self, source: &Source) -> Result<Remote, Trouble> {
        let response = self.ask_hub(Method::HEAD, source, HeaderMap::new()).await?;
        let mut remote = Remote::default();
        remote.hear(&response);
        if response.status().is_success() {
            remote.bytes = remote.bytes.or_else(|| number(&response, &CONTENT_LENGTH));
        } else {
            // A storage's links are often good for fetching alone; what it knows of the file, the hub has said.
            self.storage(source, &response)?;
        }
        Ok(remote)
    }

    /// Begins to fetch a file, where `resume` says if that is possible and from the start otherwise.
    pub(crate) async fn open(&self, source: &Source, resume: Option<&Resume>) -> Result<Answer, Trouble> {
        let headers = resume.map(Resume::headers).unwrap_or_default();
        let mut response = self.ask_hub(Method::GET, source, headers).await?;
        let mut remote = Remote::default();
        remote.hear(&response);
        let mut had_range = resume.is_some();
        let mut resume = resume.filter(|resume| resume.continues(&remote));
        if response.status().is_redirection() {
            had_range = resume.is_some();
            let headers = resume.map(Resume::headers).unwrap_or_default();
            let request = self.storages.get(self.storage(source, &response)?).headers(headers);
            response = followed(source, request.header(ACCEPT_ENCODING, "identity").send().await)?;
            remote.hear(&response);
            resume = resume.filter(|resume| resume.continues(&remote));
        }
        match (response.status(), resume) {
            (StatusCode::PARTIAL_CONTENT, Some(Resume { from, .. })) if starts_at(&response, *from) => {
                Ok(Answer::new(response, *from, remote))
            }
            // What is there is not the beginning of what the hub has now.
            (StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE, _) if had_range => {
                Box::pin(self.open(source, None)).await
            }
            (StatusCode::OK, _) => Ok(Answer::new(response, 0, remote)),
            _ => Err(self.refusal(source, &response)),
        }
    }

    /// The hub's own answer, after redirects within the hub: bytes, or the way to the storage that has them.
    async fn ask_hub(&self, method: Method, source: &Source, headers: HeaderMap) -> Result<Response, Trouble> {
        let mut request = self.client.request(method, self.address(source)?).headers(headers);
        if let Some(token) = &self.token {
            request = request.header(AUTHORIZATION, token.clone());
        }
        followed(source, request.header(ACCEPT_ENCODING, "identity").send().await)
    }

    fn address(&self, source: &Source) -> Result<Url, ModelError> {
        let wrong = || ModelError::Endpoint { site: self.site, address: self.endpoint.to_string() };
        source.address(&self.endpoint).ok_or_else(wrong)
    }

    /// Where the hub leads to for the bytes.
    fn storage(&self, source: &Source, response: &Response) -> Result<Url, Trouble> {
        let status = response.status();
        if !status.is_redirection() {
            return Err(self.refusal(source, response));
        }
        let from = response.url();
        let target = response.headers().get(LOCATION).and_then(|value| from.join(value.to_str().ok()?).ok());
        target.filter(|to| is_safe(from, to)).ok_or_else(|| {
            let reason = format!("it answered {status} that leads nowhere safe");
            ModelError::Answer { site: self.site, source_text: source.to_string(), reason }.into()
        })
    }

    /// What an answer without bytes means.
    fn refusal(&self, source: &Source, response: &Response) -> Trouble {
        let (status, from, source_text) = (response.status(), response.url(), source.to_string());
        let (site, reason) = (self.site, format!("{} answered {status}", self.site.name()));
        match status {
            // Links to a storage run out; the hub gives new ones.
            _ if from.origin() != self.endpoint.origin() => {
                Trouble::Passing(format!("{} answered {status}", from.host_str().unwrap_or("the storage")))
            }
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN if site == Site::Hub => {
                let page = source.page(&self.endpoint);
                ModelError::Closed { source_text, status, had_token: self.token.is_some(), page }.into()
            }
            StatusCode::NOT_FOUND => ModelError::NotFound { source_text, address: from.to_string() }.into(),
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => Trouble::Passing(reason),
            _ if status.is_server_error() => Trouble::Passing(reason),
            _ => ModelError::Answer { site, source_text, reason }.into(),
        }
    }
}

/// Follows redirects within the hub and stops at its border, where the answer tells of the file and the token is kept
/// back.
fn within(hub: Url) -> Policy {
    Policy::custom(move |attempt| match attempt.url().origin() == hub.origin() {
        true => safely(attempt),
        false => attempt.stop(),
    })
}

/// Follows so many redirects and no more, and none from an encrypted connection to an open one.
fn safely(attempt: Attempt<'_>) -> Action {
    let from = attempt.previous().last();
    if attempt.previous().len() > REDIRECTS {
        return attempt.error(format!("it redirects more than {REDIRECTS} times"));
    }
    match from.is_none_or(|from| is_safe(from, attempt.url())) {
        true => attempt.follow(),
        false => attempt.error("it redirects to where nothing is safe"),
    }
}

fn is_safe(from: &Url, to: &Url) -> bool {
    to.scheme() == "https" || (to.scheme() == "http" && from.scheme() == "http")
}

/// An answer; redirects that the policy did not follow are the hub's fault, and will be the same next time.
fn followed(source: &Source, answer: Result<Response, reqwest::Error>) -> Result<Response, Trouble> {
    answer.map_err(|error| match error.is_redirect() {
        true => {
            let cause = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
            ModelError::Answer { site: source.site(), source_text: source.to_string(), reason: cause }.into()
        }
        false => error.into(),
    })
}
