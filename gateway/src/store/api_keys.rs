//! What a store must do with API keys.

use async_trait::async_trait;
use jiff::Timestamp;

use crate::domain::api_key::Key;
use crate::domain::id::KeyId;
use crate::store::error::StoreResult;

/// API keys as rows. All times are the caller's.
#[async_trait]
pub trait KeyStore: Send + Sync {
    /// Writes a key; false, with nothing written, if one of that name is not revoked.
    async fn insert_key(&self, key: &Key) -> StoreResult<bool>;

    /// Reads all keys, the oldest first.
    async fn keys(&self) -> StoreResult<Vec<Key>>;

    /// Reads the keys that are not revoked, the oldest first.
    async fn valid_keys(&self) -> StoreResult<Vec<Key>>;

    /// Whether a key was ever made, revoked or not.
    async fn was_key_made(&self) -> StoreResult<bool>;

    /// Revokes a key; false if there is none, or it was revoked before.
    async fn revoke_key(&self, id: KeyId, now: Timestamp) -> StoreResult<bool>;

    /// Notes when a key was used.
    async fn note_key_use(&self, id: KeyId, now: Timestamp) -> StoreResult<()>;

    /// How many of the jobs submitted with a key are queued.
    async fn queued_jobs(&self, id: KeyId) -> StoreResult<u64>;
}
