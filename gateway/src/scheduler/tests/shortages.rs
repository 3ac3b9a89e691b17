//! What the gateway lacks is no job's fault: the queue stands still and goes on by itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use engine_api::ErrorKind;
use rustix::io::Errno;

use crate::blobs::contract::content_of;
use crate::blobs::key::BlobKey;
use crate::blobs::space::{DiskSpace, FreeSpace};
use crate::clock::Clock;
use crate::domain::history::AttemptOutcome;
use crate::domain::job::State;
use crate::domain::shortage::Shortage;
use crate::process::pauses::Pause;
use crate::scheduler::tests::SUCCEED;
use crate::testing::Play;
use crate::testing::stage::Act;

const MIB: u64 = 1 << 20;

#[tokio::test]
async fn what_the_gateway_lacks_costs_a_job_nothing() {
    let play = Play::new(&[
        Act::Fail(ErrorKind::Panic),
        Act::FailToStart(Errno::MFILE),
        Act::FailToStart(Errno::AGAIN),
        Act::Lack(Shortage::Storage),
        SUCCEED,
    ])
    .await;
    let id = play.submit().await;
    let no_handles = play.until(id, |job| job.attempt == 2 && job.state == State::Queued).await;
    assert_eq!((no_handles.failures, play.pauses()), (1, vec![Pause::of_all(Shortage::Handles)]));
    let no_processes = play.until(id, |job| job.attempt == 3 && job.state == State::Queued).await;
    assert_eq!((no_processes.failures, play.pauses()), (1, vec![Pause::of_all(Shortage::Processes)]));
    let full = play.until(id, |job| job.attempt == 4 && job.state == State::Queued).await;
    let of_engine = Pause { engine: Some("stage".into()), ..Pause::of_all(Shortage::Storage) };
    assert_eq!((full.failures, play.pauses()), (1, vec![of_engine]));
    let job = play.until(id, |job| job.state.is_final()).await;
    assert_eq!((job.state, job.attempt, job.failures), (State::Succeeded, 5, 1));
    let outcomes = play.app.jobs.attempts(id).await.unwrap().into_iter().map(|attempt| attempt.outcome.unwrap());
    let [failed, given_back] = [AttemptOutcome::Failed, AttemptOutcome::Interrupted];
    assert_eq!(outcomes.collect::<Vec<_>>(), [failed, given_back, given_back, given_back, AttemptOutcome::Succeeded]);
    play.until(id, |_| play.pauses().is_empty()).await;
    assert!(play.work_is_empty());
}

/// A disk of 100 GiB of which so many MiB are free as the test says.
fn disk(free_mib: u64) -> (DiskSpace, Arc<AtomicU64>) {
    let free = Arc::new(AtomicU64::new(free_mib));
    let told = Arc::clone(&free);
    let look = move || FreeSpace { bytes: told.load(Ordering::SeqCst) * MIB, total: 100 << 30, files: 1_000_000 };
    (DiskSpace::from_fn(look), free)
}

#[tokio::test]
async fn a_queue_without_room_waits_for_it() {
    let (space, free) = disk(100);
    let play = Play::on(&[SUCCEED, SUCCEED, SUCCEED], &[], space, Clock::system()).await;
    let ids = [play.submit().await, play.submit().await, play.submit().await];
    let all_wait = || play.pauses().iter().any(|pause| pause.engine.is_none());
    play.until(ids[0], |_| all_wait()).await;
    assert!(play.pauses()[0].reason.contains("100 MiB are left"), "{:?}", play.pauses());

    free.store(260, Ordering::SeqCst);
    let one_waits = || play.pauses().iter().any(|pause| pause.engine.as_deref() == Some("stage"));
    play.until(ids[0], |_| one_waits()).await;
    assert!(play.pauses()[0].reason.contains("4 MiB are free"), "{:?}", play.pauses());
    let waiting = play.until(ids[0], |_| true).await;
    assert_eq!((waiting.state, waiting.attempt, play.hosts()), (State::Queued, 0, 0));

    free.store(1000, Ordering::SeqCst);
    for id in ids {
        let job = play.until(id, |job| job.state.is_final()).await;
        assert_eq!((job.state, job.attempt, job.failures), (State::Succeeded, 1, 0));
    }
    assert_eq!(play.pauses(), []);
}

#[tokio::test]
async fn a_death_on_a_full_disk_is_the_disks() {
    let (space, free) = disk(1000);
    let slow = Act::After(Duration::from_millis(500), Box::new(Act::Die));
    let play = Play::on(&[slow, SUCCEED], &[], space, Clock::system()).await;
    let id = play.submit().await;
    play.until(id, |job| job.state == State::Running && play.hosts() == 1).await;
    free.store(0, Ordering::SeqCst);
    let job = play.until(id, |job| job.state == State::Queued).await;
    assert_eq!((job.failures, job.error), (0, None));
    free.store(1000, Ordering::SeqCst);
    let job = play.until(id, |job| job.state.is_final()).await;
    assert_eq!((job.state, job.attempt, job.failures), (State::Succeeded, 2, 0));
}

#[tokio::test]
async fn a_rendered_video_outlasts_a_database_that_takes_nothing() {
    let play = Play::with(
        &[Act::After(Duration::from_millis(300), Box::new(SUCCEED))],
        &[("SCHEDULER__LEASE_SECONDS", "0.5")],
    )
    .await;
    let id = play.submit().await;
    play.until(id, |job| job.state == State::Running && play.hosts() == 1).await;
    play.store.refuse_changes(true).await;
    play.until(id, |_| !play.pauses().is_empty()).await;
    assert_eq!(play.pauses(), [Pause::of_all(Shortage::Database)]);
    // The lease runs out meanwhile: nobody else may have the job even so.
    tokio::time::sleep(Duration::from_secs(2)).await;
    play.store.refuse_changes(false).await;
    let job = play.until(id, |job| job.state.is_final()).await;
    assert_eq!((job.state, job.attempt, job.failures, job.error), (State::Succeeded, 1, 0, None));
    assert_eq!(content_of(&*play.app.blobs, BlobKey::Video(id, 1)).await, b"a video");
    play.until(id, |_| play.pauses().is_empty()).await;
}
