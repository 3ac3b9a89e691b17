//! What a store remembers: attempts, histories, requests; and that it forgets what is removed.

use engine_api::Phase;

use crate::domain::history::{AttemptOutcome, History};
use crate::domain::progress::Progress;
use crate::store::contract::samples::{Jobs, at, claim, error, id, new_job, read, succeeded};
use crate::store::jobs::{Idempotency, IdempotencyKey, NewJob, Outcome};

pub(in crate::store) async fn attempts_are_remembered(jobs: Jobs) {
    jobs.insert(NewJob { max_failures: 3, ..new_job(1, "puppet") }, at(0)).await.unwrap();
    assert!(jobs.attempts(id(1)).await.unwrap().is_empty());
    let lease = claim(&jobs, "puppet", 1).await;
    jobs.finish(&lease, Outcome::Retry { error: error(), not_before: at(2) }, at(2)).await.unwrap();
    let lease = claim(&jobs, "puppet", 3).await;
    jobs.finish(&lease, Outcome::Released, at(4)).await.unwrap();
    claim(&jobs, "puppet", 5).await;
    jobs.sweep_all(at(6)).await.unwrap();
    let lease = claim(&jobs, "puppet", 7).await;
    jobs.heartbeat(&lease, at(20), &Progress::new(Phase::Rendering, "render", 1, 2), &[], None).await.unwrap();
    let running = jobs.attempts(id(1)).await.unwrap().pop().unwrap();
    assert_eq!((running.number, running.finished_at, running.outcome), (4, None, None));
    jobs.finish(&lease, succeeded(4), at(8)).await.unwrap();

    let attempts = jobs.attempts(id(1)).await.unwrap();
    let told: Vec<_> = attempts.iter().map(|a| (a.number, a.started_at, a.finished_at, a.outcome)).collect();
    use AttemptOutcome::{Failed, Interrupted, Succeeded};
    let expected = [(1, Failed), (2, Interrupted), (3, Interrupted), (4, Succeeded)];
    let second = |number: u32| i64::from(number) * 2 - 1;
    let expected = expected.map(|(n, outcome)| (n, at(second(n)), Some(at(second(n) + 1)), Some(outcome)));
    assert_eq!(told, expected);
    assert_eq!(attempts[0].error, Some(error()));
    assert!(attempts[1..].iter().all(|attempt| attempt.error.is_none()), "{attempts:?}");

    jobs.insert(new_job(2, "puppet"), at(9)).await.unwrap();
    let lease = claim(&jobs, "puppet", 9).await;
    jobs.finish(&lease, Outcome::Failed(error()), at(10)).await.unwrap();
    let last = jobs.attempts(id(2)).await.unwrap().pop().unwrap();
    assert_eq!((last.outcome, last.error), (Some(Failed), Some(error())));
}

pub(in crate::store) async fn the_latest_successes_of_an_engine_are_its_history(jobs: Jobs) {
    assert_eq!(jobs.history("puppet", 2).await.unwrap(), None);
    for (n, seconds) in [(1, 100), (2, 4), (3, 6)] {
        jobs.insert(new_job(n, "puppet"), at(0)).await.unwrap();
        let lease = claim(&jobs, "puppet", 10).await;
        jobs.finish(&lease, succeeded(1), at(10 + seconds)).await.unwrap();
    }
    jobs.insert(new_job(4, "puppet"), at(0)).await.unwrap();
    let lease = claim(&jobs, "puppet", 10).await;
    jobs.finish(&lease, Outcome::Failed(error()), at(90)).await.unwrap();
    let expected = History { jobs: 2, run_seconds: 40.5, video_seconds: 20.04, video_bytes: 10_000.0 };
    assert_eq!(jobs.history("puppet", 2).await.unwrap(), Some(expected));
    assert_eq!(jobs.history("ditto", 2).await.unwrap(), None);
}

pub(in crate::store) async fn a_request_is_answered_once(jobs: Jobs) {
    let key = |key: &str, request: &str| IdempotencyKey { key: key.into(), request: request.into() };
    let day = 24 * 3600;
    assert_eq!(jobs.once(&key("a", "x"), at(0)).await.unwrap(), None);
    let Idempotency::Created(first) = jobs.insert_once(new_job(1, "puppet"), &key("a", "x"), at(0)).await.unwrap()
    else {
        panic!("the key is new");
    };
    assert_eq!(*first, read(&jobs, 1).await);
    let again = Idempotency::Replayed(first.clone());
    assert_eq!(jobs.insert_once(new_job(2, "puppet"), &key("a", "x"), at(1)).await.unwrap(), again);
    assert_eq!(jobs.once(&key("a", "x"), at(day - 1)).await.unwrap(), Some(again));
    assert_eq!(jobs.insert_once(new_job(2, "puppet"), &key("a", "y"), at(1)).await.unwrap(), Idempotency::Conflict);
    assert!(jobs.job(id(2)).await.unwrap().is_none(), "nothing was written");

    let inserted = |written| matches!(written, Idempotency::Created(_));
    assert!(inserted(jobs.insert_once(new_job(3, "puppet"), &key("b", "x"), at(1)).await.unwrap()));
    assert!(inserted(jobs.insert_once(new_job(4, "puppet"), &key("a", "y"), at(day)).await.unwrap()), "a day later");

    let rush = (10..20).map(|n| {
        let (jobs, key) = (jobs.clone(), key("c", "x"));
        tokio::spawn(async move { jobs.insert_once(new_job(n, "puppet"), &key, at(2)).await.unwrap() })
    });
    let met = futures::future::join_all(rush).await.into_iter().map(Result::unwrap);
    assert_eq!(met.filter(|met| matches!(met, Idempotency::Created(_))).count(), 1, "of ten at once, one is new");
}

pub(in crate::store) async fn what_is_remembered_goes_with_the_job(jobs: Jobs) {
    let key = IdempotencyKey { key: "a".into(), request: "x".into() };
    jobs.insert_once(new_job(1, "puppet"), &key, at(0)).await.unwrap();
    let lease = claim(&jobs, "puppet", 0).await;
    jobs.finish(&lease, succeeded(1), at(1)).await.unwrap();
    assert_eq!(jobs.remove_ended(&[id(1)]).await.unwrap().len(), 1, "it has ended");
    assert!(jobs.attempts(id(1)).await.unwrap().is_empty());
    assert_eq!(jobs.once(&key, at(2)).await.unwrap(), None, "the request may be made again");
}
