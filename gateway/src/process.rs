//! What this process alone knows while it runs. Every type here says what a second gateway on the same data would need
//! in its place.

pub mod arriving_uploads;
pub mod attempts;
pub mod capacity;
pub mod handles;
pub mod job_changes;
pub mod pauses;
pub mod quota_turn;
pub mod rate_limits;
pub mod start_up;
pub mod wake_ups;
pub mod webhook_claims;

use crate::clock::Clock;
use crate::process::arriving_uploads::ArrivingUploads;
use crate::process::attempts::Attempts;
use crate::process::job_changes::JobChanges;
use crate::process::pauses::Pauses;
use crate::process::quota_turn::QuotaTurn;
use crate::process::rate_limits::RateLimits;
use crate::process::wake_ups::WakeUps;

/// The state that requests and running jobs of this process share. What webhooks are under way, their delivery knows
/// alone.
pub struct ProcessState {
    /// The attempts that are under way.
    pub attempts: Attempts,
    /// Tells watchers about changed jobs.
    pub job_changes: JobChanges,
    /// Which queues stand still, and why.
    pub pauses: Pauses,
    /// Wakes the scheduler when there is something to claim.
    pub wake_ups: WakeUps,
    /// How much each API key may still ask.
    pub rate_limits: RateLimits,
    /// Lets one request at a time count the queued jobs of keys and add to them.
    pub quota_turn: QuotaTurn,
    /// Uploads whose jobs are not written yet.
    pub arriving_uploads: ArrivingUploads,
}

impl ProcessState {
    /// The state of a process that has just started.
    pub fn new(clock: Clock) -> Self {
        Self {
            attempts: Attempts::default(),
            job_changes: JobChanges::default(),
            pauses: Pauses::default(),
            wake_ups: WakeUps::default(),
            rate_limits: RateLimits::new(clock),
            quota_turn: QuotaTurn::default(),
            arriving_uploads: ArrivingUploads::default(),
        }
    }
}
