//! A bucket of requests: full at first, emptied by each, refilled evenly.

use std::time::Duration;

use jiff::Timestamp;

/// How much one key has left.
#[derive(Debug, Clone)]
pub(crate) struct TokenBucket {
    /// Requests that it may still send at `at`.
    left: f64,
    at: Timestamp,
}

impl TokenBucket {
    /// A full one.
    pub(crate) fn new(per_minute: u32, now: Timestamp) -> Self {
        Self { left: per_minute.into(), at: now }
    }

    /// Takes a request out of it; if it is empty, tells how long until it no longer is.
    pub(crate) fn take(&mut self, per_minute: u32, now: Timestamp) -> Result<(), Duration> {
        let per_second = f64::from(per_minute) / 60.0;
        // A clock that was set back refills nothing.
        let passed = now.duration_since(self.at).as_secs_f64().max(0.0);
        self.left = (self.left + passed * per_second).min(per_minute.into());
        self.at = now;
        if self.left < 1.0 {
            return Err(Duration::from_secs_f64((1.0 - self.left) / per_second));
        }
        self.left -= 1.0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_millisecond(milliseconds).unwrap()
    }

    #[test]
    fn it_empties_and_refills_evenly() {
        let mut bucket = TokenBucket::new(120, at(0));
        assert!((0..120).all(|_| bucket.take(120, at(0)).is_ok()));
        assert_eq!(bucket.take(120, at(0)), Err(Duration::from_millis(500)));
        assert_eq!(bucket.take(120, at(250)), Err(Duration::from_millis(250)));
        assert_eq!(bucket.take(120, at(500)), Ok(()));
        assert!(bucket.take(120, at(500)).is_err());
    }

    #[test]
    fn it_never_holds_more_than_a_minute_allows() {
        let mut bucket = TokenBucket::new(60, at(0));
        let taken = (0..100).filter(|_| bucket.take(60, at(3_600_000)).is_ok()).count();
        assert_eq!(taken, 60);
        assert!(bucket.take(60, at(0)).is_err(), "the clock was set back");
        assert_eq!(bucket.take(2, at(60_000)), Ok(()), "the limit was lowered");
        assert_eq!(bucket.take(2, at(60_000)), Ok(()));
        assert!(bucket.take(2, at(60_000)).is_err());
    }
}
