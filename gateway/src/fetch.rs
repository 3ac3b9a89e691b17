//! Files that clients name by their address: fetched past the guard, under limits of size and time, and kept like uploads.

pub mod guard;
pub mod public_ranges;
pub mod remote_files;

use std::error::Error;
use std::io;

use futures::StreamExt;
use reqwest::{Client, Response, StatusCode, header};

use crate::blobs::scratch::Scratch;
use crate::config::Fetch;
use crate::fetch::guard::{BlockedAddress, Guard, TooManyRedirects};
use crate::intake::incoming::{Incoming, Received};

/// How many redirects are followed. Each is looked at like the first address.
const REDIRECTS: usize = 5;

/// Why a file could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The address may not be reached.
    #[error(transparent)]
    BlockedAddress(#[from] BlockedAddress),
    /// It takes too long.
    #[error("fetching it takes too long")]
    TooSlow,
    /// Nobody answers there.
    #[error("it cannot be fetched: {0}")]
    Unreachable(String),
    /// Whoever answers has no such file.
    #[error("it was answered with {0}")]
    Status(StatusCode),
    /// One redirect leads to the next.
    #[error("it was redirected more than {REDIRECTS} times")]
    Redirects,
    /// The file is too large.
    #[error("it has more than {0} MiB")]
    TooLarge(u64),
    /// The gateway could not do its part.
    #[error("it cannot be kept: {0}")]
    Io(#[from] io::Error),
}

impl From<reqwest::Error> for FetchError {
    /// The innermost cause is what a person can do something about.
    fn from(error: reqwest::Error) -> Self {
        if error.is_timeout() {
            return Self::TooSlow;
        }
        let causes = || std::iter::successors(Some(&error as &(dyn Error + 'static)), |&error| error.source());
        if let Some(blocked) = causes().find_map(|cause| cause.downcast_ref::<BlockedAddress>()) {
            return Self::BlockedAddress(blocked.clone());
        }
        if causes().any(|cause| cause.is::<TooManyRedirects>()) {
            return Self::Redirects;
        }
        let cause = causes().last();
        Self::Unreachable(cause.map_or_else(|| error.to_string(), ToString::to_string))
    }
}

/// Fetches a file of at most `limit` bytes.
///
/// # Errors
/// The address is refused or does not answer, or the file is too large. Nothing is kept then.
async fn fetch(settings: &Fetch, scratch: &Scratch, address: &str, limit: u64) -> Result<Received, FetchError> {
    let limit = limit.min(settings.max_bytes);
    let guard = Guard::new(&settings.allow);
    let client = guard.client(settings.timeout, REDIRECTS)?;
    let too_large = || FetchError::TooLarge(limit >> 20);
    let whole = async {
        let response = answer(&guard, &client, address).await?;
        if response.content_length().is_some_and(|length| length > limit) {
            return Err(too_large());
        }
        let mut incoming = Incoming::new(scratch)?;
        let mut pieces = response.bytes_stream();
        while let Some(piece) = pieces.next().await {
            let piece = piece?;
            if incoming.bytes() + piece.len() as u64 > limit {
                return Err(too_large());
            }
            incoming.write(&piece).await?;
        }
        Ok(incoming.complete().await?)
    };
    // The client's own limit holds for each request, this one for all of them together.
    tokio::time::timeout(settings.timeout, whole).await.unwrap_or(Err(FetchError::TooSlow))
}

/// The answer at the end of all redirects.
async fn answer(guard: &Guard, client: &Client, address: &str) -> Result<Response, FetchError> {
    let response = client.get(guard.read(address)?).send().await?;
    match response.status() {
        status if status.is_success() => Ok(response),
        status if status.is_redirection() => {
            // A redirect that the client does not follow, such as one to a file, leads where the guard lets nobody.
            let location = response.headers().get(header::LOCATION).and_then(|place| place.to_str().ok());
            if let Some(target) = location.and_then(|place| response.url().join(place).ok()) {
                guard.read(target.as_str())?;
            }
            Err(FetchError::Status(status))
        }
        status => Err(FetchError::Status(status)),
    }
}
