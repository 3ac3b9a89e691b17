//! The contract, held by a database on disk, and what is SQLite's own: its rows as text, reopening, damage.

mod plans;
mod shortages;

use std::fmt::Write;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use engine_api::Phase;
use sqlx::{Column, Row};
use tempfile::TempDir;

use crate::domain::progress::Progress;
use crate::store::contract::hold_to_contract;
use crate::store::contract::samples::{at, claim, error, id, new_job, on, succeeded};
use crate::store::jobs::{JobStore, Outcome};
use crate::store::sqlite::*;

hold_to_contract!(on_disk());

async fn on_disk() -> (SqliteStore, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("gateway.db")).await.unwrap();
    (store, folder)
}

#[tokio::test]
async fn rows_are_these_after_named_moments() {
    let store = SqliteStore::in_memory().await;
    let jobs: Arc<dyn JobStore> = Arc::new(store.clone());
    let mut text = String::new();
    for n in 1..=3 {
        jobs.insert(new_job(n, "puppet"), at(0)).await.unwrap();
    }
    moment(&mut text, "submitted", &store).await;
    let first = claim(&jobs, "puppet", 1).await;
    moment(&mut text, "claimed", &store).await;
    let progress = Progress { fraction: 0.25, ..Progress::new(Phase::Rendering, "render", 30, 250) };
    let warned = ["puppet.turned: by 30 degrees".to_owned()];
    jobs.heartbeat(&first, at(20), &progress, &warned, Some(&on("cuda:0"))).await.unwrap();
    moment(&mut text, "progressed", &store).await;
    jobs.finish(&first, Outcome::Retry { error: error(), not_before: at(7) }, at(2)).await.unwrap();
    moment(&mut text, "retried", &store).await;
    let first = claim(&jobs, "puppet", 7).await;
    jobs.finish(&first, succeeded(first.attempt), at(8)).await.unwrap();
    moment(&mut text, "succeeded", &store).await;
    let second = claim(&jobs, "puppet", 8).await;
    jobs.finish(&second, Outcome::Failed(error()), at(9)).await.unwrap();
    moment(&mut text, "failed", &store).await;
    jobs.request_cancel(id(3), at(10)).await.unwrap();
    moment(&mut text, "canceled", &store).await;
    insta::assert_snapshot!(text);
}

/// Notes the rows that differ from how they were last noted, without the columns that are null.
async fn moment(text: &mut String, name: &str, store: &SqliteStore) {
    writeln!(text, "{name}").unwrap();
    for row in sqlx::query("SELECT * FROM jobs ORDER BY id LIMIT 9").fetch_all(&store.reader).await.unwrap() {
        let columns = row.columns().iter().filter_map(|column| {
            let value: Option<String> = row.get_unchecked(column.ordinal());
            value.map(|value| format!("{}={value}", column.name()))
        });
        let line = format!("  {}\n", columns.collect::<Vec<_>>().join(" "));
        if !text.contains(&line) {
            text.push_str(&line);
        }
    }
}

#[tokio::test]
async fn a_job_outlives_the_process() {
    let (store, folder) = on_disk().await;
    let jobs: Arc<dyn JobStore> = Arc::new(store.clone());
    jobs.insert(new_job(1, "puppet"), at(0)).await.unwrap();
    let lease = claim(&jobs, "puppet", 1).await;
    jobs.heartbeat(&lease, at(20), &Progress::default(), &[], Some(&on("cuda:0"))).await.unwrap();
    jobs.finish(&lease, succeeded(1), at(2)).await.unwrap();
    let before = jobs.job(id(1)).await.unwrap();
    store.close().await;
    jobs.job(id(2)).await.expect_err("the database is closed");

    let reopened = SqliteStore::open(&folder.path().join("gateway.db")).await.unwrap();
    assert_eq!(reopened.job(id(1)).await.unwrap(), before);
}

#[tokio::test]
async fn what_is_answered_is_on_the_disk() {
    let (store, folder) = on_disk().await;
    store.insert(new_job(1, "puppet"), at(0)).await.unwrap();
    // The files as they are while the gateway runs: what a machine that loses its power is left with.
    let copy = tempfile::tempdir().unwrap();
    for file in ["gateway.db", "gateway.db-wal"] {
        std::fs::copy(folder.path().join(file), copy.path().join(file)).unwrap();
    }
    let copy = SqliteStore::open(&copy.path().join("gateway.db")).await.unwrap();
    assert!(copy.job(id(1)).await.unwrap().is_some());

    let synchronous =
        async || -> i64 { sqlx::query_scalar("PRAGMA synchronous").fetch_one(store.writer.pool()).await.unwrap() };
    assert_eq!(synchronous().await, 2, "FULL: each commit is flushed");
    store.answer_before_flush().await.unwrap();
    assert_eq!(synchronous().await, 1, "NORMAL, where the operator wants it");
}

#[tokio::test]
async fn nobody_else_may_read_the_database() {
    let (store, folder) = on_disk().await;
    store.insert(new_job(1, "puppet"), at(0)).await.unwrap();
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let file = file.unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", file.file_name());
    }
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gateway.db");
    std::fs::write(&path, "a diary, not a database, and long enough to be taken for one".repeat(20)).unwrap();
    let error = SqliteStore::open(&path).await.unwrap_err();
    assert!(error.to_string().contains("file is not a database"), "{error}");
    assert!(SqliteStore::open(&folder.path().join("no/gateway.db")).await.is_err());
}
