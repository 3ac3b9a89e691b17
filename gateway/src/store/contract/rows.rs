//! Jobs are read and listed as they were written.

use std::sync::Arc;

use serde_json::json;
use uuid::Uuid;

use crate::domain::id::KeyId;
use crate::domain::job::{Inputs, Job, State};
use crate::domain::progress::Progress;
use crate::domain::webhook_event::EventKind;
use crate::store::contract::samples::{Jobs, at, claim, id, new_job, read};
use crate::store::contract::uploads::{audio, photo, video};
use crate::store::jobs::{JobFilter, JobStore, NewJob, Order};
use crate::store::uploads::UploadStore;

pub(in crate::store) async fn a_job_is_read_as_it_was_written<Store>(store: Arc<Store>)
where
    Store: JobStore + UploadStore + 'static,
{
    let (photo, audio, video) = (photo(8), audio(9), video(10));
    store.insert_photo(&photo, None).await.unwrap();
    store.insert_audio(&audio, None).await.unwrap();
    store.insert_video(&video).await.unwrap();
    let inputs = Inputs { photo_id: Some(photo.id), audio_id: Some(audio.id), video_id: Some(video.id) };
    let jobs: Jobs = store;
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
        metadata: [("user".to_owned(), "42".to_owned())].into(),
        webhook_url: Some("https://example.org/hook".into()),
        webhook_events: [EventKind::Progress, EventKind::Failed].into_iter().collect(),
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
        computation: None,
        priority: -7,
        expires_at: Some(at(90)),
        metadata: [("user".to_owned(), "42".to_owned())].into(),
        webhook_url: Some("https://example.org/hook".into()),
        webhook_events: [EventKind::Progress, EventKind::Failed].into_iter().collect(),
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

pub(in crate::store) async fn an_id_is_given_once(jobs: Jobs) {
    let first = jobs.insert(new_job(1, "puppet"), at(0)).await.unwrap();
    jobs.insert(new_job(1, "ditto"), at(1)).await.unwrap_err();
    assert_eq!(read(&jobs, 1).await, first);
}

pub(in crate::store) async fn a_job_is_found_by_what_its_client_calls_it(jobs: Jobs) {
    let called = |n| NewJob { client_name: Some("mine".into()), ..new_job(n, "ditto") };
    assert_eq!(jobs.called("mine").await.unwrap(), None);
    let first = jobs.insert(called(1), at(1)).await.unwrap();
    jobs.insert(new_job(2, "ditto"), at(1)).await.unwrap();
    assert_eq!(jobs.called("mine").await.unwrap(), Some(first.clone()));
    let latest = jobs.insert(called(3), at(1)).await.unwrap();
    assert_eq!(jobs.called("mine").await.unwrap(), Some(latest));
    jobs.forget_name(id(3)).await.unwrap();
    assert_eq!(jobs.called("mine").await.unwrap(), Some(first));
    jobs.forget_name(id(1)).await.unwrap();
    assert_eq!(jobs.called("mine").await.unwrap(), None);
    assert_eq!(read(&jobs, 3).await.id, id(3), "the jobs stay");
}

pub(in crate::store) async fn lists_are_pages_that_newer_jobs_do_not_shift(jobs: Jobs) {
    for n in 1..=23 {
        jobs.insert(new_job(n, "puppet"), at(0)).await.unwrap();
    }
    let (mut seen, mut after) = (Vec::new(), None);
    for page in 0..10 {
        let filter = JobFilter { after, limit: 10, ..JobFilter::default() };
        let found = listed(&jobs, &filter).await;
        let Some(&last) = found.last() else { break };
        after = Some(id(last));
        seen.extend(found);
        jobs.insert(new_job(100 + page, "puppet"), at(1)).await.unwrap();
    }
    assert_eq!(seen, (1..=23).rev().collect::<Vec<_>>());
    assert_eq!(listed(&jobs, &JobFilter { limit: 2, ..JobFilter::default() }).await, [102, 101]);
    let oldest = |after| JobFilter { after, order: Order::OldestFirst, limit: 2, ..JobFilter::default() };
    assert_eq!(listed(&jobs, &oldest(None)).await, [1, 2]);
    assert_eq!(listed(&jobs, &oldest(Some(id(2)))).await, [3, 4]);
}

pub(in crate::store) async fn lists_are_filtered_by_state_and_engine(jobs: Jobs) {
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
    let older = JobFilter { after: Some(id(4)), ..filter(None, Some("ditto")) };
    assert_eq!(listed(&jobs, &older).await, [2]);
}

pub(in crate::store) async fn lists_go_back_to_a_moment(jobs: Jobs) {
    let given = |second: i64| at(second).as_millisecond() as u128 * (1 << 80) + 7;
    // One had to wait for its turn to be written.
    for (id_at, written_at) in [(0, 0), (3600, 3600), (3601, 3631), (7200, 7200)] {
        jobs.insert(new_job(given(id_at), "puppet"), at(written_at)).await.unwrap();
    }
    let since = |second| JobFilter { since: Some(at(second)), limit: 10, ..JobFilter::default() };
    assert_eq!(listed(&jobs, &since(0)).await, [7200, 3601, 3600, 0].map(given));
    assert_eq!(listed(&jobs, &since(3600)).await, [7200, 3601, 3600].map(given));
    assert_eq!(listed(&jobs, &since(3631)).await, [7200, 3601].map(given));
    assert_eq!(listed(&jobs, &JobFilter { after: Some(id(given(7200))), ..since(3631) }).await, [given(3601)]);
    assert!(listed(&jobs, &since(7201)).await.is_empty());
}

pub(super) async fn listed(jobs: &Jobs, filter: &JobFilter) -> Vec<u128> {
    let jobs = jobs.jobs(filter).await.unwrap();
    jobs.iter().map(|job| job.id.to_string().parse::<Uuid>().unwrap().as_u128()).collect()
}
