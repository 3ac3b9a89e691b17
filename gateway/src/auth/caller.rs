//! Who sent a request.

use std::net::IpAddr;
use std::sync::Arc;

use crate::domain::api_key::Key;
use crate::domain::client::Client;

/// Who sent a request; every handler finds it in the request's extensions.
#[derive(Debug, Clone, Default)]
pub(crate) struct Caller {
    /// The key that was shown, if any.
    pub(crate) key: Option<Arc<Key>>,
    /// Where the connection comes from; none where there is no connection.
    pub(crate) address: Option<IpAddr>,
}

impl Caller {
    /// As whom the work for it counts.
    pub(crate) fn client(&self) -> Client {
        Client::new(self.key.as_ref().map(|key| key.id), self.address)
    }
}
