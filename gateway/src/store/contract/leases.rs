//! Claims, heartbeats, and leases that are lost.

use std::collections::HashSet;

use engine_api::Phase;

use crate::domain::code::Code;
use crate::domain::id::JobId;
use crate::domain::job::{Job, State};
use crate::domain::progress::Progress;
use crate::store::contract::samples::{Jobs, assert_refused, at, claim, error, id, new_job, read, succeeded};
use crate::store::jobs::{HeartbeatReply, Lease, NewJob, Outcome};

pub(in crate::store) async fn the_oldest_job_that_may_run_is_claimed(jobs: Jobs) {
    for (n, engine) in [(3, "puppet"), (1, "puppet"), (2, "ditto")] {
        jobs.insert(new_job(n, engine), at(0)).await.unwrap();
    }
    let next = jobs.next("puppet", at(5)).await.unwrap().unwrap();
    assert_eq!((next.id, next.state), (id(1), State::Queued), "it is told before it is claimed");
    let (job, lease) = jobs.claim("puppet", at(5), at(15)).await.unwrap().unwrap();
    assert_eq!((job.id, job.state, job.attempt, job.started_at), (id(1), State::Running, 1, Some(at(5))));
    assert_eq!(lease, Lease { job: id(1), attempt: 1 });
    assert_eq!(read(&jobs, 1).await, job);

    let retry = Outcome::Retry { error: error(), not_before: at(20) };
    assert!(jobs.finish(&lease, retry, at(6)).await.unwrap());
    assert_eq!(claim(&jobs, "puppet", 19).await.job, id(3), "the older one waits for its moment");
    assert!(jobs.claim("puppet", at(19), at(30)).await.unwrap().is_none());
    assert_eq!(claim(&jobs, "puppet", 20).await, Lease { job: id(1), attempt: 2 });
    assert!(jobs.claim("unknown", at(20), at(30)).await.unwrap().is_none());
    assert!(jobs.next("unknown", at(20)).await.unwrap().is_none());
}

pub(in crate::store) async fn no_job_is_claimed_twice(jobs: Jobs) {
    for n in 1..=60 {
        jobs.insert(new_job(n, "puppet"), at(0)).await.unwrap();
    }
    let claimants = (0..12).map(|_| {
        let jobs = jobs.clone();
        tokio::spawn(async move {
            let mut leases = Vec::new();
            while let Some((_, lease)) = jobs.claim("puppet", at(1), at(10)).await.unwrap() {
                assert_eq!(
                    jobs.heartbeat(&lease, at(20), &Progress::default(), &[], None).await.unwrap(),
                    HeartbeatReply::Continue
                );
                leases.push(lease);
            }
            leases
        })
    });
    let leases: Vec<Lease> =
        futures::future::join_all(claimants).await.into_iter().flat_map(|leases| leases.unwrap()).collect();
    assert_eq!(leases.len(), 60);
    assert_eq!(leases.iter().map(|lease| lease.job).collect::<HashSet<_>>().len(), 60);
}

pub(in crate::store) async fn a_heartbeat_extends_the_lease_and_notes_progress(jobs: Jobs) {
    jobs.insert(new_job(1, "puppet"), at(0)).await.unwrap();
    let lease = claim(&jobs, "puppet", 0).await;
    let claimed = read(&jobs, 1).await;

    let progress = Progress::new(Phase::Rendering, "render", 3, u64::try_from(i64::MAX).unwrap());
    let progress = Progress { fraction: 0.1 + 0.2, ..progress };
    assert_eq!(jobs.heartbeat(&lease, at(60), &progress, &[], None).await.unwrap(), HeartbeatReply::Continue);
    let advanced = read(&jobs, 1).await;
    assert_eq!(advanced, Job { progress: progress.clone(), revision: advanced.revision, ..claimed.clone() });
    assert!(advanced.revision > claimed.revision);

    assert_eq!(jobs.heartbeat(&lease, at(70), &progress, &[], None).await.unwrap(), HeartbeatReply::Continue);
    assert_eq!(read(&jobs, 1).await, advanced, "nothing that a client sees has changed");
    for phase in Phase::ALL {
        let before = read(&jobs, 1).await.revision;
        let progress = Progress { phase: Some(phase), ..progress.clone() };
        jobs.heartbeat(&lease, at(70), &progress, &[], None).await.unwrap();
        let after = read(&jobs, 1).await;
        assert!(after.revision > before, "a client sees {phase:?}");
        assert_eq!(after.progress, progress);
    }
    assert!(jobs.sweep(at(69), &[]).await.unwrap().is_empty());
    assert_eq!(jobs.sweep(at(70), &[]).await.unwrap(), [id(1)]);
}

pub(in crate::store) async fn a_lost_lease_changes_nothing(jobs: Jobs) {
    jobs.insert(new_job(1, "puppet"), at(0)).await.unwrap();
    let lost = claim(&jobs, "puppet", 0).await;
    jobs.sweep_all(at(1)).await.unwrap();
    assert_refused(&jobs, &lost).await;
    let held = claim(&jobs, "puppet", 2).await;
    assert_eq!(held, Lease { job: id(1), attempt: 2 });
    assert_refused(&jobs, &lost).await;
    assert!(jobs.finish(&held, succeeded(2), at(3)).await.unwrap());
    assert_refused(&jobs, &held).await;
    assert_refused(&jobs, &Lease { job: id(2), attempt: 1 }).await;
}

pub(in crate::store) async fn a_sweep_takes_back_the_leases_that_ran_out(jobs: Jobs) {
    for n in 1..=3 {
        jobs.insert(new_job(n, "puppet"), at(0)).await.unwrap();
    }
    jobs.claim("puppet", at(1), at(10)).await.unwrap().unwrap();
    jobs.claim("puppet", at(1), at(20)).await.unwrap().unwrap();
    assert!(jobs.sweep(at(9), &[]).await.unwrap().is_empty());
    assert_eq!(jobs.sweep(at(10), &[]).await.unwrap(), [id(1)]);
    assert!(jobs.sweep(at(10), &[]).await.unwrap().is_empty());

    let swept = read(&jobs, 1).await;
    assert_eq!((swept.state, swept.attempt, swept.failures), (State::Queued, 1, 0));
    assert_eq!(swept.error.unwrap().code, Code::JobLeaseLost);
    assert_eq!(read(&jobs, 2).await.state, State::Running);
    assert_eq!(read(&jobs, 3).await.attempt, 0);
}

pub(in crate::store) async fn a_start_takes_back_every_lease(jobs: Jobs) {
    for n in 1..=3 {
        jobs.insert(new_job(n, "puppet"), at(0)).await.unwrap();
    }
    claim(&jobs, "puppet", 1).await;
    claim(&jobs, "puppet", 1).await;
    let taken: HashSet<JobId> = jobs.sweep_all(at(2)).await.unwrap().into_iter().collect();
    assert_eq!(taken, HashSet::from([id(1), id(2)]));
    assert_eq!(jobs.queue_length("puppet").await.unwrap(), 3);
}

pub(in crate::store) async fn a_job_that_ends_its_gateway_is_given_up(jobs: Jobs) {
    jobs.insert(NewJob { max_failures: 2, ..new_job(1, "puppet") }, at(0)).await.unwrap();
    for attempt in 1..=21 {
        assert_eq!(claim(&jobs, "puppet", 1).await.attempt, attempt);
        jobs.sweep_all(at(2)).await.unwrap();
        assert_eq!(read(&jobs, 1).await.state, State::Queued, "after attempt {attempt}");
    }
    claim(&jobs, "puppet", 1).await;
    assert_eq!(jobs.sweep_all(at(3)).await.unwrap(), [id(1)]);
    let failed = read(&jobs, 1).await;
    assert_eq!((failed.state, failed.finished_at), (State::Failed, Some(at(3))));
    assert_eq!(failed.error.unwrap().code, Code::JobLeaseLost);
}

pub(in crate::store) async fn a_job_that_was_given_back_often_has_all_its_chances(jobs: Jobs) {
    jobs.insert(NewJob { max_failures: 2, ..new_job(1, "puppet") }, at(0)).await.unwrap();
    for _ in 0..40 {
        let lease = claim(&jobs, "puppet", 1).await;
        assert!(jobs.finish(&lease, Outcome::Released, at(2)).await.unwrap());
    }
    for _ in 0..4 {
        claim(&jobs, "puppet", 1).await;
        jobs.sweep_all(at(2)).await.unwrap();
        assert_eq!(read(&jobs, 1).await.state, State::Queued);
    }
}

pub(in crate::store) async fn a_lease_that_is_held_does_not_run_out(jobs: Jobs) {
    for n in 1..=2 {
        jobs.insert(new_job(n, "puppet"), at(0)).await.unwrap();
        claim(&jobs, "puppet", 0).await;
    }
    assert_eq!(jobs.sweep(at(1000), &[id(2)]).await.unwrap(), [id(1)]);
    assert_eq!(read(&jobs, 2).await.state, State::Running);
}
