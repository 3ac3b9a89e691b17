//! What is announced of jobs before their end, where their clients want to be told.

use std::sync::Arc;

use crate::domain::id::JobId;
use crate::domain::webhook_event::{DeliveryState, EventKind, Next, WebhookEvent};
use crate::store::contract::samples::{at, claim, error, id, new_job, succeeded};
use crate::store::contract::webhooks::{answered, refused};
use crate::store::jobs::{JobStore, NewJob, Outcome};
use crate::store::webhooks::{PassedOver, WebhookStore};
use EventKind::{Failed, Progress, Started, Succeeded};

fn telling(n: u128, kinds: &[EventKind]) -> NewJob {
    NewJob {
        webhook_url: Some("https://example.org/".into()),
        webhook_events: kinds.iter().copied().collect(),
        ..new_job(n, "puppet")
    }
}

/// What is due, with its serial.
async fn due(store: &dyn WebhookStore, second: i64) -> Vec<(JobId, EventKind, u32)> {
    let due = store.due(at(second), 10, &PassedOver::default()).await.unwrap();
    due.into_iter().map(|event| (event.job, event.kind, event.serial)).collect()
}

/// The announcement of this kind.
async fn announced(store: &dyn WebhookStore, n: u128, kind: EventKind) -> WebhookEvent {
    let all = store.announcements(id(n)).await.unwrap();
    all.into_iter().find(|event| event.kind == kind).expect("it was announced")
}

pub(in crate::store) async fn only_what_is_asked_for_is_announced<Store>(store: Arc<Store>)
where
    Store: JobStore + WebhookStore + 'static,
{
    let jobs: Arc<dyn JobStore> = store.clone();
    for (n, kinds) in [(1, &[Started, Succeeded][..]), (2, &[Failed]), (3, &[Started, Failed]), (4, &[Progress])] {
        jobs.insert(telling(n, kinds), at(0)).await.unwrap();
    }
    assert_eq!(due(&*store, 9).await, []);
    let first = claim(&jobs, "puppet", 1).await;
    assert_eq!(due(&*store, 9).await, [(id(1), Started, 1)]);
    jobs.finish(&first, Outcome::Retry { error: error(), not_before: at(1) }, at(2)).await.unwrap();
    let first = claim(&jobs, "puppet", 3).await;
    assert_eq!(due(&*store, 9).await, [(id(1), Started, 1)], "it is begun once");
    jobs.finish(&first, succeeded(2), at(4)).await.unwrap();
    for (second, outcome) in [(5, succeeded(1)), (6, Outcome::Failed(error())), (7, succeeded(1))] {
        let lease = claim(&jobs, "puppet", second).await;
        jobs.finish(&lease, outcome, at(second)).await.unwrap();
    }
    let expected = [(id(1), Started, 1), (id(1), Succeeded, 1), (id(3), Started, 1), (id(3), Failed, 1)];
    assert_eq!(due(&*store, 9).await, expected, "2 has not failed, 4 has got no further");
    store.announce_progress(id(4), at(8)).await.unwrap();
    assert_eq!(due(&*store, 9).await, expected, "4 has ended");
    assert_eq!(store.announcements(id(1)).await.unwrap().len(), 2);
}

pub(in crate::store) async fn later_progress_takes_the_place_of_earlier<Store>(store: Arc<Store>)
where
    Store: JobStore + WebhookStore + 'static,
{
    let jobs: Arc<dyn JobStore> = store.clone();
    jobs.insert(telling(1, &[Progress]), at(0)).await.unwrap();
    claim(&jobs, "puppet", 1).await;
    for second in [2, 3] {
        store.announce_progress(id(1), at(second)).await.unwrap();
    }
    assert_eq!(due(&*store, 3).await, [(id(1), Progress, 2)], "none has been sent, so the latest is due");
    let second = announced(&*store, 1, Progress).await;
    store.announce_progress(id(1), at(4)).await.unwrap();
    store.record_delivery(&second, &answered(1, 4, 200), Next::Delivered).await.unwrap();
    assert_eq!(due(&*store, 8).await, [], "the third was announced meanwhile, and comes five seconds later");
    assert_eq!(due(&*store, 9).await, [(id(1), Progress, 3)]);
    let third = announced(&*store, 1, Progress).await;
    assert_eq!((third.attempts, third.state), (1, DeliveryState::Pending));
    store.record_delivery(&third, &refused(2, 9), Next::GiveUp).await.unwrap();
    assert_eq!(due(&*store, 1000).await, [], "it is not tried again");
    assert_eq!(store.deliveries(id(1), Progress).await.unwrap(), [refused(2, 9)]);
    store.announce_progress(id(1), at(10)).await.unwrap();
    assert_eq!((due(&*store, 13).await, due(&*store, 14).await), (vec![], vec![(id(1), Progress, 4)]));
    store.announce_progress(id(1), at(-3600)).await.unwrap();
    let fifth = announced(&*store, 1, Progress).await;
    assert_eq!(fifth.next_attempt_at, Some(at(-3595)), "a clock that was set back delays nothing");
    store.record_delivery(&fifth, &answered(3, 20, 410), Next::GiveUp).await.unwrap();
    store.announce_progress(id(1), at(30)).await.unwrap();
    assert_eq!(due(&*store, 1000).await, [], "the receiver wants no more of these");
}

pub(in crate::store) async fn an_end_is_told_last<Store>(store: Arc<Store>)
where
    Store: JobStore + WebhookStore + 'static,
{
    let jobs: Arc<dyn JobStore> = store.clone();
    let all = EventKind::ALL;
    for n in 1..=3 {
        jobs.insert(telling(n, &all), at(0)).await.unwrap();
    }
    let leases = [claim(&jobs, "puppet", 1).await, claim(&jobs, "puppet", 2).await, claim(&jobs, "puppet", 3).await];
    let again = Next::Again(at(60));
    store.record_delivery(&announced(&*store, 2, Started).await, &refused(1, 3), again).await.unwrap();
    for n in 1..=3 {
        store.announce_progress(id(n), at(4)).await.unwrap();
    }
    let [beginning, progress] = [announced(&*store, 3, Started).await, announced(&*store, 3, Progress).await];
    for lease in &leases {
        jobs.finish(lease, succeeded(1), at(5)).await.unwrap();
    }
    let left =
        [(id(1), Started, 1), (id(3), Started, 1), (id(1), Succeeded, 1), (id(2), Succeeded, 1), (id(3), Succeeded, 1)];
    assert_eq!(due(&*store, 100).await, left, "what was not tried once comes first, all else is outdated");
    assert_eq!(announced(&*store, 2, Started).await.state, DeliveryState::Outdated);
    assert_eq!(announced(&*store, 1, Progress).await.state, DeliveryState::Outdated);
    // Those were under way when the job ended.
    store.record_delivery(&beginning, &refused(1, 4), again).await.unwrap();
    store.record_delivery(&progress, &answered(1, 4, 200), Next::Delivered).await.unwrap();
    let states = [announced(&*store, 3, Started).await.state, announced(&*store, 3, Progress).await.state];
    assert_eq!(states, [DeliveryState::Outdated, DeliveryState::Delivered]);
    let end = announced(&*store, 3, Succeeded).await;
    store.record_delivery(&end, &refused(1, 6), again).await.unwrap();
    assert_eq!(announced(&*store, 3, Succeeded).await.state, DeliveryState::Pending, "an end is tried again");
    jobs.remove_ended(&[id(3)]).await.unwrap();
    assert_eq!(store.announcements(id(3)).await.unwrap(), []);
}
