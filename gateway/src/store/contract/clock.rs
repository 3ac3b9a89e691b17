//! What waits for a moment goes on waiting as long as it was to, however the clock is set.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::job::{Job, State};
use crate::domain::webhook_event::{DeliveryAttempt, Next};
use crate::store::contract::samples::{at, claim, error, id, new_job, read, succeeded};
use crate::store::jobs::{Idempotency, IdempotencyKey, JobStore, NewJob, Outcome};
use crate::store::webhooks::{PassedOver, WebhookStore};
use crate::testing::time::seconds;

const DAY: i64 = 24 * 3600;

/// A store at the second 100, with a job of each kind: 1 waits to be tried again until 130, 2 has a deadline at 150, 3 runs
/// until 110 at most, 4 has ended, is announced again at 160 and kept until 170, and a request was answered with 5.
async fn filled<Store>(store: &Arc<Store>)
where
    Store: JobStore + WebhookStore + 'static,
{
    let jobs: Arc<dyn JobStore> = store.clone();
    let hook = Some("https://example.org/".to_owned());
    let keep = Some(seconds(70));
    jobs.insert(NewJob { webhook_url: hook, keep, ..new_job(4, "ended") }, at(90)).await.unwrap();
    let lease = claim(&jobs, "ended", 90).await;
    jobs.finish(&lease, succeeded(1), at(100)).await.unwrap();
    let attempt = DeliveryAttempt { number: 1, at: at(100), status: None, error: None, milliseconds: 1 };
    let announced = store.announcements(id(4)).await.unwrap();
    store.record_delivery(&announced[0], &attempt, Next::Again(at(160))).await.unwrap();
    jobs.insert(new_job(1, "failed"), at(100)).await.unwrap();
    let lease = claim(&jobs, "failed", 100).await;
    jobs.finish(&lease, Outcome::Retry { error: error(), not_before: at(130) }, at(100)).await.unwrap();
    jobs.insert(NewJob { expires_at: Some(at(150)), ..new_job(2, "late") }, at(100)).await.unwrap();
    jobs.insert(new_job(3, "running"), at(80)).await.unwrap();
    claim(&jobs, "running", 100).await;
    jobs.insert_once(new_job(5, "once"), &key(), at(100)).await.unwrap();
}

fn key() -> IdempotencyKey {
    IdempotencyKey { key: "a".into(), request: "x".into() }
}

pub(in crate::store) async fn deadlines_move_with_the_clock<Store>(store: Arc<Store>)
where
    Store: JobStore + WebhookStore + 'static,
{
    filled(&store).await;
    let running = read(&(store.clone() as _), 3).await;
    // Each second below is told by the clock as it was; the store knows it by the one that was set.
    let mut set = 0;
    for step in [-1800, 1800, 365 * DAY, -365 * DAY - 7] {
        let (before, after) = (at(100 + set), at(100 + set + step));
        store.shift_deadlines(seconds(step), before.min(after)).await.unwrap();
        set += step;
        let now = |second| at(second + set);
        assert!(store.next("failed", now(129)).await.unwrap().is_none(), "after {step}");
        assert_eq!(store.next("failed", now(130)).await.unwrap().unwrap().id, id(1));
        assert!(store.next("once", now(100)).await.unwrap().is_some(), "it waits for nothing");
        let late = store.job(id(2)).await.unwrap().unwrap();
        assert_eq!((late.expires_at, late.created_at), (Some(now(150)), at(100)));
        assert!(store.sweep(now(109), &[]).await.unwrap().is_empty());
        let job = store.job(id(3)).await.unwrap().unwrap();
        assert_eq!((job.started_at, job.state), (Some(now(100)), State::Running));
        assert_eq!(store.attempts(id(3)).await.unwrap()[0].started_at, now(100));
        assert!(job.revision > running.revision);
        let due = async |second| store.due(now(second), 9, &PassedOver::default()).await.unwrap().len();
        assert_eq!((due(159).await, due(160).await), (0, 1));
        let kept = async |second| store.kept_enough(now(second), 9).await.unwrap().len();
        assert_eq!((kept(170).await, kept(171).await), (0, 1));
        let remembered = store.once(&key(), now(99 + DAY)).await.unwrap();
        assert!(matches!(remembered, Some(Idempotency::Replayed(job)) if job.id == id(5)));
        assert_eq!(store.once(&key(), now(100 + DAY)).await.unwrap(), None);
    }
    assert_eq!(store.sweep(at(110 + set), &[]).await.unwrap(), [id(3)]);
    let ended = store.job(id(4)).await.unwrap().unwrap();
    assert_eq!((ended.created_at, ended.finished_at), (at(90), Some(at(100))), "what has been is not touched");
}

pub(in crate::store) async fn no_wait_of_an_earlier_run_is_longer_than_waits_are<Store>(store: Arc<Store>)
where
    Store: JobStore + WebhookStore + 'static,
{
    filled(&store).await;
    let before: Vec<Job> = futures::future::join_all((1..=5).map(|n| read_of(&store, n))).await;
    store.bound_waits(Duration::from_secs(30), at(100)).await.unwrap();
    let after: Vec<Job> = futures::future::join_all((1..=5).map(|n| read_of(&store, n))).await;
    assert_eq!(before, after, "nothing was too long");
    // The clock was an hour ahead, or more, when the earlier run wrote this.
    let now = |second: i64| at(second - 3600);
    store.bound_waits(Duration::from_secs(20), now(100)).await.unwrap();
    assert!(store.next("failed", now(119)).await.unwrap().is_none());
    assert_eq!(store.next("failed", now(120)).await.unwrap().unwrap().id, id(1));
    assert!(store.next("once", now(100)).await.unwrap().is_some());
    assert_eq!(read_of(&store, 2).await.expires_at, Some(now(150)));
    assert_eq!(store.once(&key(), now(100 + DAY)).await.unwrap(), None);
    assert_eq!(store.kept_enough(now(171), 9).await.unwrap(), [id(4)]);
    let far = at(-100 * 365 * DAY);
    store.bound_waits(Duration::MAX, far).await.unwrap();
    assert_eq!(store.due(far + seconds(12 * 3600), 9, &PassedOver::default()).await.unwrap().len(), 1);
}

async fn read_of<Store: JobStore>(store: &Arc<Store>, n: u128) -> Job {
    store.job(id(n)).await.unwrap().unwrap()
}
