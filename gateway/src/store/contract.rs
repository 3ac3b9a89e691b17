//! What every store must do, as tests: `hold_to_contract!` runs them all against a store of the caller's making.

mod batches;
mod history;
mod keys;
mod queue;
mod retention;
mod samples;
mod uploads;
mod walk;
mod webhooks;

use std::collections::HashSet;
use std::sync::Arc;

use engine_api::Phase;
use serde_json::json;
use uuid::Uuid;

use crate::domain::code::Code;
use crate::domain::id::{AudioId, JobId, KeyId, PhotoId, VideoId};
use crate::domain::job::{Inputs, Job, State};
use crate::domain::progress::Progress;
use crate::store::jobs::{Cancellation, HeartbeatReply, JobFilter, JobStore, Lease, NewJob, Outcome};

pub(super) use crate::store::contract::batches::a_batch_is_written_whole_and_breaks_with_its_first_job;
pub(super) use crate::store::contract::history::{
    a_request_is_answered_once, attempts_are_remembered, the_latest_successes_of_an_engine_are_its_history,
    what_is_remembered_goes_with_the_job,
};
pub(super) use crate::store::contract::keys::{
    a_name_is_given_again_once_its_key_is_revoked, a_secret_opens_one_key, keys_are_read_as_they_were_written,
    the_queued_jobs_of_a_key_are_counted, the_use_of_a_key_is_noted,
};
pub(super) use crate::store::contract::queue::{
    a_job_past_its_deadline_fails, places_in_the_queue_count_the_jobs_claimed_before,
    the_most_urgent_job_is_claimed_first,
};
pub(super) use crate::store::contract::retention::{
    a_held_job_stays_and_says_so, a_job_is_kept_as_long_as_it_was_asked_for, a_job_is_removed_once_it_has_ended,
    what_is_old_is_told_oldest_first,
};
use crate::store::contract::samples::outcomes;
pub(crate) use crate::store::contract::samples::{at, new_job};
pub(super) use crate::store::contract::samples::{error, id, succeeded};
pub(super) use crate::store::contract::uploads::{
    an_upload_goes_unless_a_job_needs_it, lists_of_uploads_are_pages, uploads_are_read_as_they_were_written,
};
pub(super) use crate::store::contract::walk::whatever_happens_is_legal_and_counted;
pub(super) use crate::store::contract::webhooks::{attempts_at_a_delivery_are_remembered, every_end_is_announced};

/// Makes one test of each clause. The expression is a future of an empty store and of what must outlive it.
macro_rules! hold_to_contract {
    ($open:expr) => {
        $crate::store::contract::hold_to_contract! { @clauses $open =>
            a_job_is_read_as_it_was_written
            an_id_is_given_once
            lists_are_pages_that_newer_jobs_do_not_shift
            lists_are_filtered_by_state_and_engine
            the_oldest_job_that_may_run_is_claimed
            no_job_is_claimed_twice
            a_heartbeat_extends_the_lease_and_notes_progress
            a_lost_lease_changes_nothing
            a_queued_job_is_canceled_at_once
            a_running_job_is_told_to_end
            an_ended_job_never_changes
            failures_are_counted_until_they_are_too_many
            a_job_that_shall_end_is_not_tried_again
            a_released_job_keeps_its_place_and_its_chances
            a_sweep_takes_back_the_leases_that_ran_out
            a_start_takes_back_every_lease
            a_job_that_ends_its_gateway_is_given_up
            places_in_the_queue_count_the_jobs_claimed_before
            the_most_urgent_job_is_claimed_first
            a_job_past_its_deadline_fails
            attempts_are_remembered
            the_latest_successes_of_an_engine_are_its_history
            a_request_is_answered_once
            what_is_remembered_goes_with_the_job
            warnings_add_up
            a_job_is_removed_once_it_has_ended
            a_held_job_stays_and_says_so
            a_job_is_kept_as_long_as_it_was_asked_for
            a_batch_is_written_whole_and_breaks_with_its_first_job
            what_is_old_is_told_oldest_first
            whatever_happens_is_legal_and_counted
            uploads_are_read_as_they_were_written
            lists_of_uploads_are_pages
            an_upload_goes_unless_a_job_needs_it
            every_end_is_announced
            attempts_at_a_delivery_are_remembered
            keys_are_read_as_they_were_written
            a_name_is_given_again_once_its_key_is_revoked
            a_secret_opens_one_key
            the_use_of_a_key_is_noted
            the_queued_jobs_of_a_key_are_counted
        }
    };
    (@clauses $open:expr => $($clause:ident)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $clause() {
            let (store, _place) = $open.await;
            $crate::store::contract::$clause(std::sync::Arc::new(store)).await;
        }
    )*};
}
pub(super) use hold_to_contract;

type Jobs = Arc<dyn JobStore>;

pub(super) async fn a_job_is_read_as_it_was_written(jobs: Jobs) {
    let inputs = Inputs {
        photo_id: Some(PhotoId::from(Uuid::from_u128(8))),
        audio_id: Some(AudioId::from(Uuid::from_u128(9))),
        video_id: Some(VideoId::from(Uuid::from_u128(10))),
    };
    let params =
        json!({ "emotion": "happy", "fps": 25.5, "text": "ä \u{1f600} \"quoted\" \0", "deep": { "list": [1, null] } });
    let params = params.as_object().unwrap().clone();
    let now = "2026-03-01T12:00:00.123456Z".parse().unwrap();
    let new = NewJob {
        inputs,
        params: params.clone(),
        warnings: vec!["w".into()],
        max_failures: 3,
        priority: -7,
        expires_at: Some(at(90)),
        webhook_url: Some("https://example.org/hook".into()),
        key_id: Some(KeyId::from(Uuid::from_u128(11))),
        speech_seconds: Some(2.5),
        ..new_job(1, "puppet")
    };
    let written = jobs.insert(new, now).await.unwrap();
    let expected = Job {
        id: id(1),
        engine: "puppet".into(),
        inputs,
        params,
        state: State::Queued,
        cancel_requested: false,
        attempt: 0,
        max_failures: 3,
        failures: 0,
        progress: Progress::default(),
        warnings: vec!["w".into()],
        priority: -7,
        expires_at: Some(at(90)),
        webhook_url: Some("https://example.org/hook".into()),
        key_id: Some(KeyId::from(Uuid::from_u128(11))),
        hold: false,
        error: None,
        artifact: None,
        speech_seconds: Some(2.5),
        timings: None,
        record: None,
        created_at: now,
        started_at: None,
        finished_at: None,
        not_before: now,
        revision: written.revision,
    };
    assert_eq!(written, expected);
    assert_eq!(jobs.job(id(1)).await.unwrap(), Some(expected));
    assert_eq!(jobs.job(id(2)).await.unwrap(), None);
}

pub(super) async fn an_id_is_given_once(jobs: Jobs) {
    let first = jobs.insert(new_job(1, "puppet"), at(0)).await.unwrap();
    jobs.insert(new_job(1, "ditto"), at(1)).await.unwrap_err();
    assert_eq!(read(&jobs, 1).await, first);
}

pub(super) async fn lists_are_pages_that_newer_jobs_do_not_shift(jobs: Jobs) {
    for n in 1..=23 {
        jobs.insert(new_job(n, "puppet"), at(0)).await.unwrap();
    }
    let (mut seen, mut before) = (Vec::new(), None);
    for page in 0..10 {
        let filter = JobFilter { before, limit: 10, ..JobFilter::default() };
        let found = listed(&jobs, &filter).await;
        let Some(&last) = found.last() else { break };
        before = Some(id(last));
        seen.extend(found);
        jobs.insert(new_job(100 + page, "puppet"), at(1)).await.unwrap();
    }
    assert_eq!(seen, (1..=23).rev().collect::<Vec<_>>());
    assert_eq!(listed(&jobs, &JobFilter { limit: 2, ..JobFilter::default() }).await, [102, 101]);
}

pub(super) async fn lists_are_filtered_by_state_and_engine(jobs: Jobs) {
    for (n, engine) in [(1, "puppet"), (2, "ditto"), (3, "puppet"), (4, "ditto")] {
        jobs.insert(new_job(n, engine), at(0)).await.unwrap();
    }
    claim(&jobs, "ditto", 0).await;
    let filter = |state, engine: Option<&str>| JobFilter {
        state,
        engine: engine.map(str::to_owned),
        limit: 10,
        ..JobFilter::default()
    };
    assert_eq!(listed(&jobs, &filter(Some(State::Queued), None)).await, [4, 3, 1]);
    assert_eq!(listed(&jobs, &filter(None, Some("ditto"))).await, [4, 2]);
    assert_eq!(listed(&jobs, &filter(Some(State::Running), Some("ditto"))).await, [2]);
    assert!(listed(&jobs, &filter(Some(State::Failed), None)).await.is_empty());
    jobs.insert(new_job(5, "ditto"), at(60)).await.unwrap();
    let since = |since| JobFilter { since: Some(since), ..filter(None, Some("ditto")) };
    assert_eq!(listed(&jobs, &since(at(60))).await, [5]);
    assert_eq!(listed(&jobs, &since(at(0))).await, [5, 4, 2]);
    let older = JobFilter { before: Some(id(4)), ..filter(None, Some("ditto")) };
    assert_eq!(listed(&jobs, &older).await, [2]);
}

pub(super) async fn the_oldest_job_that_may_run_is_claimed(jobs: Jobs) {
    for (n, engine) in [(3, "puppet"), (1, "puppet"), (2, "ditto")] {
        jobs.insert(new_job(n, engine), at(0)).await.unwrap();
    }
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
}

pub(super) async fn no_job_is_claimed_twice(jobs: Jobs) {
    for n in 1..=60 {
        jobs.insert(new_job(n, "puppet"), at(0)).await.unwrap();
    }
    let claimants = (0..12).map(|_| {
        let jobs = jobs.clone();
        tokio::spawn(async move {
            let mut leases = Vec::new();
            while let Some((_, lease)) = jobs.claim("puppet", at(1), at(10)).await.unwrap() {
                assert_eq!(
                    jobs.heartbeat(&lease, at(20), &Progress::default()).await.unwrap(),
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

pub(super) async fn a_heartbeat_extends_the_lease_and_notes_progress(jobs: Jobs) {
    jobs.insert(new_job(1, "puppet"), at(0)).await.unwrap();
    let lease = claim(&jobs, "puppet", 0).await;
    let claimed = read(&jobs, 1).await;

    let progress = Progress::new(Phase::Rendering, "render", 3, u64::try_from(i64::MAX).unwrap());
    let progress = Progress { fraction: 0.1 + 0.2, ..progress };
    assert_eq!(jobs.heartbeat(&lease, at(60), &progress).await.unwrap(), HeartbeatReply::Continue);
    let advanced = read(&jobs, 1).await;
    assert_eq!(advanced, Job { progress: progress.clone(), revision: advanced.revision, ..claimed.clone() });
    assert!(advanced.revision > claimed.revision);

    assert_eq!(jobs.heartbeat(&lease, at(70), &progress).await.unwrap(), HeartbeatReply::Continue);
    assert_eq!(read(&jobs, 1).await, advanced, "nothing that a client sees has changed");
    for phase in Phase::ALL {
        let before = read(&jobs, 1).await.revision;
        let progress = Progress { phase: Some(phase), ..progress.clone() };
        jobs.heartbeat(&lease, at(70), &progress).await.unwrap();
        let after = read(&jobs, 1).await;
        assert!(after.revision > before, "a client sees {phase:?}");
        assert_eq!(after.progress, progress);
    }
    assert!(jobs.sweep(at(69)).await.unwrap().is_empty());
    assert_eq!(jobs.sweep(at(70)).await.unwrap(), [id(1)]);
}

pub(super) async fn a_lost_lease_changes_nothing(jobs: Jobs) {
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

pub(super) async fn a_queued_job_is_canceled_at_once(jobs: Jobs) {
    let queued = jobs.insert(new_job(1, "puppet"), at(0)).await.unwrap();
    assert_eq!(jobs.request_cancel(id(1), at(5)).await.unwrap(), Some(Cancellation::Canceled));
    let canceled = read(&jobs, 1).await;
    assert_eq!((canceled.state, canceled.finished_at), (State::Canceled, Some(at(5))));
    assert!(canceled.cancel_requested && canceled.revision > queued.revision);
    assert!(jobs.claim("puppet", at(6), at(10)).await.unwrap().is_none());
    assert_eq!(jobs.request_cancel(id(2), at(5)).await.unwrap(), None);
}

pub(super) async fn a_running_job_is_told_to_end(jobs: Jobs) {
    jobs.insert(new_job(1, "puppet"), at(0)).await.unwrap();
    let lease = claim(&jobs, "puppet", 0).await;
    assert_eq!(jobs.request_cancel(id(1), at(1)).await.unwrap(), Some(Cancellation::Requested));
    let asked = read(&jobs, 1).await;
    assert_eq!((asked.state, asked.cancel_requested, asked.finished_at), (State::Running, true, None));

    assert_eq!(jobs.request_cancel(id(1), at(2)).await.unwrap(), Some(Cancellation::Requested));
    assert_eq!(read(&jobs, 1).await, asked, "asking twice changes nothing");
    assert_eq!(jobs.heartbeat(&lease, at(10), &Progress::default()).await.unwrap(), HeartbeatReply::Cancel);

    assert!(jobs.finish(&lease, Outcome::Canceled, at(3)).await.unwrap());
    let canceled = read(&jobs, 1).await;
    assert_eq!((canceled.state, canceled.finished_at, canceled.error), (State::Canceled, Some(at(3)), None));
}

pub(super) async fn an_ended_job_never_changes(jobs: Jobs) {
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

pub(super) async fn failures_are_counted_until_they_are_too_many(jobs: Jobs) {
    jobs.insert(NewJob { max_failures: 2, ..new_job(1, "puppet") }, at(0)).await.unwrap();
    let retry = Outcome::Retry { error: error(), not_before: at(2) };
    let lease = claim(&jobs, "puppet", 0).await;
    jobs.heartbeat(&lease, at(9), &Progress::new(Phase::Rendering, "render", 1, 2)).await.unwrap();
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

pub(super) async fn a_job_that_shall_end_is_not_tried_again(jobs: Jobs) {
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

pub(super) async fn a_released_job_keeps_its_place_and_its_chances(jobs: Jobs) {
    for n in [1, 2] {
        jobs.insert(new_job(n, "puppet"), at(0)).await.unwrap();
    }
    let lease = claim(&jobs, "puppet", 0).await;
    assert!(jobs.finish(&lease, Outcome::Released, at(1)).await.unwrap());
    let released = read(&jobs, 1).await;
    assert_eq!((released.state, released.failures, released.error), (State::Queued, 0, None));
    assert_eq!(claim(&jobs, "puppet", 1).await, Lease { job: id(1), attempt: 2 });
}

pub(super) async fn a_sweep_takes_back_the_leases_that_ran_out(jobs: Jobs) {
    for n in 1..=3 {
        jobs.insert(new_job(n, "puppet"), at(0)).await.unwrap();
    }
    jobs.claim("puppet", at(1), at(10)).await.unwrap().unwrap();
    jobs.claim("puppet", at(1), at(20)).await.unwrap().unwrap();
    assert!(jobs.sweep(at(9)).await.unwrap().is_empty());
    assert_eq!(jobs.sweep(at(10)).await.unwrap(), [id(1)]);
    assert!(jobs.sweep(at(10)).await.unwrap().is_empty());

    let swept = read(&jobs, 1).await;
    assert_eq!((swept.state, swept.attempt, swept.failures), (State::Queued, 1, 0));
    assert_eq!(swept.error.unwrap().code, Code::JobLeaseLost);
    assert_eq!(read(&jobs, 2).await.state, State::Running);
    assert_eq!(read(&jobs, 3).await.attempt, 0);
}

pub(super) async fn a_start_takes_back_every_lease(jobs: Jobs) {
    for n in 1..=3 {
        jobs.insert(new_job(n, "puppet"), at(0)).await.unwrap();
    }
    claim(&jobs, "puppet", 1).await;
    claim(&jobs, "puppet", 1).await;
    let taken: HashSet<JobId> = jobs.sweep_all(at(2)).await.unwrap().into_iter().collect();
    assert_eq!(taken, HashSet::from([id(1), id(2)]));
    assert_eq!(jobs.queue_length("puppet").await.unwrap(), 3);
}

pub(super) async fn a_job_that_ends_its_gateway_is_given_up(jobs: Jobs) {
    jobs.insert(NewJob { max_failures: 2, ..new_job(1, "puppet") }, at(0)).await.unwrap();
    for attempt in 1..=4 {
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

pub(super) async fn warnings_add_up(jobs: Jobs) {
    let texts = |texts: &[&str]| texts.iter().map(ToString::to_string).collect::<Vec<_>>();
    jobs.insert(NewJob { warnings: texts(&["b", "a"]), ..new_job(1, "puppet") }, at(0)).await.unwrap();
    let lease = claim(&jobs, "puppet", 0).await;
    let mut outcome = succeeded(1);
    if let Outcome::Succeeded { warnings, .. } = &mut outcome {
        *warnings = texts(&["z", "ä, \"quoted\"", "c"]);
    }
    assert!(jobs.finish(&lease, outcome, at(1)).await.unwrap());
    assert_eq!(read(&jobs, 1).await.warnings, texts(&["b", "a", "z", "ä, \"quoted\"", "c"]));
}

/// The store answers whoever holds this lease that it is lost, and the job stays as it was.
async fn assert_refused(jobs: &Jobs, lease: &Lease) {
    let before = jobs.job(lease.job).await.unwrap();
    let beat = jobs.heartbeat(lease, at(1000), &Progress::new(Phase::Rendering, "late", 1, 1)).await.unwrap();
    assert_eq!(beat, HeartbeatReply::Lost);
    for outcome in outcomes(lease.attempt) {
        assert!(!jobs.finish(lease, outcome.clone(), at(1000)).await.unwrap(), "{outcome:?}");
    }
    assert_eq!(jobs.job(lease.job).await.unwrap(), before);
}

/// Claims the next job, at this second, for ten.
pub(super) async fn claim(jobs: &Jobs, engine: &str, second: i64) -> Lease {
    jobs.claim(engine, at(second), at(second + 10)).await.unwrap().expect("there is a job to claim").1
}

pub(super) async fn read(jobs: &Jobs, n: u128) -> Job {
    jobs.job(id(n)).await.unwrap().expect("the job has been written")
}

async fn listed(jobs: &Jobs, filter: &JobFilter) -> Vec<u128> {
    let jobs = jobs.jobs(filter).await.unwrap();
    jobs.iter().map(|job| job.id.to_string().parse::<Uuid>().unwrap().as_u128()).collect()
}
