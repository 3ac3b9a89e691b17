//! The memory that there is for networks and a job, so that what cannot fit is refused with what would.

use engine_api::{EngineError, ErrorKind};

use crate::device::Place;
use crate::memory::{available, gib, total};

/// Share of the free memory that is planned with: allocators leave gaps, and estimates are estimates.
const PLANNED_SHARE: f64 = 0.9;

/// The memory that there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    /// Bytes that are planned with; none where nobody can tell, and everything fits.
    pub bytes: Option<u64>,
    /// Whether there never is more than these.
    pub is_limit: bool,
    /// Where it lies, for people.
    pub place: String,
    /// Whether it is a GPU's.
    pub is_gpu: bool,
}

impl Room {
    /// What is free where the networks compute, after `taken` bytes were taken by this engine, and no more than is left of
    /// `limit`, which is for all that it takes.
    #[must_use]
    pub fn now(place: Place, limit: Option<u64>, taken: u64) -> Self {
        let left = limit.map(|limit| limit.saturating_sub(taken));
        let free = available(place.device).map(|bytes| (bytes as f64 * PLANNED_SHARE) as u64);
        // Others take and give back memory, but of a GPU nobody else may have any.
        let whole = total(place.device).map(|bytes| (bytes as f64 * PLANNED_SHARE) as u64);
        let is_alone = whole.zip(free).is_some_and(|(whole, free)| free + taken >= whole);
        Self {
            bytes: [left, free].into_iter().flatten().min(),
            is_limit: is_alone || left.is_some_and(|left| free.is_none_or(|free| left <= free)),
            place: place.described(),
            is_gpu: place.device.is_cuda(),
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

    /// Whether so many bytes fit.
    #[must_use]
    pub fn fits(&self, bytes: u64) -> bool {
        self.bytes.is_none_or(|planned| bytes <= planned)
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

    /// The refusal of a job that needs so many bytes beside the networks: what it is made of, and what would fit.
    #[must_use]
    pub fn refusal(&self, job: String, needed: u64, remedies: Vec<String>) -> MemoryError {
        let free = self.bytes.unwrap_or(u64::MAX);
        MemoryError::Job { job, needed, free, place: self.place.clone(), is_limit: self.is_limit, remedies }
    }
}

/// What does not fit into memory.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MemoryError {
    /// The networks.
    #[error(
        "the networks need {}, and {} can be had on {place}; free some, choose another device, or allow more with \
         memory_gb if that is set",
        gib(*needed),
        gib(*free)
    )]
    Weights {
        /// Bytes that they need.
        needed: u64,
        /// Bytes that there are.
        free: u64,
        /// Where.
        place: String,
    },
    /// A job, beside the networks.
    #[error(
        "{job}, need {} beside the networks, and {} can be had on {place}; {}",
        gib(*needed),
        gib(*free),
        would_fit(remedies)
    )]
    Job {
        /// What it is made of: "242 frames of 512 by 512 pixels".
        job: String,
        /// Bytes that it needs.
        needed: u64,
        /// Bytes that there are.
        free: u64,
        /// Where.
        place: String,
        /// Whether there never is more: that is all that the device has, or all that the operator allows.
        is_limit: bool,
        /// What would fit, each by itself: "width 256 and height 256".
        remedies: Vec<String>,
    },
}

fn would_fit(remedies: &[String]) -> String {
    match remedies {
        [] => "no job would fit: free memory, or choose another device".into(),
        _ => format!("it would fit with {}", remedies.join(", or with ")),
    }
}

impl From<MemoryError> for EngineError {
    fn from(error: MemoryError) -> Self {
        let kind = match &error {
            // What else runs on the machine may have taken the memory, and may give it back.
            MemoryError::Weights { .. } => ErrorKind::OutOfMemory,
            MemoryError::Job { is_limit: false, .. } => ErrorKind::OutOfMemory,
            MemoryError::Job { remedies, .. } if remedies.is_empty() => ErrorKind::OutOfMemory,
            // Another attempt would be refused like this one.
            MemoryError::Job { .. } => ErrorKind::Input,
        };
        Self::new(kind, error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u64 = 1 << 30;

    fn room(bytes: u64, is_gpu: bool) -> Room {
        Room { bytes: Some(bytes), is_limit: true, place: "CUDA device 0 in 16 bits".into(), is_gpu }
    }

    #[test]
    fn weights_that_do_not_fit_are_told_with_what_there_is() {
        assert_eq!(room(10 * GIB, true).for_weights(9 * GIB), Ok(()));
        let refused = room(4 * GIB, true).for_weights(9 * GIB / 2).unwrap_err();
        let words = refused.to_string();
        assert!(words.starts_with("the networks need 4.5 GiB, and 4.0 GiB can be had on CUDA"), "{words}");
        assert_eq!(EngineError::from(refused).kind, ErrorKind::OutOfMemory);
    }

    #[test]
    fn a_job_that_does_not_fit_is_told_with_what_would() {
        let refused = |remedies: &[&str], is_limit| {
            let room = Room { is_limit, ..room(GIB, true) };
            room.refusal("10 frames".into(), 2 * GIB, remedies.iter().map(ToString::to_string).collect())
        };
        let words = refused(&["length 5", "width 64"], true).to_string();
        assert_eq!(
            words,
            "10 frames, need 2.0 GiB beside the networks, and 1.0 GiB can be had on CUDA device 0 in 16 bits; it would \
             fit with length 5, or with width 64"
        );
        let words = refused(&[], true).to_string();
        assert!(words.ends_with("; no job would fit: free memory, or choose another device"), "{words}");
        let kind = |remedies: &[&str], is_limit| EngineError::from(refused(remedies, is_limit)).kind;
        assert_eq!(kind(&["length 5"], true), ErrorKind::Input);
        assert_eq!(kind(&["length 5"], false), ErrorKind::OutOfMemory, "more may be free later");
        assert_eq!(kind(&[], true), ErrorKind::OutOfMemory);
    }

    #[test]
    fn a_limit_is_for_networks_and_jobs_together() {
        let left = Room::now(Place::CPU, Some(1000), 400);
        let place = "the processor in 32 bits".to_owned();
        assert_eq!(left, Room { bytes: Some(600), is_limit: true, place, is_gpu: false });
        assert!(left.fits(600) && !left.fits(601));
        assert_eq!(Room::now(Place::CPU, Some(1000), 2000).bytes, Some(0));
        let free = Room::now(Place::CPU, None, 0);
        assert!(free.bytes > Some(1 << 20) && !free.is_limit);
    }

    #[test]
    fn what_a_gpu_keeps_for_its_next_job_counts_as_free() {
        assert_eq!(room(300, true).or_earlier(&room(500, true)).bytes, Some(500));
        assert_eq!(room(600, true).or_earlier(&room(500, true)).bytes, Some(600));
        assert_eq!(room(300, false).or_earlier(&room(500, false)).bytes, Some(300));
    }
}
