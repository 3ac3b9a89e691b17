//! Finds the key of a secret, and counts what each key does: requests here, queued jobs in the store.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Mutex as AsyncMutex, MutexGuard};

use crate::auth::rate_limit::TokenBucket;
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

/// What is remembered of keys while the gateway runs.
#[derive(Debug, Default)]
pub struct ApiKeyCache {
    keys: AsyncMutex<Option<Snapshot>>,
    buckets: Mutex<HashMap<KeyId, TokenBucket>>,
    uses: Mutex<HashMap<KeyId, Timestamp>>,
    turn: AsyncMutex<()>,
}

/// The keys that open something, by digest, as they were at a moment.
#[derive(Debug, Clone)]
struct Snapshot {
    read_at: Timestamp,
    keys: Arc<HashMap<String, Arc<Key>>>,
}

impl ApiKeyCache {
    /// Whether there is a key that is not revoked; known to the second.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn has_keys(&self, store: &dyn KeyStore, now: Timestamp) -> StoreResult<bool> {
        Ok(!self.keys(store, now, FRESH).await?.is_empty())
    }

    /// The key of a secret, unless it is revoked; known to the second.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn key(&self, store: &dyn KeyStore, secret: &str, now: Timestamp) -> StoreResult<Option<Arc<Key>>> {
        let digest = digest_of(secret);
        let key = self.keys(store, now, FRESH).await?.get(&digest).cloned();
        if key.is_some() {
            return Ok(key);
        }
        Ok(self.keys(store, now, FRESH_ENOUGH_TO_REFUSE).await?.get(&digest).cloned())
    }

    /// Counts a request of a key that may send so many a minute, 0 for any number. Too many are told how long to wait.
    pub fn count(&self, key: KeyId, per_minute: u32, now: Timestamp) -> Result<(), Duration> {
        if per_minute == 0 {
            return Ok(());
        }
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        buckets.entry(key).or_insert_with(|| TokenBucket::new(per_minute, now)).take(per_minute, now)
    }

    /// Notes that a key was used, if that was not noted within the last minute.
    pub async fn note_use(&self, store: &dyn KeyStore, key: KeyId, now: Timestamp) {
        {
            let mut uses = self.uses.lock().unwrap_or_else(PoisonError::into_inner);
            let noted = uses.entry(key).or_insert(Timestamp::MIN);
            if now.duration_since(*noted) < NOTED {
                return;
            }
            *noted = now;
        }
        if let Err(error) = store.note_key_use(key, now).await {
            tracing::warn!(%error, key.id = %key, "the use of a key could not be noted");
        }
    }

    /// A turn to count queued jobs and add one: who holds it is alone with that, so that no quota is overrun.
    pub async fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().await
    }

    /// The keys, not older than this. Whoever asks meanwhile waits, and is given the same.
    async fn keys(
        &self,
        store: &dyn KeyStore,
        now: Timestamp,
        age: SignedDuration,
    ) -> StoreResult<Arc<HashMap<String, Arc<Key>>>> {
        let mut last = self.keys.lock().await;
        if let Some(snapshot) = last.as_ref().filter(|snapshot| now.duration_since(snapshot.read_at).abs() < age) {
            return Ok(Arc::clone(&snapshot.keys));
        }
        let keys = store.valid_keys().await?.into_iter().map(|key| (key.digest.clone(), Arc::new(key)));
        let keys = Arc::new(keys.collect::<HashMap<_, _>>());
        *last = Some(Snapshot { read_at: now, keys: Arc::clone(&keys) });
        Ok(keys)
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
        let (store, gate) = (SqliteStore::in_memory().await, ApiKeyCache::default());
        assert!(!gate.has_keys(&store, at(0)).await.unwrap());
        let key = Key { digest: digest_of("ag_x"), ..key(1, "k") };
        store.insert_key(&key).await.unwrap();
        assert_eq!(gate.key(&store, "ag_x", at(100)).await.unwrap().as_deref(), Some(&key), "found at once");
        assert_eq!(gate.key(&store, "ag_y", at(200)).await.unwrap(), None);

        store.revoke_key(key.id, at(300)).await.unwrap();
        assert!(gate.key(&store, "ag_x", at(900)).await.unwrap().is_some(), "not asked for again so soon");
        assert_eq!(gate.key(&store, "ag_x", at(1_200)).await.unwrap(), None);
        assert!(!gate.has_keys(&store, at(1_200)).await.unwrap());
    }

    #[tokio::test]
    async fn uses_are_noted_once_a_minute() {
        let (store, gate) = (SqliteStore::in_memory().await, ApiKeyCache::default());
        let key = key(1, "k");
        store.insert_key(&key).await.unwrap();
        for (moment, noted) in [(0, 0), (59_999, 0), (60_000, 60_000), (61_000, 60_000)] {
            gate.note_use(&store, key.id, at(moment)).await;
            assert_eq!(store.keys().await.unwrap()[0].last_used_at, Some(at(noted)), "{moment}");
        }
    }

    #[test]
    fn each_key_has_its_own_share() {
        let (gate, [one, two]) = (ApiKeyCache::default(), [key(1, "a").id, key(2, "b").id]);
        assert!(gate.count(one, 1, at(0)).is_ok());
        assert_eq!(gate.count(one, 1, at(0)), Err(Duration::from_secs(60)));
        assert!(gate.count(two, 1, at(0)).is_ok());
        assert!((0..1000).all(|_| gate.count(one, 0, at(0)).is_ok()), "0 is no limit");
    }
}
