//! How much memory the networks and a job take: told before the networks are loaded, and before a job begins, so that what
//! cannot fit is refused with what would.

mod demand;
mod refusal;

use engine_torch::{Place, memory};

pub use demand::{Demand, NetworkSizes, Remedy};
pub use refusal::MemoryError;

/// Share of the free memory that is planned with: allocators leave gaps, and estimates are estimates.
const PLANNED_SHARE: f64 = 0.9;

/// Windows in one call of the network beyond which a GPU gains nothing: it is full before.
const MOST_WINDOWS: u64 = 8;

/// The memory that there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    /// Bytes that are planned with; none where nobody can tell, and everything fits.
    bytes: Option<u64>,
    /// Whether there never is more than these.
    is_limit: bool,
    /// Where it lies, for people.
    place: String,
    /// Whether several windows in one call are faster than one by one.
    is_gpu: bool,
}

impl Room {
    /// What is free where the networks compute, after `taken` bytes were taken by this engine, and no more than is left of
    /// `limit`, which is for all that it takes.
    #[must_use]
    pub fn now(place: Place, limit: Option<u64>, taken: u64) -> Self {
        let left = limit.map(|limit| limit.saturating_sub(taken));
        let free = memory::available(place.device).map(|bytes| (bytes as f64 * PLANNED_SHARE) as u64);
        let is_gpu = place.device.is_cuda();
        Self {
            bytes: [left, free].into_iter().flatten().min(),
            // A GPU is this engine's own; other processes take and give back the processor's memory.
            is_limit: is_gpu || left.is_some_and(|left| free.is_none_or(|free| left <= free)),
            place: place.described(),
            is_gpu,
        }
    }

    /// On a GPU no less than an earlier look found: libtorch keeps for its next use what a job has given back, and CUDA calls
    /// that taken. Should somebody else have taken it meanwhile, the job fails for want of memory, and is tried again.
    #[must_use]
    pub fn or_earlier(self, earlier: &Self) -> Self {
        match (self.bytes, earlier.bytes) {
            (Some(now), Some(before)) if self.is_gpu => Self { bytes: Some(now.max(before)), ..self },
            _ => self,
        }
    }

    /// Whether so many bytes of weights fit.
    ///
    /// # Errors
    /// They do not.
    pub fn for_weights(&self, bytes: u64) -> Result<(), MemoryError> {
        match self.bytes {
            Some(planned) if planned < bytes => {
                Err(MemoryError::Weights { needed: bytes, free: planned, place: self.place.clone() })
            }
            _ => Ok(()),
        }
    }

    /// How many windows of a job the network is given in one call: at least 1, at most `most`, or, if that is 0, as many as
    /// are of use. The processor is as fast with one.
    ///
    /// # Errors
    /// Not even one fits.
    pub fn for_job(&self, networks: &NetworkSizes<'_>, demand: &Demand, most: u32) -> Result<u64, MemoryError> {
        let useful = match most {
            0 if self.is_gpu => MOST_WINDOWS,
            0 => 1,
            most => most.into(),
        };
        let windows = useful.min(demand.windows());
        let Some(planned) = self.bytes else { return Ok(windows) };
        let fits = |demand: &Demand, windows| networks.bytes(demand, windows) <= planned;
        if let Some(windows) = (1..=windows).rev().find(|windows| fits(demand, *windows)) {
            return Ok(windows);
        }
        let remedies = demand.smaller(|smaller| fits(smaller, 1));
        Err(MemoryError::Job {
            demand: *demand,
            needed: networks.bytes(demand, 1),
            free: planned,
            place: self.place.clone(),
            is_limit: self.is_limit,
            remedies,
        })
    }
}

#[cfg(test)]
mod tests;
