//! A clock that tests set, and time that passes when they say so or by itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

use jiff::SignedDuration;

use crate::clock::Clock;
use crate::store::contract::at;

pub(crate) const HOUR: SignedDuration = SignedDuration::from_hours(1);

pub(crate) fn seconds(seconds: i64) -> SignedDuration {
    SignedDuration::from_secs(seconds)
}

/// How far the system's clock has been set, and how much time the test has made pass, in microseconds.
#[derive(Clone, Default)]
pub(crate) struct Settable {
    set: Arc<AtomicI64>,
    passed: Arc<AtomicI64>,
}

impl Settable {
    /// Time passes only when the test says so.
    pub(crate) fn clock(&self) -> Clock {
        self.on(|| SignedDuration::ZERO)
    }

    /// Time passes by itself as well.
    pub(crate) fn ticking(&self) -> Clock {
        let start = Instant::now();
        self.on(move || start.elapsed().try_into().unwrap())
    }

    fn on(&self, ticks: impl Fn() -> SignedDuration + Send + Sync + Clone + 'static) -> Clock {
        let (hands, own_ticks) = (self.clone(), ticks.clone());
        let elapsed = move || SignedDuration::from_micros(hands.passed.load(Ordering::SeqCst)) + own_ticks();
        let (hands, passed) = (self.clone(), elapsed.clone());
        let wall = move || at(0) + passed() + SignedDuration::from_micros(hands.set.load(Ordering::SeqCst));
        Clock::of(wall, elapsed)
    }

    /// Somebody sets the system's clock.
    pub(crate) fn set(&self, step: SignedDuration) {
        self.set.fetch_add(i64::try_from(step.as_micros()).unwrap(), Ordering::SeqCst);
    }

    /// Time passes, as while the machine sleeps.
    pub(crate) fn pass(&self, time: SignedDuration) {
        self.passed.fetch_add(i64::try_from(time.as_micros()).unwrap(), Ordering::SeqCst);
    }
}
