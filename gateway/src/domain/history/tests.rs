//! Estimates, from histories that are made up.

use crate::domain::history::*;
use crate::domain::progress::Progress;
use crate::store::contract::{at, new_job};
use crate::store::jobs::JobStore;
use crate::store::sqlite::SqliteStore;
use engine_api::Phase;

const HISTORY: History = History { jobs: 4, run_seconds: 20.0, video_seconds: 40.0, video_bytes: 8e6 };

async fn job(state: State, speech_seconds: Option<f64>) -> Job {
    let store = SqliteStore::in_memory().await;
    let job = store.insert(new_job(1, "puppet"), at(0)).await.unwrap();
    let started_at = (state != State::Queued).then(|| at(10));
    Job { state, speech_seconds, started_at, ..job }
}

fn seconds(eta: Option<Eta>) -> Option<f64> {
    eta.map(|eta| eta.seconds)
}

#[tokio::test]
async fn a_queued_job_waits_for_those_before_it() {
    let queued = job(State::Queued, Some(10.0)).await;
    let running = [job(State::Running, Some(30.0)).await];
    let place = Some(QueuePosition { ahead: 2, speech_seconds_ahead: 12.0 });
    let eta = |running, instances| estimate(&queued, place, running, instances, HISTORY, at(20));
    // Half a second for each of video: 6 for those ahead, 5 of its own, and 15 - 10 that the running one has left.
    assert_eq!(seconds(eta(&[], 1)), Some(11.0));
    assert_eq!(seconds(eta(&running, 1)), Some(16.0));
    assert_eq!(seconds(eta(&running, 2)), Some(10.5));
    let told = eta(&[], 1).unwrap();
    assert_eq!(told.at, at(31));
    assert_eq!(told.basis, EtaBasis { jobs: 4, seconds_per_video_second: 0.5 });
    let later = Job { not_before: at(60), ..queued.clone() };
    assert_eq!(seconds(estimate(&later, place, &[], 1, HISTORY, at(20))), Some(45.0), "back-off counts");
}

#[tokio::test]
async fn a_running_job_that_is_late_is_judged_by_its_progress() {
    let mut late = job(State::Running, Some(20.0)).await;
    let eta = |job: &Job, now| seconds(estimate(job, None, &[], 1, HISTORY, at(now)));
    assert_eq!(eta(&late, 14), Some(6.0));
    assert_eq!(eta(&late, 40), None, "it should have ended, and says nothing of itself");
    late.progress = Progress { fraction: 0.75, ..Progress::new(Phase::Rendering, "render", 60, 80) };
    assert_eq!(eta(&late, 40), Some(10.0));
}

#[tokio::test]
async fn nothing_is_told_that_is_not_known() {
    let place = Some(QueuePosition::default());
    for job in [job(State::Succeeded, Some(1.0)).await, job(State::Queued, None).await] {
        assert_eq!(estimate(&job, place, &[], 1, HISTORY, at(20)), None);
    }
}
