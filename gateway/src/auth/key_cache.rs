//! Finds the key of a secret, without reading the database for each request.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex as AsyncMutex;

use crate::domain::api_key::{Key, digest_of};
use crate::domain::id::KeyId;
use crate::store::api_keys::KeyStore;
use crate::store::error::StoreResult;

/// How old the keys may be that a request is checked against: clients that poll do not read the database each time.
const FRESH: SignedDuration = SignedDuration::from_secs(1);

/// How old they may be for a secret that is not among them: a key that was just made is found, and whoever tries
/// wrong ones does not read the database each time.
const FRESH_ENOUGH_TO_REFUSE: SignedDuration = SignedDuration::from_millis(50);

/// How often the use of a key is noted.
const NOTED: SignedDuration = SignedDuration::from_mins(1);

/// What is remembered of keys while the gateway runs. Every gateway may have its own: a revoked key opens nothing a second
/// later.
#[derive(Debug, Default)]
pub struct ApiKeyCache {
    keys: AsyncMutex<Option<Snapshot>>,
    uses: Mutex<HashMap<KeyId, Timestamp>>,
}

/// The keys that open something, by digest, as they were at a moment.
#[derive(Debug, Clone)]
struct Snapshot {
    read_at: Timestamp,
    keys: Arc<HashMap<String, Arc<Key>>>,
    /// Whether there ever was one, revoked or not.
    was_made: bool,
}

impl ApiKeyCache {
    /// Whether a key is needed, where the settings say this about it: see `auth.required`; known to the second.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn is_needed(&self, required: Option<bool>, store: &dyn KeyStore, now: Timestamp) -> StoreResult<bool> {
        if required == Some(true) {
            return Ok(true);
        }
        let snapshot = self.keys(store, now, FRESH).await?;
        Ok(if required.is_none() { snapshot.was_made } else { !snapshot.keys.is_empty() })
    }

    /// The key of a secret, unless it is revoked; known to the second.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn key(&self, store: &dyn KeyStore, secret: &str, now: Timestamp) -> StoreResult<Option<Arc<Key>>> {
        let digest = digest_of(secret);
        let key = self.keys(store, now, FRESH).await?.keys.get(&digest).cloned();
        if key.is_some() {
            return Ok(key);
        }
        Ok(self.keys(store, now, FRESH_ENOUGH_TO_REFUSE).await?.keys.get(&digest).cloned())
    }

    /// What a key is called; its id, where it has been revoked or the store cannot be read.
    pub async fn name(&self, store: &dyn KeyStore, id: KeyId, now: Timestamp) -> String {
        let known = self.keys(store, now, FRESH).await.ok();
        let name = known.and_then(|known| known.keys.values().find(|key| key.id == id).map(|key| key.name.clone()));
        name.unwrap_or_else(|| id.to_string())
    }

    /// Notes that a key was used, if that was not noted within the last minute.
    pub async fn note_use(&self, store: &dyn KeyStore, key: KeyId, now: Timestamp) {
        {
            let mut uses = self.uses.lock().unwrap_or_else(PoisonError::into_inner);
            let noted = uses.entry(key).or_insert(Timestamp::MIN);
            if now.duration_since(*noted).abs() < NOTED {
                return;
            }
            *noted = now;
        }
        if let Err(error) = store.note_key_use(key, now).await {
            tracing::warn!(%error, key.id = %key, "the use of a key could not be noted");
        }
    }

    /// The keys, not older than this. Whoever asks meanwhile waits, and is given the same.
    async fn keys(&self, store: &dyn KeyStore, now: Timestamp, age: SignedDuration) -> StoreResult<Snapshot> {
        let mut last = self.keys.lock().await;
        if let Some(snapshot) = last.as_ref().filter(|snapshot| now.duration_since(snapshot.read_at).abs() < age) {
            return Ok(snapshot.clone());
        }
        let keys = store.valid_keys().await?.into_iter().map(|key| (key.digest.clone(), Arc::new(key)));
        let keys = Arc::new(keys.collect::<HashMap<_, _>>());
        let was_made = !keys.is_empty() || store.was_key_made().await?;
        let snapshot = Snapshot { read_at: now, keys, was_made };
        *last = Some(snapshot.clone());
        Ok(snapshot)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sqlite::SqliteStore;
    use crate::testing::key;

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_millisecond(1_767_225_600_000 + milliseconds).unwrap()
    }

    #[tokio::test]
    async fn keys_count_and_stop_counting_within_a_second() {
        let (store, cache) = (SqliteStore::in_memory().await, ApiKeyCache::default());
        for (required, needed) in [(None, false), (Some(false), false), (Some(true), true)] {
            assert_eq!(cache.is_needed(required, &store, at(0)).await.unwrap(), needed, "{required:?}");
        }
        let key = Key { digest: digest_of("ag_x"), ..key(1, "k") };
        store.insert_key(&key).await.unwrap();
        assert_eq!(cache.key(&store, "ag_x", at(100)).await.unwrap().as_deref(), Some(&key), "found at once");
        assert_eq!(cache.key(&store, "ag_y", at(200)).await.unwrap(), None);

        store.revoke_key(key.id, at(300)).await.unwrap();
        assert!(cache.key(&store, "ag_x", at(900)).await.unwrap().is_some(), "not asked for again so soon");
        assert_eq!(cache.key(&store, "ag_x", at(1_200)).await.unwrap(), None);
        for (required, needed) in [(None, true), (Some(false), false), (Some(true), true)] {
            assert_eq!(cache.is_needed(required, &store, at(1_200)).await.unwrap(), needed, "{required:?}");
        }
    }

    #[tokio::test]
    async fn uses_are_noted_once_a_minute() {
        let (store, cache) = (SqliteStore::in_memory().await, ApiKeyCache::default());
        let key = key(1, "k");
        store.insert_key(&key).await.unwrap();
        for (moment, noted) in [(0, 0), (59_999, 0), (60_000, 60_000), (61_000, 60_000)] {
            cache.note_use(&store, key.id, at(moment)).await;
            assert_eq!(store.keys().await.unwrap()[0].last_used_at, Some(at(noted)), "{moment}");
        }
    }
}
