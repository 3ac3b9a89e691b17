//! A database that somebody else has locked, and one on a full disk.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use sqlx::{Connection, SqliteConnection};
use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::domain::shortage::Shortage;
use crate::store::contract::samples::{at, id, new_job};
use crate::store::error::InsertError;
use crate::store::jobs::JobStore;
use crate::store::sqlite::SqliteStore;
use crate::store::sqlite::tests::on_disk;

/// What an insertion that failed says is short.
fn short(error: InsertError) -> Shortage {
    match error {
        InsertError::Store(error) => error.shortage,
        gone @ InsertError::InputsGone(_) => panic!("{gone}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lock_of_somebody_else_is_told_to_all_who_wait_at_once() {
    let (store, folder) = on_disk().await;
    let path = folder.path().join("gateway.db");
    let mut other = SqliteConnection::connect(&format!("sqlite:{}", path.display())).await.unwrap();
    let lock = other.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let start = Instant::now();
    let mut asking = JoinSet::new();
    for n in 1..=50 {
        let store = store.clone();
        asking.spawn(async move {
            match n % 3 {
                0 => short(store.insert(new_job(n, "puppet"), at(0)).await.unwrap_err()),
                1 => store.claim("puppet", at(0), at(1)).await.unwrap_err().shortage,
                _ => store.remove_ended(&[id(n)]).await.unwrap_err().shortage,
            }
        });
    }
    assert!(asking.join_all().await.into_iter().all(|short| short == Shortage::Database));
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    assert_eq!(store.job(id(3)).await.unwrap(), None, "reading goes on");
    lock.rollback().await.unwrap();
    store.insert(new_job(1, "puppet"), at(0)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_queue_of_writers_is_no_fault() {
    let (store, _folder) = on_disk().await;
    let mut writing = JoinSet::new();
    for n in 1..=500 {
        let store = store.clone();
        writing.spawn(async move { store.insert(new_job(n, "puppet"), at(0)).await.map(drop) });
    }
    assert!(writing.join_all().await.into_iter().all(|written| written.is_ok()));
}

/// A disk of so many MiB, where this process may mount one.
struct SmallDisk(TempDir);

impl SmallDisk {
    fn new(mib: u32) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let size = format!("size={mib}m");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(folder.path()).output();
        if mounted.is_ok_and(|mounted| mounted.status.success()) {
            return Some(Self(folder));
        }
        eprintln!("not tried: no disk can be mounted here");
        None
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Fills it to the last byte; what is written is told by its file.
    fn fill(&self, name: &str) {
        let mut file = File::create(self.path().join(name)).unwrap();
        for size in [1 << 16, 1] {
            while file.write_all(&vec![b'x'; size]).is_ok() {}
        }
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.path()).output();
    }
}

/// Writes jobs that have ended until there is no space for more; how many there are.
async fn fill_with_jobs(store: &SqliteStore) -> u128 {
    let mut n = 0;
    loop {
        n += 1;
        if let Err(error) = store.insert(new_job(n, "puppet"), at(0)).await {
            assert!(matches!(&error, InsertError::Store(error) if error.shortage == Shortage::Storage), "{error:?}");
            return n - 1;
        }
        // The end of a job may use the reserve, so this is no part of the race for the last page.
        if n % 10 == 0 {
            store.request_cancel(id(n), at(1)).await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_frees_space_can_be_written_on_a_full_disk() {
    let Some(disk) = SmallDisk::new(8) else { return };
    let path = disk.path().join("gateway.db");
    let store = SqliteStore::open(&path).await.unwrap();
    let reserve = disk.path().join("gateway.reserve");
    assert!(reserve.exists());
    disk.fill("others");
    let jobs = fill_with_jobs(&store).await;
    assert!(jobs > 10, "{jobs}");
    for n in 1..jobs {
        store.request_cancel(id(n), at(2)).await.unwrap();
        // Somebody else takes every byte that comes free.
        disk.fill(&format!("others-{}", n % 7));
        assert!(store.remove_ended(&[id(n)]).await.unwrap().len() == 1, "job {n} of {jobs}");
    }

    drop(store);
    let store = SqliteStore::open(&path).await.expect("a start on a full disk");
    store.request_cancel(id(jobs), at(3)).await.unwrap();
    assert!(store.remove_ended(&[id(jobs)]).await.unwrap().len() == 1);
    for file in fs::read_dir(disk.path()).unwrap().map(|file| file.unwrap().path()) {
        if file.file_name().unwrap().to_str().unwrap().starts_with("others") {
            fs::remove_file(file).unwrap();
        }
    }
    let start = Instant::now();
    while !reserve.exists() {
        assert!(start.elapsed() < Duration::from_secs(20), "the reserve is made anew");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn a_database_opens_on_a_full_disk() {
    let Some(disk) = SmallDisk::new(4) else { return };
    let path = disk.path().join("gateway.db");
    let store = SqliteStore::open(&path).await.unwrap();
    store.insert(new_job(1, "puppet"), at(0)).await.unwrap();
    store.close().await;
    drop(store);
    disk.fill("others");
    let store = SqliteStore::open(&path).await.unwrap();
    assert!(store.job(id(1)).await.unwrap().is_some());
    store.request_cancel(id(1), at(1)).await.unwrap();
    assert!(store.remove_ended(&[id(1)]).await.unwrap().len() == 1);
}
