//! Files that clients of facades name by their address.

use crate::app::App;
use crate::fetch::{FetchError, fetch};
use crate::http::facades::error::Refusal;
use crate::intake::incoming::Received;

/// Fetches the file of the field `field` past the guard.
///
/// # Errors
/// What `refuse` makes of the reason for which it cannot be had; or the gateway could not do its part.
pub(super) async fn fetched(
    app: &App,
    field: &str,
    address: &str,
    limit: u64,
    refuse: impl Fn(String) -> Refusal,
) -> Result<Received, Refusal> {
    fetch(&app.config().fetch, &app.scratch, address, limit).await.map_err(|error| match error {
        FetchError::Io(error) => error.into(),
        FetchError::BlockedAddress(refused) => refuse(format!(
            "{field}: {refused}; send a public address; the operator can let others through with `fetch.allow`"
        )),
        other => refuse(format!("{field}: {address}: {other}")),
    })
}
