//! Photos, speech and source videos that clients name by their address instead of sending them.

use crate::blobs::scratch::Scratch;
use crate::config::settings::Settings;
use crate::domain::client::Client;
use crate::domain::code::Code;
use crate::fetch::guard::BlockedAddress;
use crate::fetch::{FetchError, fetch};
use crate::intake::error::UploadError;
use crate::intake::incoming::Received;
use crate::intake::turns::Turns;
use crate::intake::upload_kind::UploadKind;

/// How many files are fetched at a time, each with a connection of its own; one client has half of them at most.
const AT_A_TIME: usize = 64;

/// Fetches them, past the guard and when it is their client's turn.
pub struct RemoteFiles {
    settings: Settings,
    scratch: Scratch,
    turns: Turns,
}

impl RemoteFiles {
    /// Files by these settings, on their way to this place.
    pub fn new(settings: Settings, scratch: Scratch) -> Self {
        Self { settings, scratch, turns: Turns::new(AT_A_TIME) }
    }

    /// Fetches a file of this kind, no larger than one that is sent may be.
    ///
    /// # Errors
    /// It cannot be had, or is too large; or the gateway could not do its part.
    pub(crate) async fn fetch<K: UploadKind>(&self, client: Client, address: &str) -> Result<Received, UploadError> {
        let _turn = self.turns.take(client).await;
        let config = self.settings.current();
        let fetched = fetch(&config.fetch, &self.scratch, address, K::limit(&config.limits)).await;
        fetched.map_err(|error| refusal(error, K::TOO_LARGE))
    }
}

/// Why there is no file, as clients are told.
fn refusal(error: FetchError, too_large: Code) -> UploadError {
    let message = error.to_string();
    let (code, remedy) = match error {
        FetchError::Io(error) => return error.into(),
        FetchError::BlockedAddress(BlockedAddress::Invalid(_)) => {
            (Code::UrlInvalid, "send an address such as https://example.org/speech.wav")
        }
        FetchError::BlockedAddress(BlockedAddress::NotPublic(_)) => {
            (Code::UrlRefused, "send a public address; the operator can let others through with `fetch.allow`")
        }
        FetchError::TooLarge(_) => (too_large, "send a smaller file; the operator can raise the limit"),
        FetchError::TooSlow => {
            (Code::UrlTooSlow, "send the file itself; the operator can raise `fetch.timeout_seconds`")
        }
        FetchError::Unreachable(_) | FetchError::Status(_) | FetchError::Redirects => {
            (Code::UrlFailed, "check the address, or send the file itself")
        }
    };
    UploadError::Fault { code, message, remedy }
}
