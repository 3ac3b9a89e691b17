//! Which engines jobs wait for, told without a gateway.

use std::path::Path;

use sqlx::sqlite::SqlitePoolOptions;

use crate::store::error::StoreResult;
use crate::store::sqlite::{SqliteStore, failed, options};

impl SqliteStore {
    /// How many jobs are queued for each engine that has any, in the database at `path`, which is not changed; a gateway
    /// may have it open.
    ///
    /// # Errors
    /// It cannot be read.
    pub async fn waiting(path: &Path) -> StoreResult<Vec<(String, u64)>> {
        let reader = SqlitePoolOptions::new()
            .max_connections(1)
            .connect_with(options().filename(path).read_only(true))
            .await
            .map_err(failed("open the database"))?;
        let counted = sqlx::query_as("SELECT engine, count(*) FROM jobs WHERE state = 'queued' GROUP BY engine")
            .fetch_all(&reader)
            .await
            .map_err(failed("count the queue"));
        reader.close().await;
        counted
    }
}
