//! What this process alone knows while it runs. Every type here says what a second gateway on the same data would need
//! in its place.

pub mod arriving_uploads;
pub mod capacity;
pub mod handles;
pub mod held_leases;
pub mod job_changes;
pub mod live_progress;
pub mod pauses;
pub mod quota_turn;
pub mod rate_limits;
pub mod start_up;
pub mod wake_ups;
pub mod webhook_claims;

use crate::clock::Clock;
use crate::process::arriving_uploads::ArrivingUploads;
use crate::process::held_leases::HeldLeases;
use crate::process::job_changes::JobChanges;
use crate::process::live_progress::LiveProgress;
use crate::process::pauses::Pauses;
use crate::process::quota_turn::QuotaTurn;
use crate::process::rate_limits::RateLimits;
use crate::process::wake_ups::WakeUps;

/// The state that requests and running jobs of this process share. What webhooks are under way, their delivery knows
/// alone.
pub struct ProcessState {
    /// The jobs that attempts are at.
    pub held_leases: HeldLeases,
    /// Tells watchers about changed jobs.
    pub job_changes: JobChanges,
    /// How far running jobs are.
    pub live_progress: LiveProgress,
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
            held_leases: HeldLeases::default(),
            job_changes: JobChanges::default(),
            live_progress: LiveProgress::default(),
            pauses: Pauses::default(),
            wake_ups: WakeUps::default(),
            rate_limits: RateLimits::new(clock),
            quota_turn: QuotaTurn::default(),
            arriving_uploads: ArrivingUploads::default(),
        }
    }
}
