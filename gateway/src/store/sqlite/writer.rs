//! The one connection that writes: who waits for it, what a lock of somebody else's means, and what is done about a full
//! disk.

use std::future::Future;
use std::io;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use sqlx::pool::PoolConnection;
use sqlx::query::{Query, QueryAs};
use sqlx::sqlite::{SqliteArguments, SqliteQueryResult, SqliteRow};
use sqlx::{FromRow, Sqlite, SqliteConnection, SqlitePool};
use tokio::sync::Notify;

use crate::store::sqlite::fault::{is_full, is_locked};
use crate::store::sqlite::reserve::Reserve;

/// What a change does to a disk that is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// It takes something on: without space it fails.
    Adds,
    /// It ends something or lets it go: the reserve is given up for it.
    Ends,
}

/// A pool of one connection. SQLite writes one transaction at a time, and waiting here is fairer than in its lock.
#[derive(Debug, Clone)]
pub(super) struct Writer {
    pool: SqlitePool,
    /// Tells those who wait that somebody else has the database locked: they need not find out one after the other.
    locked: Arc<Notify>,
    /// Whether a transaction was begun and neither committed nor taken back: its connection is that of the pool.
    open: Arc<AtomicBool>,
    /// How many changes were made, or tried.
    changes: Arc<AtomicU64>,
    reserve: Option<Arc<Reserve>>,
}

impl Writer {
    /// The reserve is what is given up when the disk is full; a database in memory has none.
    pub(super) fn new(pool: SqlitePool, reserve: Option<Arc<Reserve>>) -> Self {
        Self { pool, locked: Arc::default(), open: Arc::default(), changes: Arc::default(), reserve }
    }

    /// The connection's pool, for what is no change of a running gateway.
    pub(super) fn pool(&self) -> &SqlitePool {
        &self.pool
    }

    /// A number that is another one after each change, by the time that whoever made it hears of it.
    pub(super) fn changes(&self) -> u64 {
        self.changes.load(Ordering::Acquire)
    }

    /// Runs a statement.
    pub(super) async fn execute<'q>(
        &self,
        change: Change,
        statement: impl Fn() -> Query<'q, Sqlite, SqliteArguments> + Sync,
    ) -> sqlx::Result<SqliteQueryResult> {
        let run = || async { statement().execute(&mut *self.connection().await?).await };
        self.insist(change, run).await
    }

    /// Runs a statement to its end: `RETURNING` gives its rows before the commit, and a commit can still fail.
    pub(super) async fn rows<'q, R>(
        &self,
        change: Change,
        statement: impl Fn() -> QueryAs<'q, Sqlite, R, SqliteArguments> + Sync,
    ) -> sqlx::Result<Vec<R>>
    where
        R: for<'r> FromRow<'r, SqliteRow> + Send + Unpin,
    {
        let run = || async { statement().fetch_all(&mut *self.connection().await?).await };
        self.insist(change, run).await
    }

    /// Runs several statements, of which all are written, if `work` commits them, or none. They have the lock from the
    /// start, so that what is read holds until the commit.
    pub(super) async fn transaction<T, F>(
        &self,
        change: Change,
        work: impl Fn(OpenTransaction) -> F + Sync,
    ) -> sqlx::Result<T>
    where
        F: Future<Output = sqlx::Result<T>> + Send,
    {
        let run = || async {
            let mut connection = self.connection().await?;
            self.open.store(true, Ordering::Relaxed);
            sqlx::query("BEGIN IMMEDIATE").execute(&mut *connection).await?;
            let done = work(OpenTransaction { connection, open: Arc::clone(&self.open) }).await;
            if self.open.load(Ordering::Relaxed) {
                drop(self.connection().await);
            }
            done
        };
        self.insist(change, run).await
    }

    /// Waits for the connection, but no longer than until it is known that nobody can write.
    async fn connection(&self) -> sqlx::Result<PoolConnection<Sqlite>> {
        let locked = self.locked.notified();
        let mut connection = tokio::select! {
            biased;
            connection = self.pool.acquire() => connection?,
            () = locked => return Err(io::Error::new(io::ErrorKind::ResourceBusy, "somebody else has it locked").into()),
        };
        if self.open.load(Ordering::Relaxed) {
            // It fails where SQLite has ended the transaction by itself, as it does for want of space. sqlx's own
            // transactions take that for one which is still open, and everything after it for a part of it.
            let _ = sqlx::query("ROLLBACK").execute(&mut *connection).await;
            self.open.store(false, Ordering::Relaxed);
        }
        Ok(connection)
    }

    /// Does a change. Where there is no space for it, room is made: first in the log of changes, which begins anew where
    /// it lies once the database has them, then with the reserve.
    async fn insist<T, F>(&self, change: Change, run: impl Fn() -> F) -> sqlx::Result<T>
    where
        F: Future<Output = sqlx::Result<T>>,
    {
        let mut done = run().await;
        if done.as_ref().is_err_and(is_full) {
            self.begin_log_anew().await;
            done = run().await;
        }
        if let Some(reserve) = &self.reserve
            && change == Change::Ends
            && done.as_ref().is_err_and(is_full)
            && reserve.give_up()
        {
            self.begin_log_anew().await;
            done = run().await;
        }
        if done.as_ref().is_err_and(is_locked) {
            self.locked.notify_waiters();
        }
        self.changes.fetch_add(1, Ordering::Release);
        done
    }

    /// Brings all changes from the log into the database. Where that fails, the change itself tells what is wrong.
    pub(super) async fn begin_log_anew(&self) {
        if let Ok(mut connection) = self.connection().await {
            let _ = sqlx::query("PRAGMA wal_checkpoint(RESTART)").execute(&mut *connection).await;
        }
    }
}

/// A transaction under way. Dropped before it is committed, it is taken back before anything else is written.
pub(super) struct OpenTransaction {
    connection: PoolConnection<Sqlite>,
    open: Arc<AtomicBool>,
}

impl OpenTransaction {
    /// Writes all of it. Where that fails, none of it is written.
    pub(super) async fn commit(mut self) -> sqlx::Result<()> {
        sqlx::query("COMMIT").execute(&mut *self.connection).await?;
        self.open.store(false, Ordering::Relaxed);
        Ok(())
    }
}

impl Deref for OpenTransaction {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.connection
    }
}

impl DerefMut for OpenTransaction {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }
}
