//! Requests to a running gateway.

use std::net::IpAddr;
use std::time::Duration;

use anyhow::Context;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::multipart::Form;
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use serde::Deserialize;
use serde_json::Value;
use url::{Host, Url};
use uuid::Uuid;

use crate::cli::client::address;
use crate::cli::client::error::ClientError;
use crate::cli::client::job::Job;
use crate::cli::client::refusal::Refusal;
use crate::clock::Ids;
use crate::domain::id::JobId;

/// How long a connection may take to come about.
const CONNECTS: Duration = Duration::from_secs(10);
/// How long an answer may take that needs no upload before it.
const ANSWERS: Duration = Duration::from_secs(30);
/// The longest page that a gateway gives.
const PAGE: usize = 200;
/// How long to wait before each further try of a submission whose connection broke.
const WAITS: [Duration; 4] =
    [Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];

/// Which gateway to ask, and as whom.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct GatewayOptions {
    /// Address of the gateway; `localhost:8000` will do
    #[arg(long, default_value = "http://127.0.0.1:8000", value_parser = address::parse)]
    url: Url,
    /// Secret of an API key; other users of this machine see options, but not variables
    #[arg(long, value_name = "SECRET", env = "AVATAR_GATEWAY_KEY", hide_env_values = true)]
    key: Option<String>,
}

/// A page of jobs.
#[derive(Deserialize)]
struct Page {
    jobs: Vec<Value>,
    next: Option<String>,
}

/// A running gateway.
#[derive(Debug)]
pub(in crate::cli) struct Gateway {
    client: Client,
    url: Url,
}

impl Gateway {
    /// Prepares to ask; nothing is sent yet.
    ///
    /// # Errors
    /// The key is none, or the system gives no random numbers for TLS.
    pub(in crate::cli) fn new(options: GatewayOptions) -> anyhow::Result<Self> {
        let GatewayOptions { url, key } = options;
        // Only addresses that begin with https use it; installing it twice is no fault.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut headers = HeaderMap::new();
        if let Some(key) = key.as_deref().map(str::trim).filter(|key| !key.is_empty()) {
            let mut value =
                HeaderValue::from_str(&format!("Bearer {key}")).context("the key is not the secret of one")?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        let mut client = Client::builder().default_headers(headers).connect_timeout(CONNECTS);
        if is_this_machine(&url) {
            // A proxy for the world outside does not lead back here.
            client = client.no_proxy();
        }
        Ok(Self { client: client.build()?, url })
    }

    /// A job.
    pub(in crate::cli) async fn job(&self, id: JobId) -> Result<Job, ClientError> {
        self.one(self.client.get(self.at(&["jobs", &id.to_string()])).timeout(ANSWERS)).await
    }

    /// So many jobs at most, newest first, that pass the filters, each a name and value of the query; and whether there
    /// may be more.
    pub(in crate::cli) async fn jobs(
        &self,
        filters: Vec<(&'static str, String)>,
        limit: usize,
    ) -> Result<(Vec<Job>, bool), ClientError> {
        let (mut jobs, mut before) = (Vec::new(), None);
        loop {
            let mut url = self.at(&["jobs"]);
            let page = (limit - jobs.len()).min(PAGE).to_string();
            let paging = [("limit", Some(&page)), ("before", before.as_ref())];
            let paging = paging.into_iter().filter_map(|(name, value)| Some((name, value?)));
            url.query_pairs_mut().extend_pairs(filters.iter().map(|(name, value)| (*name, value)).chain(paging));
            let answer = self.json(self.client.get(url).timeout(ANSWERS)).await?;
            let page = Page::deserialize(answer);
            let page = page.map_err(|error| self.strange(format!("it lists no jobs: {error}"), false))?;
            for job in page.jobs {
                jobs.push(self.read_job(job)?);
            }
            before = page.next;
            if before.is_none() || jobs.len() >= limit {
                return Ok((jobs, before.is_some()));
            }
        }
    }

    /// The stream of a job's changes.
    pub(super) async fn events(&self, id: JobId) -> Result<Response, ClientError> {
        self.answer(self.client.get(self.at(&["jobs", &id.to_string(), "events"]))).await
    }

    /// Has a job canceled; it may go on for moments.
    pub(in crate::cli) async fn cancel(&self, id: JobId) -> Result<Job, ClientError> {
        self.one(self.client.post(self.at(&["jobs", &id.to_string(), "cancel"])).timeout(ANSWERS)).await
    }

    /// Begins to fetch a job's video.
    pub(in crate::cli) async fn video(&self, id: JobId) -> Result<Response, ClientError> {
        self.answer(self.client.get(self.at(&["jobs", &id.to_string(), "video"]))).await
    }

    /// Submits a job. Where the connection breaks, `form` is made and sent again, under the same name for the request,
    /// so that one job comes of it; `tell` hears of that.
    ///
    /// # Errors
    /// What the gateway answered, that it cannot be reached, or that the form cannot be made.
    pub(in crate::cli) async fn submit(
        &self,
        form: impl AsyncFn() -> anyhow::Result<Form>,
        tell: impl Fn(&str),
    ) -> anyhow::Result<Job> {
        let name: Uuid = Ids::system().next();
        let (mut waits, mut may_have_arrived) = (WAITS.iter(), false);
        loop {
            let request = self.client.post(self.at(&["jobs"])).header("idempotency-key", name.to_string());
            let error = match self.one(request.multipart(form().await?)).await {
                Ok(job) => return Ok(job),
                Err(error) => error,
            };
            may_have_arrived |= error.is_broken();
            let wait = waits.next().filter(|_| may_have_arrived && error.is_passing());
            let Some(wait) = wait else { return Err(error.into()) };
            tell("the connection broke; sending it again, for the same job");
            tokio::time::sleep(*wait).await;
        }
    }

    /// An address below `/v1`.
    fn at(&self, path: &[&str]) -> Url {
        let mut url = self.url.clone();
        let mut segments = url.path_segments_mut().expect("addresses of http have a host");
        segments.pop_if_empty().push("v1").extend(path);
        drop(segments);
        url
    }

    async fn one(&self, request: RequestBuilder) -> Result<Job, ClientError> {
        let json = self.json(request).await?;
        self.read_job(json)
    }

    /// Reads a job that was sent.
    pub(super) fn read_job(&self, json: Value) -> Result<Job, ClientError> {
        Job::read(json).map_err(|error| self.strange(format!("it shows no job: {error}"), false))
    }

    async fn json(&self, request: RequestBuilder) -> Result<Value, ClientError> {
        let body = self.answer(request).await?.bytes().await.map_err(|error| self.unanswered(&error))?;
        serde_json::from_slice(&body).map_err(|error| self.strange(format!("its answer is no JSON: {error}"), false))
    }

    /// Sends a request; an error that is answered becomes one.
    async fn answer(&self, request: RequestBuilder) -> Result<Response, ClientError> {
        let response = request.send().await.map_err(|error| self.unanswered(&error))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let body = response.bytes().await.map_err(|error| self.unanswered(&error))?;
        Err(match Refusal::read(status, &body, &self.url, retry_after) {
            Some(refusal) => ClientError::Refused(refusal.into()),
            None => {
                let from_proxy =
                    [StatusCode::BAD_GATEWAY, StatusCode::SERVICE_UNAVAILABLE, StatusCode::GATEWAY_TIMEOUT];
                self.strange(format!("it answers {status}"), from_proxy.contains(&status))
            }
        })
    }

    pub(super) fn unanswered(&self, error: &reqwest::Error) -> ClientError {
        ClientError::unanswered(&self.url, error)
    }

    pub(super) fn broken(&self, reason: impl Into<String>) -> ClientError {
        ClientError::Broken { url: self.url.clone(), reason: reason.into() }
    }

    pub(super) fn strange(&self, what: String, is_passing: bool) -> ClientError {
        ClientError::Strange { url: self.url.clone(), what, is_passing }
    }
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => false,
    }
}
