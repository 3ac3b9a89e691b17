//! Who sent a request.

use std::sync::Arc;

use crate::domain::api_key::Key;

/// Who sent a request; every handler finds it in the request's extensions.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    /// The key that was shown, if any.
    pub(crate) key: Option<Arc<Key>>,
}
