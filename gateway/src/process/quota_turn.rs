//! One request at a time counts the queued jobs of an API key and adds to them.

use tokio::sync::{Mutex, MutexGuard};

/// Whoever holds the turn is alone with counting and adding, so that no quota is overrun.
///
/// A second gateway would count and add in one transaction of the database.
#[derive(Debug, Default)]
pub struct QuotaTurn(Mutex<()>);

impl QuotaTurn {
    /// Waits for the turn; it ends when what is returned is dropped.
    pub async fn take(&self) -> MutexGuard<'_, ()> {
        self.0.lock().await
    }
}
