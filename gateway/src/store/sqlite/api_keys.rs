//! API keys in SQLite.

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::types::{Json, Text};

use crate::domain::api_key::Key;
use crate::domain::id::KeyId;
use crate::store::api_keys::KeyStore;
use crate::store::error::StoreResult;
use crate::store::sqlite::SqliteStore;
use crate::store::sqlite::fault::failed;
use crate::store::sqlite::rows::micros;
use crate::store::sqlite::writer::Change::{Adds, Ends};

#[async_trait]
impl KeyStore for SqliteStore {
    async fn insert_key(&self, key: &Key) -> StoreResult<bool> {
        let insertion = || {
            sqlx::query(
                "INSERT INTO keys (id, name, digest, scopes, requests_per_minute, queued_jobs,
                               created_at, last_used_at, revoked_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
             ON CONFLICT (name) WHERE revoked_at IS NULL DO NOTHING",
            )
            .bind(Text(key.id))
            .bind(&key.name)
            .bind(&key.digest)
            .bind(Json(&key.scopes))
            .bind(key.requests_per_minute)
            .bind(key.queued_jobs)
            .bind(micros(key.created_at))
            .bind(key.last_used_at.map(micros))
            .bind(key.revoked_at.map(micros))
        };
        self.writer.execute(Adds, insertion).await.map(|done| done.rows_affected() > 0).map_err(failed("write a key"))
    }

    async fn keys(&self) -> StoreResult<Vec<Key>> {
        let keys = sqlx::query_as("SELECT * FROM keys ORDER BY id");
        keys.fetch_all(&self.reader).await.map_err(failed("list keys"))
    }

    async fn valid_keys(&self) -> StoreResult<Vec<Key>> {
        let keys = sqlx::query_as("SELECT * FROM keys WHERE revoked_at IS NULL ORDER BY id");
        keys.fetch_all(&self.reader).await.map_err(failed("list keys"))
    }

    async fn was_key_made(&self) -> StoreResult<bool> {
        let made = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM keys)");
        made.fetch_one(&self.reader).await.map_err(failed("look for keys"))
    }

    async fn revoke_key(&self, id: KeyId, now: Timestamp) -> StoreResult<bool> {
        let revocation = || {
            sqlx::query("UPDATE keys SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL")
                .bind(Text(id))
                .bind(micros(now))
        };
        self.writer.execute(Ends, revocation).await.map(|done| done.rows_affected() > 0).map_err(failed("revoke a key"))
    }

    async fn note_key_use(&self, id: KeyId, now: Timestamp) -> StoreResult<()> {
        let note = || sqlx::query("UPDATE keys SET last_used_at = ?2 WHERE id = ?1").bind(Text(id)).bind(micros(now));
        self.writer.execute(Adds, note).await.map(drop).map_err(failed("note the use of a key"))
    }

    async fn queued_jobs(&self, id: KeyId) -> StoreResult<u64> {
        sqlx::query_scalar("SELECT count(*) FROM jobs WHERE key_id = ?1 AND state = 'queued'")
            .bind(Text(id))
            .fetch_one(&self.reader)
            .await
            .map_err(failed("count the queued jobs of a key"))
    }
}
