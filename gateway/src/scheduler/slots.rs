//! Which engine may begin a job now: each runs as many at once as it has instances, and of those that take turns on
//! something one alone has its turn.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::config::EngineConfig;

/// The running jobs of all engines.
#[derive(Default)]
pub(super) struct Slots(Arc<Mutex<Taken>>);

#[derive(Default)]
struct Taken {
    /// How many jobs of each engine run.
    jobs: HashMap<String, u32>,
    /// What engines take turns on, and one of them has now.
    turns: HashSet<String>,
    /// What an engine had its turn on when this round of claims began, or has begun a job on since. Nothing of it is given
    /// again in this round, even if the turn ends: the engine that has waited longest may have been asked before.
    given: HashSet<String>,
    /// The engines that have begun a job, each once, the latest last.
    begun: Vec<String>,
}

/// The right to run one job; free again when dropped.
pub(super) struct Slot {
    taken: Arc<Mutex<Taken>>,
    engine: String,
    turn: Option<String>,
}

impl Slots {
    /// Begins a round, in which every engine is asked once whether it has a job.
    pub(super) fn begin_round(&self) {
        let mut taken = locked(&self.0);
        taken.given = taken.turns.clone();
    }

    /// Takes a slot of `engine`, if fewer than its instances are taken and its turn can be given in this round.
    pub(super) fn take(&self, engine: &str, settings: &EngineConfig) -> Option<Slot> {
        let mut taken = locked(&self.0);
        let turn = &settings.takes_turns_on;
        let count = taken.jobs.get(engine).copied().unwrap_or_default();
        let given = |turn: &String| taken.turns.contains(turn) || taken.given.contains(turn);
        if count >= settings.instances || turn.as_ref().is_some_and(given) {
            return None;
        }
        taken.jobs.insert(engine.to_owned(), count + 1);
        taken.turns.extend(turn.clone());
        Some(Slot { taken: Arc::clone(&self.0), engine: engine.to_owned(), turn: turn.clone() })
    }

    /// How long ago an engine last began a job, so that engines sorted by it take turns: the one that has waited longest has
    /// the least.
    pub(super) fn last_begun(&self, engine: &str) -> Option<usize> {
        locked(&self.0).begun.iter().position(|begun| begun == engine)
    }
}

impl Slot {
    /// Notes that its engine has begun a job in it.
    pub(super) fn begun(&self) {
        let mut taken = locked(&self.taken);
        taken.begun.retain(|begun| *begun != self.engine);
        taken.begun.push(self.engine.clone());
        taken.given.extend(self.turn.clone());
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut taken = locked(&self.taken);
        if let Some(count) = taken.jobs.get_mut(&self.engine) {
            *count -= 1;
        }
        if let Some(turn) = &self.turn {
            taken.turns.remove(turn);
        }
    }
}

fn locked(taken: &Mutex<Taken>) -> MutexGuard<'_, Taken> {
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Overrides};

    fn settings(instances: u32, takes_turns_on: Option<&str>) -> EngineConfig {
        let usual = Config::load(None, [], Overrides::default()).unwrap().config.engine("any");
        EngineConfig { instances, takes_turns_on: takes_turns_on.map(str::to_owned), ..usual }
    }

    #[test]
    fn an_engine_has_as_many_slots_as_instances() {
        let (slots, one) = (Slots::default(), settings(1, None));
        let first = slots.take("a", &one);
        assert!(first.is_some() && slots.take("a", &one).is_none() && slots.take("b", &one).is_some());
        drop(first);
        let first = slots.take("a", &one);
        assert!(first.is_some() && slots.take("a", &settings(2, None)).is_some());
    }

    #[test]
    fn engines_that_take_turns_have_one_slot_between_them() {
        let (slots, card, other) = (Slots::default(), settings(2, Some("card")), settings(2, Some("other")));
        let first = slots.take("a", &card);
        assert!(first.is_some() && slots.take("a", &card).is_none() && slots.take("b", &card).is_none());
        assert!(slots.take("c", &other).is_some() && slots.take("d", &settings(1, None)).is_some());
        drop(first);
        assert!(slots.take("b", &card).is_some());
    }

    #[test]
    fn a_turn_that_ends_during_a_round_is_given_in_the_next() {
        let (slots, card) = (Slots::default(), settings(2, Some("card")));
        let running = slots.take("a", &card).unwrap();
        running.begun();
        slots.begin_round();
        assert!(slots.take("b", &card).is_none());
        drop(running);
        assert!(slots.take("a", &card).is_none(), "b has waited longer and has been asked already");
        slots.begin_round();
        drop(slots.take("c", &card).unwrap()); // there was no job for it
        let brief = slots.take("b", &card).unwrap();
        brief.begun();
        drop(brief);
        assert!(slots.take("b", &card).is_none() && slots.take("a", &card).is_none());
        assert!(slots.take("d", &settings(1, Some("other"))).is_some());
        slots.begin_round();
        assert!(slots.take("a", &card).is_some());
    }

    #[test]
    fn who_has_waited_longest_is_next() {
        let (slots, one) = (Slots::default(), settings(1, None));
        for engine in ["b", "a", "c", "b"] {
            slots.take(engine, &one).unwrap().begun();
        }
        drop(slots.take("a", &one)); // there was no job for it
        let mut engines = ["a", "b", "c", "d"];
        engines.sort_by_key(|engine| slots.last_begun(engine));
        assert_eq!(engines, ["d", "a", "c", "b"]);
    }
}
