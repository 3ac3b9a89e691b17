//! Jobs and uploads in one SQLite file: the store of a gateway on a single machine.

mod api_keys;
pub mod backup;
mod batches;
mod deadlines;
mod fault;
mod finish;
mod idempotency;
mod insert;
mod jobs;
mod listing;
mod places;
mod recent;
mod reserve;
mod rows;
#[cfg(test)]
mod tests;
pub mod unclean_end;
mod uploads;
mod waiting;
mod webhooks;
mod writer;

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sqlx::SqlitePool;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use crate::store::error::StoreResult;
use crate::store::sqlite::fault::failed;
use crate::store::sqlite::recent::Recent;
use crate::store::sqlite::reserve::Reserve;
use crate::store::sqlite::writer::Writer;

/// How long somebody else's lock is waited for: what another program writes takes milliseconds, and one that keeps the
/// lock for longer is to be told of.
const LOCK_PATIENCE: Duration = Duration::from_millis(800);
/// How long the turn to write or to read is waited for: under load, hundreds of requests wait for a moment.
const TURN_PATIENCE: Duration = Duration::from_secs(5);

static MIGRATIONS: Migrator = sqlx::migrate!("../migrations/sqlite");

/// A SQLite database in WAL mode. Clones share it.
#[derive(Debug, Clone)]
pub struct SqliteStore {
    writer: Writer,
    /// Readers neither wait for the writer nor hold it up.
    reader: SqlitePool,
    /// What was read since the last change.
    recent: Arc<Recent>,
}

impl SqliteStore {
    /// Opens the database, makes it if it is missing, and brings its tables up to date. Not for one that this process has
    /// open.
    ///
    /// # Errors
    /// If the folder does not exist, the file cannot be read and written, its log is damaged, or a newer gateway has made
    /// the tables.
    pub async fn open(path: &Path) -> StoreResult<Self> {
        unclean_end::refuse_damaged(path)?;
        Self::open_as_it_is(path).await
    }

    /// The same, with what is whole of a damaged log; what is not is lost with that.
    ///
    /// # Errors
    /// As of [`SqliteStore::open`].
    pub async fn open_as_it_is(path: &Path) -> StoreResult<Self> {
        // SQLite gives its side files the mode of this one: nobody else may read any.
        OpenOptions::new().append(true).create(true).mode(0o600).open(path).map_err(failed("open the database"))?;
        let reserve = Arc::new(Reserve::of(path));
        let opened = match Self::open_files(path, Arc::clone(&reserve)).await {
            // What lies beside the database while it is open needs space as well.
            Err(error) if reserve.give_up() => {
                tracing::warn!(%error, "the database is opened once more, without its reserve");
                Self::open_files(path, Arc::clone(&reserve)).await
            }
            opened => opened,
        }?;
        opened.writer.begin_log_anew().await;
        let kept = reserve.make().and_then(|()| reserve.keep_log(&log_of(path)));
        if let Err(error) = kept {
            tracing::warn!(%error, "the database has no reserve for a full disk, until there is room for one");
            reserve.make_later();
        }
        Ok(opened)
    }

    /// From now on answers changes before they are on the disk: with the power, the last ones may be lost.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn answer_before_flush(&self) -> StoreResult<()> {
        sqlx::query("PRAGMA synchronous = NORMAL")
            .execute(self.writer.pool())
            .await
            .map_err(failed("set when changes are on the disk"))?;
        Ok(())
    }

    async fn open_files(path: &Path, reserve: Arc<Reserve>) -> StoreResult<Self> {
        // A commit is on the disk before it is answered: WAL alone may lose the last ones when the power goes.
        let options =
            options().filename(path).journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Full);
        let writer = Writer::new(lasting_connection(options).await?, Some(reserve));
        let reader = SqlitePoolOptions::new()
            .max_connections(2)
            .acquire_timeout(TURN_PATIENCE)
            .connect_lazy_with(self::options().filename(path).read_only(true));
        Self { writer, reader, recent: Arc::default() }.migrated().await
    }

    /// Looks at a database that this process does not have open, without changing it; returns how many changes of its tables
    /// are still to be made.
    ///
    /// # Errors
    /// It cannot be read, is damaged, or a newer gateway has made its tables.
    pub async fn inspect(path: &Path) -> StoreResult<usize> {
        unclean_end::refuse_damaged(path)?;
        let reader = SqlitePoolOptions::new()
            .max_connections(1)
            .connect_with(options().filename(path).read_only(true))
            .await
            .map_err(failed("open the database"))?;
        quick_check(&reader).await?;
        let applied: Vec<i64> = sqlx::query_scalar("SELECT version FROM _sqlx_migrations")
            .fetch_all(&reader)
            .await
            .map_err(failed("read which tables the database has"))?;
        reader.close().await;
        let known: Vec<i64> = MIGRATIONS.iter().map(|migration| migration.version).collect();
        if applied.iter().any(|version| !known.contains(version)) {
            return Err(failed("read the database's tables")("a newer gateway has made them"));
        }
        Ok(known.len() - applied.len())
    }

    /// Moves all that is whole of a damaged log into the database, and looks whether that holds together. The log is empty
    /// then: no later start finds the damage once more.
    ///
    /// # Errors
    /// It does not, or cannot be read or written.
    pub async fn settle(&self) -> StoreResult<()> {
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
            .execute(self.writer.pool())
            .await
            .map_err(failed("move the log into the database"))?;
        quick_check(self.writer.pool()).await
    }

    /// A database that is gone with its last clone.
    #[cfg(test)]
    pub(crate) async fn in_memory() -> Self {
        let only = lasting_connection(options().in_memory(true)).await.expect("memory is there");
        Self { writer: Writer::new(only.clone(), None), reader: only, recent: Arc::default() }
            .migrated()
            .await
            .expect("the tables fit an empty database")
    }

    /// Has every change of a job's row fail from now on, or succeed again.
    #[cfg(test)]
    pub(crate) async fn refuse_changes(&self, refused: bool) {
        let statement = match refused {
            true => "CREATE TRIGGER refusal BEFORE UPDATE ON jobs BEGIN SELECT RAISE(FAIL, 'no change'); END",
            false => "DROP TRIGGER refusal",
        };
        sqlx::raw_sql(statement).execute(self.writer.pool()).await.expect("triggers come and go");
    }

    /// Closes the database once the running statements have ended. From then on its one file holds everything, which
    /// nothing is left beside, unless another command has it open just then.
    pub async fn close(&self) {
        self.reader.close().await;
        // The last one to close does this by itself, but this may not be the last one.
        let moved = sqlx::query_scalar("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(self.writer.pool()).await;
        self.writer.pool().close().await;
        match moved {
            Ok(false) => {}
            Ok(true) => tracing::warn!("somebody else reads the database: gateway.db-wal stays, and belongs to it"),
            Err(error) => tracing::warn!(%error, "gateway.db-wal stays beside gateway.db, and belongs to it"),
        }
    }

    async fn migrated(self) -> StoreResult<Self> {
        MIGRATIONS.run(self.writer.pool()).await.map_err(failed("bring the database's tables up to date"))?;
        Ok(self)
    }
}

async fn quick_check(pool: &SqlitePool) -> StoreResult<()> {
    let verdict: String =
        sqlx::query_scalar("PRAGMA quick_check(1)").fetch_one(pool).await.map_err(failed("check the database"))?;
    if verdict == "ok" { Ok(()) } else { Err(failed("check the database")(verdict)) }
}

/// What holds for every connection. A cache of 1 MiB holds the rows that a gateway touches while it rests.
fn options() -> SqliteConnectOptions {
    SqliteConnectOptions::new().pragma("cache_size", "-1024").pragma("temp_store", "memory").busy_timeout(LOCK_PATIENCE)
}

/// A pool of one connection that is never given up: a database in memory lives no longer than it.
async fn lasting_connection(options: SqliteConnectOptions) -> StoreResult<SqlitePool> {
    SqlitePoolOptions::new()
        .max_connections(1)
        .min_connections(1)
        .acquire_timeout(TURN_PATIENCE)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(options)
        .await
        .map_err(failed("open the database"))
}

/// The log of changes that lies beside a database.
fn log_of(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push("-wal");
    name.into()
}
