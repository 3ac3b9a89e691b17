//! Which queues stand still because the gateway lacks something, and when it looks whether that is over.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::domain::shortage::Shortage;

/// The wait before the first look; it doubles with every look that finds nothing better.
const SHORTEST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// For so long after a job has run out of space, more room is asked for than it seemed to need.
const WARY: Duration = Duration::from_secs(600);
/// How often what is asked for is doubled at most.
const MOST_DOUBLINGS: u32 = 10;

/// Why a queue stands still.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pause {
    /// The engine whose queue it is; `None` for every engine's.
    pub engine: Option<String>,
    /// What is short.
    pub shortage: Shortage,
    /// A sentence for clients.
    pub reason: String,
}

impl Pause {
    /// Everything waits, and the sentence is the shortage's own.
    pub fn of_all(shortage: Shortage) -> Self {
        Self { engine: None, shortage, reason: shortage.to_string() }
    }
}

/// What the scheduler may do with an engine's queue now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Begin jobs.
    Go,
    /// See whether what was short is there again. If only a job can tell, begin one.
    Look {
        /// Whether a job has met the shortage, so that only a job can tell.
        by_job: bool,
        /// How many times the room that a job seems to need it should find.
        margin: u64,
    },
    /// Leave it.
    Wait,
}

/// The queues that stand still. Nothing of it is written down: a start finds out anew what is short.
///
/// A second gateway would keep its own: handles, memory and the disk of work under way are each machine's. That a database
/// is away, each of them sees.
#[derive(Debug, Default)]
pub struct Pauses(Mutex<Vec<Standstill>>);

/// What is remembered of a shortage until a job has ended without meeting it.
#[derive(Debug)]
struct Standstill {
    pause: Pause,
    state: State,
    wait: Duration,
    look_at: Instant,
    /// How often in a row jobs have met it, and when they last did.
    met: u32,
    met_at: Instant,
}

#[derive(Debug, PartialEq, Eq)]
enum State {
    /// Nothing is begun.
    Standing,
    /// One job was begun to see how it fares.
    Trying,
    /// That job has come far enough: the others go on, and the wait is remembered.
    Passed,
}

impl Pauses {
    /// Has a queue stand still for something that was missing before a job was begun. True if it did not before.
    pub fn begin(&self, pause: Pause) -> bool {
        self.add(pause, false)
    }

    /// The same for something that a job has met; that was no fault of the job's.
    pub fn met(&self, pause: Pause) -> bool {
        self.add(pause, true)
    }

    fn add(&self, pause: Pause, met: bool) -> bool {
        let (mut all, now) = (self.locked(), Instant::now());
        let Some(known) = all.iter_mut().find(|known| known.pause.engine == pause.engine) else {
            let wait = SHORTEST_WAIT;
            let state = State::Standing;
            all.push(Standstill { pause, state, wait, look_at: now + wait, met: u32::from(met), met_at: now });
            return true;
        };
        // Jobs that were begun before it, and looks that come before their time, do not make it longer.
        if known.state != State::Standing || now >= known.look_at {
            known.wait = (known.wait * 2).min(LONGEST_WAIT);
            known.look_at = now + known.wait;
            known.met += u32::from(met);
        }
        if met {
            known.met_at = now;
        }
        let news = known.state == State::Passed || known.pause.shortage != pause.shortage;
        known.state = State::Standing;
        known.pause = pause;
        news
    }

    /// What may be done with the queue of an engine, or with all of them.
    pub fn turn(&self, engine: Option<&str>) -> Turn {
        let (all, now) = (self.locked(), Instant::now());
        let mut turn = Turn::Go;
        for known in all.iter().filter(|known| known.concerns(engine) && known.state != State::Passed) {
            if known.state == State::Trying || now < known.look_at {
                return Turn::Wait;
            }
            let (by_job, margin) = match turn {
                Turn::Look { by_job, margin } => (by_job, margin),
                Turn::Go | Turn::Wait => (false, 1),
            };
            let wary = known.met > 0 && now < known.met_at + WARY;
            let doublings = if wary { known.met.min(MOST_DOUBLINGS) } else { 0 };
            turn = Turn::Look { by_job: by_job || known.met > 0, margin: margin.max(1 << doublings) };
        }
        turn
    }

    /// A job of this engine was begun to see how it fares.
    pub fn tried(&self, engine: &str) {
        for known in self.locked().iter_mut().filter(|known| known.concerns(Some(engine))) {
            if known.state == State::Standing {
                known.state = State::Trying;
            }
        }
    }

    /// A look has found what was missing, or nothing to try it with: returns the pauses that are over with it.
    pub fn found(&self, engine: Option<&str>) -> Vec<Pause> {
        let (now, mut over) = (Instant::now(), Vec::new());
        self.locked().retain(|known| {
            let ends =
                known.pause.engine.as_deref() == engine && known.state == State::Standing && now >= known.look_at;
            over.extend(ends.then(|| known.pause.clone()));
            !ends
        });
        over
    }

    /// The job that was to see how it fares has come far enough: returns the pauses that end.
    pub fn passed(&self, engine: &str) -> Vec<Pause> {
        let mut over = Vec::new();
        for known in self.locked().iter_mut().filter(|known| known.concerns(Some(engine))) {
            if known.state == State::Trying {
                known.state = State::Passed;
                over.push(known.pause.clone());
            }
        }
        over
    }

    /// A job of this engine has ended without meeting a shortage: returns the pauses that end. The ones that only wait for
    /// their next look go on.
    pub fn well(&self, engine: &str) -> Vec<Pause> {
        let over = self.passed(engine);
        self.locked().retain(|known| !known.concerns(Some(engine)) || known.state != State::Passed);
        over
    }

    /// Why the queue of an engine stands still, if it does.
    pub fn of(&self, engine: &str) -> Option<Pause> {
        let all = self.locked();
        let standing = all.iter().find(|known| known.concerns(Some(engine)) && known.state != State::Passed)?;
        Some(standing.pause.clone())
    }

    /// Every pause.
    pub fn all(&self) -> Vec<Pause> {
        let all = self.locked();
        all.iter().filter(|known| known.state != State::Passed).map(|known| known.pause.clone()).collect()
    }

    fn locked(&self) -> MutexGuard<'_, Vec<Standstill>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Standstill {
    fn concerns(&self, engine: Option<&str>) -> bool {
        self.pause.engine.is_none() || self.pause.engine.as_deref() == engine
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STORAGE: Shortage = Shortage::Storage;

    fn of_puppet() -> Pause {
        Pause { engine: Some("puppet".into()), ..Pause::of_all(STORAGE) }
    }

    #[tokio::test(start_paused = true)]
    async fn looks_become_rare_and_one_that_finds_it_ends_the_pause() {
        let pauses = Pauses::default();
        assert_eq!(pauses.turn(Some("puppet")), Turn::Go);
        assert!(pauses.begin(of_puppet()));
        assert_eq!(pauses.of("puppet"), Some(of_puppet()));
        assert_eq!((pauses.of("ditto"), pauses.turn(Some("ditto"))), (None, Turn::Go));
        for seconds in [1, 2, 4, 8, 16, 32, 60, 60] {
            tokio::time::advance(Duration::from_secs(seconds) - Duration::from_millis(1)).await;
            assert!(!pauses.begin(of_puppet()), "no news");
            assert_eq!((pauses.turn(Some("puppet")), pauses.found(Some("puppet"))), (Turn::Wait, vec![]));
            tokio::time::advance(Duration::from_millis(1)).await;
            assert_eq!(pauses.turn(Some("puppet")), Turn::Look { by_job: false, margin: 1 });
            assert!(!pauses.begin(of_puppet()));
        }
        tokio::time::advance(Duration::from_secs(60)).await;
        assert_eq!(pauses.found(Some("puppet")), [of_puppet()]);
        assert_eq!((pauses.turn(Some("puppet")), pauses.all()), (Turn::Go, vec![]));
    }

    #[tokio::test(start_paused = true)]
    async fn what_a_job_has_met_a_job_must_find_gone() {
        let (pauses, all) = (Pauses::default(), || Pause::of_all(Shortage::Processes));
        assert!(pauses.met(all()) && !pauses.met(all()), "two jobs met it at once");
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(pauses.turn(Some("puppet")), Turn::Look { by_job: true, margin: 2 });
        pauses.tried("puppet");
        assert_eq!((pauses.turn(Some("puppet")), pauses.turn(Some("ditto"))), (Turn::Wait, Turn::Wait));
        assert!(!pauses.met(all()), "still the same pause");
        tokio::time::advance(Duration::from_millis(1_999)).await;
        assert_eq!(pauses.turn(Some("puppet")), Turn::Wait);
        tokio::time::advance(Duration::from_millis(1)).await;
        assert_eq!(pauses.turn(Some("puppet")), Turn::Look { by_job: true, margin: 4 });
        pauses.tried("puppet");
        assert_eq!((pauses.passed("puppet"), pauses.passed("puppet")), (vec![all()], vec![]));
        assert_eq!((pauses.turn(Some("ditto")), pauses.of("puppet")), (Turn::Go, None));
        assert!(pauses.met(all()), "a new pause");
        assert_eq!(pauses.turn(Some("puppet")), Turn::Wait);
        tokio::time::advance(Duration::from_secs(4)).await;
        pauses.tried("puppet");
        assert_eq!(pauses.well("puppet"), [all()]);
        assert!(pauses.met(all()));
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(pauses.turn(None), Turn::Look { by_job: true, margin: 2 }, "all is forgotten");
        tokio::time::advance(WARY).await;
        assert_eq!(pauses.turn(None), Turn::Look { by_job: true, margin: 1 }, "that was long ago");
    }

    #[tokio::test(start_paused = true)]
    async fn a_job_that_was_begun_before_the_pause_does_not_end_it() {
        let pauses = Pauses::default();
        pauses.met(of_puppet());
        assert_eq!((pauses.well("puppet"), pauses.turn(Some("puppet"))), (vec![], Turn::Wait));
    }
}
