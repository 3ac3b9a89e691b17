//! The outbox: whichever way a job ends, its end is announced, once, and every attempt is remembered.

use std::sync::Arc;

use crate::domain::id::JobId;
use crate::domain::webhook_event::{DeliveryAttempt, DeliveryState, EventKind, Next, WebhookEvent};
use crate::store::contract::samples::{at, claim, error, id, new_job, succeeded};
use crate::store::jobs::{JobStore, NewJob, Outcome};
use crate::store::webhooks::{PassedOver, WebhookStore};

pub(in crate::store) async fn every_end_is_announced<Store>(store: Arc<Store>)
where
    Store: JobStore + WebhookStore + 'static,
{
    let jobs: Arc<dyn JobStore> = store.clone();
    let hooked = |n| NewJob { webhook_url: Some(format!("https://example.org/{n}")), ..new_job(n, "puppet") };
    for n in 1..=4 {
        jobs.insert(hooked(n), at(0)).await.unwrap();
    }
    jobs.insert(new_job(5, "puppet"), at(0)).await.unwrap();
    jobs.insert(NewJob { expires_at: Some(at(9)), ..hooked(6) }, at(0)).await.unwrap();
    let first = claim(&jobs, "puppet", 1).await;
    jobs.finish(&first, Outcome::Retry { error: error(), not_before: at(1) }, at(1)).await.unwrap();
    assert!(store.due(at(100), 10, &PassedOver::default()).await.unwrap().is_empty(), "it will be tried again");
    let first = claim(&jobs, "puppet", 2).await;
    jobs.finish(&first, succeeded(2), at(2)).await.unwrap();
    let second = claim(&jobs, "puppet", 3).await;
    jobs.finish(&second, Outcome::Failed(error()), at(3)).await.unwrap();
    jobs.request_cancel(id(3), at(4)).await.unwrap();
    jobs.request_cancel(id(5), at(5)).await.unwrap();
    jobs.sweep(at(9), &[]).await.unwrap();

    assert_eq!(store.pending().await.unwrap(), 4, "of the ended ones that somebody wants to know of");
    let due = store.due(at(9), 10, &PassedOver::default()).await.unwrap();
    let told: Vec<_> = due.iter().map(|due| (due.job, due.kind.as_str(), due.created_at)).collect();
    let expected = [
        (id(1), "job.succeeded", at(2)),
        (id(2), "job.failed", at(3)),
        (id(3), "job.canceled", at(4)),
        (id(6), "job.failed", at(9)),
    ];
    assert_eq!(told, expected);
    assert_eq!(store.due(at(3), 10, &PassedOver::default()).await.unwrap().len(), 2, "not before its time");
    assert_eq!(store.due(at(9), 1, &PassedOver::default()).await.unwrap().len(), 1);
    assert_eq!(due[0].url, "https://example.org/1");
    assert_eq!(store.announcements(id(4)).await.unwrap(), [], "it has not ended");
    assert_eq!(store.announcements(id(5)).await.unwrap(), [], "nobody wants to know");
}

/// An attempt that the receiver refused.
pub(super) fn refused(number: u32, second: i64) -> DeliveryAttempt {
    DeliveryAttempt { number, at: at(second), status: None, error: Some("refused".into()), milliseconds: 3 }
}

/// An attempt that was answered so.
pub(super) fn answered(number: u32, second: i64, status: u16) -> DeliveryAttempt {
    DeliveryAttempt { number, at: at(second), status: Some(status), error: None, milliseconds: 40 }
}

/// All that is announced of a job.
async fn only(store: &dyn WebhookStore, n: u128) -> WebhookEvent {
    let [only] = store.announcements(id(n)).await.unwrap().try_into().expect("there is one announcement");
    only
}

pub(in crate::store) async fn attempts_at_a_delivery_are_remembered<Store>(store: Arc<Store>)
where
    Store: JobStore + WebhookStore + 'static,
{
    let hooked = |n| NewJob { webhook_url: Some("https://example.org/".into()), ..new_job(n, "puppet") };
    for n in 1..=2 {
        store.insert(hooked(n), at(0)).await.unwrap();
        store.request_cancel(id(n), at(0)).await.unwrap();
    }
    let [first, second] = [only(&*store, 1).await, only(&*store, 2).await];
    let refused = refused(1, 1);
    store.record_delivery(&first, &refused, Next::Again(at(6))).await.unwrap();
    assert_eq!(store.due(at(5), 10, &PassedOver::default()).await.unwrap().len(), 1, "one of two waits for its moment");
    let waiting = only(&*store, 1).await;
    let expected = (DeliveryState::Pending, 1, Some(at(6)));
    assert_eq!((waiting.state, waiting.attempts, waiting.next_attempt_at), expected);

    let taken = answered(2, 6, 204);
    store.record_delivery(&first, &taken, Next::Delivered).await.unwrap();
    let done = only(&*store, 1).await;
    assert_eq!((done.state, done.attempts, done.next_attempt_at), (DeliveryState::Delivered, 2, None));
    assert_eq!(store.deliveries(id(1), EventKind::Canceled).await.unwrap(), [refused.clone(), taken]);
    store.record_delivery(&second, &refused, Next::GiveUp).await.unwrap();
    assert_eq!(only(&*store, 2).await.state, DeliveryState::GivenUp);
    assert!(store.due(at(1000), 10, &PassedOver::default()).await.unwrap().is_empty());

    store.remove_ended(&[id(1)]).await.unwrap();
    assert_eq!(store.announcements(id(1)).await.unwrap(), []);
    assert!(store.deliveries(id(1), EventKind::Canceled).await.unwrap().is_empty());
    store.record_delivery(&first, &refused, Next::Again(at(9))).await.unwrap();
    assert!(store.deliveries(id(1), EventKind::Canceled).await.unwrap().is_empty(), "what is deleted stays so");
}

pub(in crate::store) async fn hundreds_for_one_receiver_hide_no_other<Store>(store: Arc<Store>)
where
    Store: JobStore + WebhookStore + 'static,
{
    for n in 1..=500 {
        let url = match n {
            499 => "http://quick.example.org:81/a/b?c=http://x/".to_owned(),
            500 => "https://[2001:db8::1]:8443/".to_owned(),
            _ => format!("http://slow.example.org:8080/{n}"),
        };
        store.insert(NewJob { webhook_url: Some(url), ..new_job(n, "puppet") }, at(0)).await.unwrap();
        store.request_cancel(id(n), at(n.try_into().unwrap())).await.unwrap();
    }
    let found = async |passed_over: PassedOver| -> Vec<(JobId, String, String)> {
        let due = store.due(at(500), 2, &passed_over).await.unwrap();
        due.into_iter().map(|due| (due.job, due.receiver, due.host)).collect()
    };
    let slow = |n| (id(n), "http://slow.example.org:8080".to_owned(), "slow.example.org".to_owned());
    let quick = (id(499), "http://quick.example.org:81".to_owned(), "quick.example.org".to_owned());
    let bracketed = (id(500), "https://[2001:db8::1]:8443".to_owned(), "[2001:db8::1]".to_owned());
    assert_eq!(found(PassedOver::default()).await, [slow(1), slow(2)]);
    assert_eq!(found(PassedOver { jobs: vec![id(1), id(2)], ..PassedOver::default() }).await, [slow(3), slow(4)]);
    let receivers = vec![slow(1).1];
    assert_eq!(found(PassedOver { receivers, ..PassedOver::default() }).await, [quick.clone(), bracketed.clone()]);
    let hosts = vec![slow(1).2, bracketed.2.clone()];
    assert_eq!(found(PassedOver { hosts, ..PassedOver::default() }).await, [quick]);
    let all_but = Some(vec![bracketed.1.clone()]);
    assert_eq!(found(PassedOver { all_but, ..PassedOver::default() }).await, [bracketed]);
    assert_eq!(found(PassedOver { all_but: Some(vec![]), ..PassedOver::default() }).await, []);
}
