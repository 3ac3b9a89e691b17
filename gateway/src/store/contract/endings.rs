//! How attempts and jobs end.

use engine_api::Phase;

use crate::domain::job::State;
use crate::domain::progress::Progress;
use crate::store::contract::samples::{Jobs, assert_refused, at, claim, error, id, new_job, read, succeeded};
use crate::store::jobs::{Cancellation, HeartbeatReply, Lease, NewJob, Outcome};

pub(in crate::store) async fn a_queued_job_is_canceled_at_once(jobs: Jobs) {
    let queued = jobs.insert(new_job(1, "puppet"), at(0)).await.unwrap();
    assert_eq!(jobs.request_cancel(id(1), at(5)).await.unwrap(), Some(Cancellation::Canceled));
    let canceled = read(&jobs, 1).await;
    assert_eq!((canceled.state, canceled.finished_at), (State::Canceled, Some(at(5))));
    assert!(canceled.cancel_requested && canceled.revision > queued.revision);
    assert!(jobs.claim("puppet", at(6), at(10)).await.unwrap().is_none());
    assert_eq!(jobs.request_cancel(id(2), at(5)).await.unwrap(), None);
}

pub(in crate::store) async fn a_running_job_is_told_to_end(jobs: Jobs) {
    jobs.insert(new_job(1, "puppet"), at(0)).await.unwrap();
    let lease = claim(&jobs, "puppet", 0).await;
    assert_eq!(jobs.request_cancel(id(1), at(1)).await.unwrap(), Some(Cancellation::Requested));
    let asked = read(&jobs, 1).await;
    assert_eq!((asked.state, asked.cancel_requested, asked.finished_at), (State::Running, true, None));

    assert_eq!(jobs.request_cancel(id(1), at(2)).await.unwrap(), Some(Cancellation::Requested));
    assert_eq!(read(&jobs, 1).await, asked, "asking twice changes nothing");
    assert_eq!(jobs.heartbeat(&lease, at(10), &Progress::default(), &[], None).await.unwrap(), HeartbeatReply::Cancel);

    assert!(jobs.finish(&lease, Outcome::Canceled, at(3)).await.unwrap());
    let canceled = read(&jobs, 1).await;
    assert_eq!((canceled.state, canceled.finished_at, canceled.error), (State::Canceled, Some(at(3)), None));
}

pub(in crate::store) async fn an_ended_job_never_changes(jobs: Jobs) {
    let endings = [succeeded(1), Outcome::Failed(error()), Outcome::Canceled];
    for (n, ending) in (1..).zip(endings) {
        jobs.insert(new_job(n, "puppet"), at(0)).await.unwrap();
        let lease = claim(&jobs, "puppet", 0).await;
        assert!(jobs.finish(&lease, ending.clone(), at(1)).await.unwrap());
        let ended = read(&jobs, n).await;
        assert_eq!((ended.finished_at, ended.failures), (Some(at(1)), u32::from(n == 2)));
        match ending {
            Outcome::Succeeded { artifact, .. } => {
                assert_eq!((ended.state, &ended.artifact, &ended.error), (State::Succeeded, &Some(artifact), &None));
            }
            Outcome::Failed(error) => assert_eq!((ended.state, &ended.error), (State::Failed, &Some(error))),
            _ => assert_eq!(ended.state, State::Canceled),
        }
        assert_refused(&jobs, &lease).await;
        assert_eq!(jobs.request_cancel(id(n), at(9)).await.unwrap(), Some(Cancellation::AlreadyFinal));
        assert!(jobs.sweep_all(at(9)).await.unwrap().is_empty());
        assert!(jobs.claim("puppet", at(9), at(10)).await.unwrap().is_none());
        assert_eq!(read(&jobs, n).await, ended);
    }
}

pub(in crate::store) async fn failures_are_counted_until_they_are_too_many(jobs: Jobs) {
    jobs.insert(NewJob { max_failures: 2, ..new_job(1, "puppet") }, at(0)).await.unwrap();
    let retry = Outcome::Retry { error: error(), not_before: at(2) };
    let lease = claim(&jobs, "puppet", 0).await;
    jobs.heartbeat(&lease, at(9), &Progress::new(Phase::Rendering, "render", 1, 2), &[], None).await.unwrap();
    assert!(jobs.finish(&lease, retry.clone(), at(1)).await.unwrap());
    let queued = read(&jobs, 1).await;
    assert_eq!((queued.state, queued.failures, queued.attempt), (State::Queued, 1, 1));
    assert_eq!((queued.error, queued.not_before, queued.finished_at), (Some(error()), at(2), None));
    assert_eq!(queued.progress, Progress::default());

    let lease = claim(&jobs, "puppet", 2).await;
    assert!(jobs.finish(&lease, retry, at(3)).await.unwrap());
    let failed = read(&jobs, 1).await;
    assert_eq!((failed.state, failed.failures, failed.attempt), (State::Failed, 2, 2));
    assert_eq!((failed.error, failed.finished_at), (Some(error()), Some(at(3))));
}

pub(in crate::store) async fn a_job_that_shall_end_is_not_tried_again(jobs: Jobs) {
    let endings = [Some(Outcome::Retry { error: error(), not_before: at(2) }), Some(Outcome::Released), None];
    for (n, ending) in (1..).zip(endings) {
        jobs.insert(new_job(n, "puppet"), at(0)).await.unwrap();
        let lease = claim(&jobs, "puppet", 0).await;
        jobs.request_cancel(id(n), at(1)).await.unwrap();
        match ending {
            Some(ending) => assert!(jobs.finish(&lease, ending, at(5)).await.unwrap()),
            None => assert_eq!(jobs.sweep_all(at(5)).await.unwrap(), [id(n)]),
        }
        let ended = read(&jobs, n).await;
        assert_eq!((ended.state, ended.finished_at, ended.error), (State::Canceled, Some(at(5)), None));
    }
    jobs.insert(new_job(4, "puppet"), at(0)).await.unwrap();
    let lease = claim(&jobs, "puppet", 0).await;
    jobs.request_cancel(id(4), at(1)).await.unwrap();
    assert!(jobs.finish(&lease, succeeded(1), at(5)).await.unwrap());
    assert_eq!(read(&jobs, 4).await.state, State::Succeeded, "it was done before it could be told");
}

pub(in crate::store) async fn a_released_job_keeps_its_place_and_its_chances(jobs: Jobs) {
    for n in [1, 2] {
        jobs.insert(new_job(n, "puppet"), at(0)).await.unwrap();
    }
    let lease = claim(&jobs, "puppet", 0).await;
    assert!(jobs.finish(&lease, Outcome::Released, at(1)).await.unwrap());
    let released = read(&jobs, 1).await;
    assert_eq!((released.state, released.failures, released.error), (State::Queued, 0, None));
    assert_eq!(claim(&jobs, "puppet", 1).await, Lease { job: id(1), attempt: 2 });
}
