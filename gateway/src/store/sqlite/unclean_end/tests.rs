//! The log as a killed process leaves it, with the index and without, as it is and damaged in every place.

use std::fs;

use tempfile::TempDir;

use crate::store::contract::{at, new_job};
use crate::store::jobs::{JobFilter, JobStore};
use crate::store::sqlite::SqliteStore;

use super::*;

const LOG: &str = "gateway.db-wal";
const INDEX: &str = "gateway.db-shm";
/// Jobs that are written, each by a change of its own.
const JOBS: u128 = 40;
/// A header and a page.
const FRAME: usize = 24 + 4096;

/// A database's files as a kill leaves them.
struct Left(TempDir);

impl Left {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&folder.path().join("gateway.db")).await.unwrap();
        for n in 1..=JOBS {
            if n == JOBS / 2 {
                store.settle().await.unwrap(); // so that the log is used for a second time
            }
            store.insert(new_job(n, "puppet"), at(0)).await.unwrap();
        }
        Self::copied(folder.path())
    }

    fn copied(folder: &Path) -> Self {
        let copy = tempfile::tempdir().unwrap();
        for file in ["gateway.db", LOG, INDEX] {
            fs::copy(folder.join(file), copy.path().join(file)).unwrap();
        }
        Self(copy)
    }

    /// After a loss of power, nothing of the index is to be relied on.
    fn without_index(self) -> Self {
        fs::remove_file(self.0.path().join(INDEX)).unwrap();
        self
    }

    fn log(self, change: impl FnOnce(&mut Vec<u8>)) -> Self {
        let path = self.0.path().join(LOG);
        let mut log = fs::read(&path).unwrap();
        change(&mut log);
        fs::write(&path, log).unwrap();
        self
    }

    fn database(&self) -> PathBuf {
        self.0.path().join("gateway.db")
    }

    fn look(&self) -> Option<UncleanEnd> {
        look(&self.database()).unwrap()
    }

    fn reason(&self) -> &'static str {
        match self.look() {
            Some(UncleanEnd::Damaged(damage)) => damage.reason,
            other => panic!("the damage is not seen: {other:?}"),
        }
    }

    /// How many jobs SQLite finds.
    async fn jobs(&self) -> u128 {
        let store = SqliteStore::open_as_it_is(&self.database()).await.unwrap();
        let all = JobFilter { limit: 1000, ..JobFilter::default() };
        let jobs = store.jobs(&all).await.unwrap().len() as u128;
        store.close().await;
        jobs
    }
}

fn changes(of: Option<UncleanEnd>) -> u64 {
    match of {
        Some(UncleanEnd::Whole { changes }) => changes,
        other => panic!("it is whole, and not {other:?}"),
    }
}

#[tokio::test]
async fn what_a_kill_leaves_is_whole() {
    let left = Left::new().await;
    let whole = changes(left.look());
    assert_eq!(whole, (JOBS / 2 + 1) as u64, "since the log was emptied");
    let left = left.without_index();
    assert_eq!(changes(left.look()), whole);
    assert_eq!(left.jobs().await, JOBS);
    assert_eq!(left.look(), None, "it was closed in good order");
}

#[tokio::test]
async fn a_damaged_page_is_seen_whatever_part_of_it_is_damaged() {
    for at in [40, 24 + 32 + 100, 3 * FRAME + 33, 3 * FRAME + 1000] {
        let damaged = Left::new().await.log(|log| log[at] ^= 1);
        assert_eq!(damaged.reason(), "is damaged", "{at}");
        let damaged = damaged.without_index();
        assert_eq!(damaged.reason(), "is damaged", "{at}, from the log alone");
        assert!(damaged.jobs().await < JOBS, "SQLite says nothing");
    }
}

#[tokio::test]
async fn the_end_of_a_log_is_judged_by_the_index() {
    let torn = Left::new().await.log(|log| {
        let last = log.len() - 1;
        log[last] ^= 1;
    });
    assert_eq!(torn.reason(), "is damaged");
    changes(torn.without_index().look()); // as a loss of power leaves what was being written

    let cut = Left::new().await.log(|log| log.truncate(32 + 5 * FRAME));
    assert_eq!(cut.reason(), "was cut off");
    changes(cut.without_index().look());
    let cut = Left::new().await.log(|log| log.truncate(log.len() - 7));
    assert_eq!(cut.reason(), "was cut off");
}

#[tokio::test]
async fn a_log_without_its_beginning_is_damaged() {
    for bytes in [0..4, 8..12, 16..24, 0..32] {
        let damaged = Left::new().await.log(|log| log[bytes.clone()].fill(0));
        assert_eq!(damaged.reason(), "has a damaged beginning", "{bytes:?}");
        assert_eq!(damaged.without_index().reason(), "has a damaged beginning", "{bytes:?}");
    }
}

#[tokio::test]
async fn a_log_that_is_gone_is_missed() {
    let emptied = Left::new().await.log(Vec::clear);
    assert_eq!(emptied.reason(), "was emptied or removed");
    let removed = Left::new().await;
    fs::remove_file(removed.0.path().join(LOG)).unwrap();
    assert_eq!(removed.reason(), "was emptied or removed");
    assert_eq!(removed.without_index().look(), None, "nothing is known of it");
}

#[tokio::test]
async fn a_damaged_log_is_kept_and_others_leave_it_alone() {
    let damaged = Left::new().await.log(|log| log[3 * FRAME] ^= 1);
    let refused = refuse_damaged(&damaged.database()).unwrap_err().to_string();
    assert!(refused.contains("are lost") && refused.contains("start the gateway"), "{refused}");
    let (before, copy) =
        (fs::read(damaged.0.path().join(LOG)).unwrap(), keep_copy(&damaged.database(), at(0)).unwrap());
    assert_eq!(copy.file_name().unwrap(), "damaged-20260101T000000Z");
    assert_eq!(fs::read(copy.join(LOG)).unwrap(), before);
    assert!(copy.join("gateway.db").exists());
}
