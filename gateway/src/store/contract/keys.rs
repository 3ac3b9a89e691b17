//! What every store must do with API keys.

use std::sync::Arc;

use crate::domain::api_key::{Key, Scope};
use crate::store::api_keys::KeyStore;
use crate::store::contract::samples::{at, claim, id, new_job};
use crate::store::jobs::{JobStore, NewJob};
use crate::testing::key;

pub(in crate::store) async fn keys_are_read_as_they_were_written(keys: Arc<dyn KeyStore>) {
    assert_eq!(keys.keys().await.unwrap(), []);
    let (plain, full) = (
        key(1, "plain"),
        Key {
            scopes: [Scope::Submit, Scope::Read, Scope::Admin].into(),
            requests_per_minute: Some(0),
            queued_jobs: Some(u32::MAX),
            last_used_at: Some(at(3)),
            revoked_at: Some(at(4)),
            ..key(2, "ä full one")
        },
    );
    assert!(keys.insert_key(&full).await.unwrap());
    assert!(keys.insert_key(&plain).await.unwrap());
    assert_eq!(keys.keys().await.unwrap(), [plain.clone(), full], "oldest first");
    assert_eq!(keys.valid_keys().await.unwrap(), [plain]);
}

pub(in crate::store) async fn a_name_is_given_again_once_its_key_is_revoked(keys: Arc<dyn KeyStore>) {
    assert!(!keys.was_key_made().await.unwrap());
    assert!(keys.insert_key(&key(1, "studio")).await.unwrap());
    assert!(!keys.insert_key(&key(2, "studio")).await.unwrap());
    assert_eq!(keys.keys().await.unwrap().len(), 1);
    assert!(keys.revoke_key(key(1, "").id, at(5)).await.unwrap());
    assert!(!keys.revoke_key(key(1, "").id, at(6)).await.unwrap(), "it stays revoked since then");
    assert!(!keys.revoke_key(key(9, "").id, at(6)).await.unwrap());
    assert!(keys.was_key_made().await.unwrap(), "and stays a fact");
    assert!(keys.insert_key(&key(2, "studio")).await.unwrap());
    assert_eq!(keys.valid_keys().await.unwrap(), [key(2, "studio")]);
    assert_eq!(keys.keys().await.unwrap()[0].revoked_at, Some(at(5)));
}

pub(in crate::store) async fn a_secret_opens_one_key(keys: Arc<dyn KeyStore>) {
    keys.insert_key(&key(1, "a")).await.unwrap();
    keys.insert_key(&Key { digest: key(1, "a").digest, ..key(2, "b") }).await.unwrap_err();
}

pub(in crate::store) async fn the_use_of_a_key_is_noted(keys: Arc<dyn KeyStore>) {
    keys.insert_key(&key(1, "a")).await.unwrap();
    keys.insert_key(&key(2, "b")).await.unwrap();
    keys.note_key_use(key(1, "a").id, at(7)).await.unwrap();
    let uses: Vec<_> = keys.keys().await.unwrap().into_iter().map(|key| key.last_used_at).collect();
    assert_eq!(uses, [Some(at(7)), None]);
}

pub(in crate::store) async fn the_queued_jobs_of_a_key_are_counted<Store>(store: Arc<Store>)
where
    Store: JobStore + KeyStore + 'static,
{
    let jobs: Arc<dyn JobStore> = store.clone();
    let [ours, theirs] = [key(1, "a").id, key(2, "b").id];
    for (n, owner) in [(1, Some(ours)), (2, Some(ours)), (3, Some(theirs)), (4, None), (5, Some(ours))] {
        jobs.insert(NewJob { key_id: owner, ..new_job(n, "puppet") }, at(0)).await.unwrap();
    }
    assert_eq!(store.queued_jobs(ours).await.unwrap(), 3);
    claim(&jobs, "puppet", 1).await;
    jobs.request_cancel(id(2), at(2)).await.unwrap();
    assert_eq!(store.queued_jobs(ours).await.unwrap(), 1, "one runs, one is canceled");
    assert_eq!(store.queued_jobs(theirs).await.unwrap(), 1);
    assert_eq!(store.queued_jobs(key(9, "").id).await.unwrap(), 0);
}
