//! What clients say of jobs for themselves: kept, found by, and forgotten with the job.

use std::sync::Arc;

use uuid::Uuid;

use crate::domain::id::BatchId;
use crate::domain::job::State;
use crate::domain::metadata::Metadata;
use crate::store::contract::rows::listed;
use crate::store::contract::samples::{Jobs, at, claim, id, new_job, read};
use crate::store::jobs::{IdempotencyKey, JobFilter, JobStore, NewJob, Order};

fn of(members: &[(&str, &str)]) -> Metadata {
    members.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn saying(n: u128, engine: &str, members: &[(&str, &str)]) -> NewJob {
    NewJob { metadata: of(members), ..new_job(n, engine) }
}

fn with(members: &[(&str, &str)]) -> JobFilter {
    JobFilter { metadata: of(members), limit: 10, ..JobFilter::default() }
}

pub(in crate::store) async fn jobs_are_found_by_what_their_clients_say(jobs: Jobs) {
    let odd = ("a \"b\" \u{1f600}\n%_", "'; DROP TABLE jobs --");
    for (n, engine, members) in [
        (1, "puppet", &[("user", "42"), ("order", "a")][..]),
        (2, "ditto", &[("user", "42"), ("order", "b")]),
        (3, "puppet", &[("user", "43"), ("order", "42")]),
        (4, "puppet", &[odd, ("empty", "")]),
        (5, "ditto", &[("user", "42")]),
        (6, "puppet", &[]),
    ] {
        let written = jobs.insert(saying(n, engine, members), at(n.try_into().unwrap())).await.unwrap();
        assert_eq!(written.metadata, of(members));
        assert_eq!(read(&jobs, n).await, written);
    }
    let user = [("user", "42")];
    let found = async |filter: JobFilter| listed(&jobs, &filter).await;
    assert_eq!(found(with(&user)).await, [5, 2, 1]);
    assert_eq!(found(with(&[("user", "42"), ("order", "b")])).await, [2], "all must match");
    assert_eq!(found(with(&[("user", "43"), ("order", "b")])).await, [0; 0]);
    assert_eq!(found(with(&[("order", "42")])).await, [3], "name and value belong together");
    assert_eq!(found(with(&[odd])).await, [4]);
    assert_eq!(found(with(&[("empty", "")])).await, [4]);
    assert_eq!(found(with(&[("User", "42")])).await, [0; 0], "letters are compared as they are");

    assert_eq!(found(JobFilter { limit: 2, ..with(&user) }).await, [5, 2]);
    assert_eq!(found(JobFilter { after: Some(id(2)), ..with(&user) }).await, [1]);
    assert_eq!(found(JobFilter { order: Order::OldestFirst, after: Some(id(1)), ..with(&user) }).await, [2, 5]);
    assert_eq!(found(JobFilter { engine: Some("ditto".into()), ..with(&user) }).await, [5, 2]);
    claim(&jobs, "ditto", 9).await;
    assert_eq!(found(JobFilter { state: Some(State::Running), ..with(&user) }).await, [2]);
    let narrow = JobFilter { state: Some(State::Queued), engine: Some("puppet".into()), ..with(&user) };
    assert_eq!(found(narrow).await, [1]);
    let given = |second: i64| at(second).as_millisecond() as u128 * (1 << 80);
    for second in [3600, 7200] {
        jobs.insert(saying(given(second), "puppet", &user), at(second)).await.unwrap();
    }
    assert_eq!(found(JobFilter { since: Some(at(3601)), ..with(&user) }).await, [given(7200)]);
}

/// Whichever condition is the rarest, the same jobs are found: it only decides where they are looked for.
pub(in crate::store) async fn what_is_rare_is_found_among_much(jobs: Jobs) {
    for n in 1..=1200 {
        let members = [("all", "x".to_owned()), ("half", (n % 2).to_string()), ("own", n.to_string())];
        let metadata = members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        jobs.insert(NewJob { metadata, ..new_job(n, "puppet") }, at(0)).await.unwrap();
    }
    let found = async |filter: JobFilter| listed(&jobs, &filter).await;
    assert_eq!(found(with(&[("all", "x"), ("own", "7")])).await, [7]);
    assert_eq!(found(with(&[("half", "1"), ("own", "8")])).await, [0; 0]);
    assert_eq!(found(JobFilter { limit: 2, ..with(&[("all", "x"), ("half", "0")]) }).await, [1200, 1198]);
    claim(&jobs, "puppet", 1).await;
    assert_eq!(found(JobFilter { state: Some(State::Running), ..with(&[("all", "x")]) }).await, [1]);
    let queued = JobFilter { state: Some(State::Queued), after: Some(id(3)), ..with(&[("all", "x")]) };
    assert_eq!(found(queued).await, [2]);
}

pub(in crate::store) async fn whichever_way_a_job_is_written_its_metadata_is_and_goes_with_it<Store>(store: Arc<Store>)
where
    Store: JobStore + 'static,
{
    let jobs: Jobs = store;
    let mine = [("mine", "yes")];
    jobs.insert(saying(1, "puppet", &mine), at(0)).await.unwrap();
    let key = IdempotencyKey { key: "key".into(), request: "request".into() };
    jobs.insert_once(saying(2, "puppet", &mine), &key, at(0)).await.unwrap();
    let several = [saying(3, "puppet", &mine), saying(4, "puppet", &mine)];
    jobs.insert_batch(BatchId::from(Uuid::from_u128(9)), false, &several, at(0)).await.unwrap();
    assert_eq!(listed(&jobs, &with(&mine)).await, [4, 3, 2, 1]);
    for n in [1, 3] {
        jobs.request_cancel(id(n), at(1)).await.unwrap();
        assert_eq!(jobs.remove_ended(&[id(n)]).await.unwrap().len(), 1, "it has ended");
    }
    assert_eq!(listed(&jobs, &with(&mine)).await, [4, 2]);
}
