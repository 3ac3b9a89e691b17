//! The handles by which time and ids enter, so that a test can fix them.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use rustix::time::{ClockId, clock_gettime};
use uuid::Uuid;

/// What has just been set may be wrong and set back: so long, a step forward makes nothing older.
const DOUBTED: SignedDuration = SignedDuration::from_hours(24);

/// Tells the time: that of the system's clock, but steadily. Where somebody sets that clock, this one goes on evenly, until
/// whoever keeps deadlines has moved them and has it [`follow`](Clock::follow). Clones are one clock.
///
/// Between steps it counts with the machine's own clock, time during which the machine sleeps included: that time has
/// passed for clients and for whatever a job waits for, and so it is no step.
#[derive(Clone)]
pub struct Clock {
    sources: Arc<Sources>,
    course: Arc<Mutex<Course>>,
}

struct Sources {
    /// The system's clock, which may be set.
    wall: Box<dyn Fn() -> Timestamp + Send + Sync>,
    /// What has passed since some moment, evenly.
    elapsed: Box<dyn Fn() -> SignedDuration + Send + Sync>,
}

/// How the one becomes of the other.
struct Course {
    /// The time at which nothing had passed.
    start: Timestamp,
    /// The steps that were followed and are still doubted, each with what had passed then.
    steps: Vec<(SignedDuration, SignedDuration)>,
}

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self::of(Timestamp::now, since_boot)
    }

    /// A clock of the caller's making, for tests. It makes no steps: whatever it tells has passed.
    pub fn from_fn(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        let now = Arc::new(now);
        let (wall, start) = (Arc::clone(&now), now());
        Self::of(move || wall(), move || now().duration_since(start))
    }

    /// A clock that can be set, and what passes whatever it says.
    pub fn of(
        wall: impl Fn() -> Timestamp + Send + Sync + 'static,
        elapsed: impl Fn() -> SignedDuration + Send + Sync + 'static,
    ) -> Self {
        let start = wall() - elapsed();
        Self {
            sources: Arc::new(Sources { wall: Box::new(wall), elapsed: Box::new(elapsed) }),
            course: Arc::new(Mutex::new(Course { start, steps: Vec::new() })),
        }
    }

    /// The present moment.
    pub fn now(&self) -> Timestamp {
        let passed = self.elapsed();
        self.course().start + passed
    }

    /// What has passed since some moment, whatever the clock is set to: for what this process alone remembers.
    pub fn elapsed(&self) -> SignedDuration {
        (self.sources.elapsed)()
    }

    /// How far the system's clock has been set, since this one last followed it: forward if it is positive.
    pub fn step(&self) -> SignedDuration {
        (self.sources.wall)().duration_since(self.now())
    }

    /// Takes a step with the system's clock.
    pub fn follow(&self, step: SignedDuration) {
        let passed = self.elapsed();
        let mut course = self.course();
        course.start = course.start.saturating_add(step).unwrap_or(course.start);
        course.steps.retain(|(_, then)| passed - *then < DOUBTED);
        course.steps.push((step, passed));
    }

    /// The moment by which ages are judged that something is removed for: a step forward makes nothing older before it has
    /// stood for a day.
    pub fn undoubted(&self) -> Timestamp {
        let passed = self.elapsed();
        let course = self.course();
        let doubted = course.steps.iter().filter(|(_, then)| passed - *then < DOUBTED);
        let doubted: SignedDuration = doubted.map(|(step, _)| *step).sum();
        course.start + passed - doubted.max(SignedDuration::ZERO)
    }

    fn course(&self) -> MutexGuard<'_, Course> {
        self.course.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clock").field("now", &self.now()).finish()
    }
}

/// What has passed since the machine was started. `Boottime` counts while the machine sleeps; where there is none, that
/// counts as a step.
fn since_boot() -> SignedDuration {
    #[cfg(target_os = "linux")]
    let clock = ClockId::Boottime;
    #[cfg(not(target_os = "linux"))]
    let clock = ClockId::Monotonic;
    let time = clock_gettime(clock);
    SignedDuration::new(time.tv_sec, i32::try_from(time.tv_nsec).unwrap_or_default())
}

/// Makes ids that sort by time.
#[derive(Clone)]
pub struct Ids(Arc<dyn Fn() -> Uuid + Send + Sync>);

impl Ids {
    /// UUIDs of version 7. Those of one process go up even where its clock is set back.
    pub fn system() -> Self {
        Self(Arc::new(Uuid::now_v7))
    }

    /// Ids of the caller's making, for tests.
    pub fn from_fn(next: impl Fn() -> Uuid + Send + Sync + 'static) -> Self {
        Self(Arc::new(next))
    }

    /// A new id of whichever type is wanted.
    pub fn next<T: From<Uuid>>(&self) -> T {
        (self.0)().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::time::{HOUR, Settable, seconds};

    #[test]
    fn time_is_even_until_a_step_is_followed() {
        let hands = Settable::default();
        let clock = hands.clock();
        let start = clock.now();
        hands.pass(seconds(10));
        assert_eq!((clock.now(), clock.step()), (start + seconds(10), seconds(0)));
        for step in [HOUR / 2, -HOUR, HOUR * 24 * 365 * 56] {
            let before = clock.now();
            hands.set(step);
            hands.pass(seconds(1));
            assert_eq!((clock.now(), clock.step()), (before + seconds(1), step), "it goes on");
            clock.follow(step);
            assert_eq!((clock.now(), clock.step()), (before + seconds(1) + step, seconds(0)));
        }
        assert_eq!(clock.elapsed(), seconds(13));
    }

    #[test]
    fn a_step_forward_makes_nothing_older_for_a_day() {
        let hands = Settable::default();
        let clock = hands.clock();
        let start = clock.now();
        for step in [HOUR * 10_000, -HOUR * 9_999] {
            hands.set(step);
            clock.follow(step);
        }
        assert_eq!((clock.now(), clock.undoubted()), (start + HOUR, start));
        hands.pass(HOUR * 24 - seconds(1));
        assert_eq!(clock.undoubted(), start + HOUR * 24 - seconds(1));
        hands.pass(seconds(1));
        assert_eq!(clock.undoubted(), start + HOUR * 25);
        clock.follow(-HOUR);
        assert_eq!(clock.undoubted(), clock.now(), "a step back makes everything younger at once");
    }

    #[test]
    fn the_systems_clock_makes_no_step_by_itself() {
        let clock = Clock::system();
        assert!(clock.now().duration_since(Timestamp::now()).abs() < seconds(1));
        std::thread::sleep(std::time::Duration::from_millis(50));
        assert!(clock.step().abs() < seconds(1));
    }
}
