//! What was read of jobs since the last change: many clients ask for the same few jobs, far more often than anything
//! changes.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::domain::history::{AttemptRecord, History, QueuePosition};
use crate::domain::id::JobId;
use crate::domain::job::Job;
use crate::store::error::StoreResult;

/// After so long an answer is read again in any case: whoever changes the database from outside is seen as well, and a change
/// whose requester has gone before it was made.
const FRESH: Duration = Duration::from_millis(100);
/// So many answers of a kind are kept.
const MOST: usize = 1024;

/// What polls ask for.
#[derive(Debug, Default)]
pub(super) struct Recent {
    pub(super) jobs: Answers<JobId, Option<Job>>,
    pub(super) attempts: Answers<JobId, Vec<AttemptRecord>>,
    pub(super) places: Answers<Vec<JobId>, HashMap<JobId, QueuePosition>>,
    pub(super) running: Answers<String, Vec<Job>>,
    /// By engine and number of jobs.
    pub(super) histories: Answers<(String, u32), Option<History>>,
}

/// Answers of one kind, by what was asked.
#[derive(Debug)]
pub(super) struct Answers<K, V>(Mutex<Known<K, V>>);

#[derive(Debug)]
struct Known<K, V> {
    /// The number of the change after which all of them were read.
    change: u64,
    /// When the first of them was.
    since: Instant,
    answers: HashMap<K, V>,
}

impl<K: Eq + Hash, V: Clone> Answers<K, V> {
    /// The answer as it is after `change`, which is what the writer counts now; read only if it is not known.
    ///
    /// # Errors
    /// Those of reading it.
    pub(super) async fn of(
        &self,
        change: u64,
        question: K,
        read: impl Future<Output = StoreResult<V>>,
    ) -> StoreResult<V> {
        if let Some(answer) = self.known(change).answers.get(&question) {
            return Ok(answer.clone());
        }
        let answer = read.await?;
        let mut known = self.known(change);
        // Another change may have come meanwhile, after which somebody else has read.
        if known.change == change && known.answers.len() < MOST {
            known.answers.insert(question, answer.clone());
        }
        Ok(answer)
    }

    /// What is known after this change, or a later one; nothing else is.
    fn known(&self, change: u64) -> MutexGuard<'_, Known<K, V>> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.change < change || known.since.elapsed() > FRESH {
            known.answers.clear();
            (known.change, known.since) = (known.change.max(change), Instant::now());
        }
        known
    }
}

impl<K, V> Default for Answers<K, V> {
    fn default() -> Self {
        Self(Mutex::new(Known { change: 0, since: Instant::now(), answers: HashMap::new() }))
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn nothing_is_read_twice_until_something_changes_or_time_passes() {
        let (answers, reads) = (Answers::default(), Cell::new(0));
        let ask = |change, question| {
            let read = async {
                reads.set(reads.get() + 1);
                Ok(reads.get())
            };
            answers.of(change, question, read)
        };
        for (change, question, answer) in [(0, 'a', 1), (0, 'a', 1), (0, 'b', 2), (0, 'a', 1), (1, 'a', 3), (1, 'b', 4)]
        {
            assert_eq!(ask(change, question).await.unwrap(), answer, "{question} after {change}");
        }
        tokio::time::advance(2 * FRESH).await;
        assert_eq!(ask(1, 'a').await.unwrap(), 5);
    }

    #[tokio::test]
    async fn what_was_read_before_a_change_is_not_taken_for_news() {
        let answers = Answers::default();
        let slow = answers.of(0, (), async {
            // While it is read, something changes, and somebody else asks.
            assert_eq!(answers.of(1, (), async { Ok("new") }).await.unwrap(), "new");
            Ok("old")
        });
        assert_eq!(slow.await.unwrap(), "old", "as of when it was asked");
        assert_eq!(answers.of(1, (), async { Ok("newer") }).await.unwrap(), "new");
    }
}
