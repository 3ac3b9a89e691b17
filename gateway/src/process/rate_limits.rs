//! How many requests a minute each API key may send.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use governor::clock;
use governor::middleware::StateInformationMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};

use crate::clock::Clock;
use crate::domain::id::KeyId;

/// A full minute's requests at first, refilled evenly.
///
/// Each gateway counts by itself: with two of them, a key may send twice as much. Whoever minds puts the limit into the
/// proxy in front of them.
pub struct RateLimits {
    clock: Clock,
    now: Moment,
    keys: Mutex<HashMap<KeyId, Limit>>,
}

struct Limit {
    per_minute: NonZeroU32,
    limiter: RateLimiter<NotKeyed, InMemoryState, Moment, StateInformationMiddleware>,
}

/// How much a key may still send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// So many requests a minute, and at once.
    pub per_minute: u32,
    /// So many are left of them.
    pub left: u32,
    /// How long until there is one more.
    pub next: Duration,
}

impl RateLimits {
    /// Every key has its full share.
    pub fn new(clock: Clock) -> Self {
        Self { clock, now: Moment::default(), keys: Mutex::default() }
    }

    /// Counts a request of a key that may send so many a minute, 0 for any number. A key whose limit has changed begins
    /// anew. What is left is told where there is a limit.
    ///
    /// # Errors
    /// It was one too many.
    pub fn count(&self, key: KeyId, per_minute: u32) -> Result<Option<Share>, Share> {
        let Some(per_minute) = NonZeroU32::new(per_minute) else { return Ok(None) };
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        self.now.set(&self.clock);
        let limit = keys.entry(key).or_insert_with(|| self.full(per_minute));
        if limit.per_minute != per_minute {
            *limit = self.full(per_minute);
        }
        let counted = limit.limiter.check();
        let left = counted.as_ref().map_or(0, |state| state.remaining_burst_capacity());
        // At the moment at which so many are left, one more is refused, and takes nothing.
        let more = NonZeroU32::MIN.saturating_add(left);
        let next = match limit.limiter.check_n(more) {
            Ok(Err(too_much)) => too_much.wait_time_from(clock::Clock::now(&self.now)),
            Ok(Ok(_)) | Err(_) => Duration::ZERO,
        };
        let share = Share { per_minute: per_minute.get(), left, next };
        if counted.is_ok() { Ok(Some(share)) } else { Err(share) }
    }

    fn full(&self, per_minute: NonZeroU32) -> Limit {
        let limiter = RateLimiter::direct_with_clock(Quota::per_minute(per_minute), self.now.clone());
        Limit { per_minute, limiter: limiter.with_middleware() }
    }
}

/// The app's time as the limiters read it: it stands still while a request is counted.
#[derive(Debug, Clone, Default)]
struct Moment(Arc<AtomicU64>);

impl Moment {
    fn set(&self, clock: &Clock) {
        self.0.store(u64::try_from(clock.elapsed().as_nanos()).unwrap_or_default(), Ordering::Relaxed);
    }
}

impl clock::Clock for Moment {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Nanos::new(self.0.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicI64;

    use jiff::Timestamp;

    use super::*;
    use crate::testing::key;

    /// Limits at a time that the test sets, in milliseconds.
    fn limits() -> (RateLimits, Arc<AtomicI64>) {
        let time = Arc::new(AtomicI64::new(0));
        let now = Arc::clone(&time);
        let clock = Clock::from_fn(move || Timestamp::from_millisecond(now.load(Ordering::Relaxed)).unwrap());
        (RateLimits::new(clock), time)
    }

    #[test]
    fn a_share_empties_and_refills_evenly() {
        let ((limits, time), key) = (limits(), key(1, "a").id);
        let share = |left, next| Share { per_minute: 120, left, next: Duration::from_millis(next) };
        assert!((0..120).rev().all(|left| limits.count(key, 120) == Ok(Some(share(left, 500)))));
        assert_eq!(limits.count(key, 120), Err(share(0, 500)));
        time.store(250, Ordering::Relaxed);
        assert_eq!(limits.count(key, 120), Err(share(0, 250)));
        time.store(500, Ordering::Relaxed);
        assert_eq!(limits.count(key, 120), Ok(Some(share(0, 500))));
        assert!(limits.count(key, 120).is_err());
        time.store(1750, Ordering::Relaxed);
        assert_eq!(limits.count(key, 120), Ok(Some(share(1, 250))));
    }

    #[test]
    fn a_share_never_holds_more_than_a_minute_allows() {
        let ((limits, time), key) = (limits(), key(1, "a").id);
        time.store(3_600_000, Ordering::Relaxed);
        assert_eq!((0..100).filter(|_| limits.count(key, 60).is_ok()).count(), 60);
        time.store(0, Ordering::Relaxed);
        assert!(limits.count(key, 60).is_err(), "the clock was set back");
        assert_eq!((0..10).filter(|_| limits.count(key, 2).is_ok()).count(), 2, "the limit was lowered");
    }

    #[test]
    fn each_key_has_its_own_share() {
        let ((limits, _), [one, two]) = (limits(), [key(1, "a").id, key(2, "b").id]);
        assert!(limits.count(one, 1).is_ok());
        assert_eq!(limits.count(one, 1).map_err(|share| share.next), Err(Duration::from_secs(60)));
        assert!(limits.count(two, 1).is_ok());
        assert!((0..1000).all(|_| limits.count(one, 0).is_ok()), "0 is no limit");
    }
}
