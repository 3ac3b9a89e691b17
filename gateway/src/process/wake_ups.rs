//! Wakes the scheduler when there is something to claim.

use tokio::sync::Notify;

/// A wake-up that is kept until somebody waits for it.
///
/// A second gateway would hear of jobs that others have queued by a notification of the database, or at its next tick.
#[derive(Debug, Default)]
pub struct WakeUps(Notify);

impl WakeUps {
    /// Says that there may be something to claim.
    pub fn wake(&self) {
        self.0.notify_one();
    }

    /// Waits until somebody says so. What was said since the last wait counts.
    pub async fn next(&self) {
        self.0.notified().await;
    }
}
