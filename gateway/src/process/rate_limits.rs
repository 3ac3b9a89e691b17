//! How many requests a minute each API key may send.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use governor::clock;
use governor::middleware::NoOpMiddleware;
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
    clock: GovernorClock,
    keys: Mutex<HashMap<KeyId, Limit>>,
}

struct Limit {
    per_minute: NonZeroU32,
    limiter: RateLimiter<NotKeyed, InMemoryState, GovernorClock, NoOpMiddleware<Nanos>>,
}

impl RateLimits {
    /// Every key has its full share.
    pub fn new(clock: Clock) -> Self {
        Self { clock: GovernorClock(clock), keys: Mutex::default() }
    }

    /// Counts a request of a key that may send so many a minute, 0 for any number. A key whose limit has changed begins
    /// anew.
    ///
    /// # Errors
    /// It was one too many: how long to wait for the next.
    pub fn count(&self, key: KeyId, per_minute: u32) -> Result<(), Duration> {
        let Some(per_minute) = NonZeroU32::new(per_minute) else { return Ok(()) };
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let limit = keys.entry(key).or_insert_with(|| self.full(per_minute));
        if limit.per_minute != per_minute {
            *limit = self.full(per_minute);
        }
        let now = clock::Clock::now(&self.clock);
        limit.limiter.check().map_err(|too_much| too_much.wait_time_from(now))
    }

    fn full(&self, per_minute: NonZeroU32) -> Limit {
        let limiter = RateLimiter::direct_with_clock(Quota::per_minute(per_minute), self.clock.clone());
        Limit { per_minute, limiter }
    }
}

/// The app's clock, as the limiter reads it.
#[derive(Clone)]
struct GovernorClock(Clock);

impl clock::Clock for GovernorClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Nanos::new(u64::try_from(self.0.elapsed().as_nanos()).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering};

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
        assert!((0..120).all(|_| limits.count(key, 120).is_ok()));
        assert_eq!(limits.count(key, 120), Err(Duration::from_millis(500)));
        time.store(250, Ordering::Relaxed);
        assert_eq!(limits.count(key, 120), Err(Duration::from_millis(250)));
        time.store(500, Ordering::Relaxed);
        assert_eq!(limits.count(key, 120), Ok(()));
        assert!(limits.count(key, 120).is_err());
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
        assert_eq!(limits.count(one, 1), Err(Duration::from_secs(60)));
        assert!(limits.count(two, 1).is_ok());
        assert!((0..1000).all(|_| limits.count(one, 0).is_ok()), "0 is no limit");
    }
}
