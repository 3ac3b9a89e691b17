//! The system's clock is set, or the machine sleeps: jobs wait and run as long as they are to.

use std::time::Duration;

use engine_api::ErrorKind;
use jiff::SignedDuration;

use crate::blobs::space::DiskSpace;
use crate::domain::job::State;
use crate::scheduler::tests::SUCCEED;
use crate::testing::Play;
use crate::testing::stage::Act;
use crate::testing::time::{HOUR, Settable, seconds};

async fn play(script: &[Act], hands: &Settable) -> Play {
    Play::on(script, &[("ENGINES__STAGE__STALL_SECONDS", "60")], DiskSpace::of("/".as_ref()), hands.ticking()).await
}

#[tokio::test]
async fn a_clock_that_is_set_back_leaves_no_job_waiting() {
    let hands = Settable::default();
    let play = play(&[Act::Fail(ErrorKind::Backend), SUCCEED, SUCCEED], &hands).await;
    let id = play.submit().await;
    play.until(id, |job| job.state == State::Queued && job.failures == 1).await;
    hands.set(-HOUR / 2);
    let job = play.until(id, |job| job.state.is_final()).await;
    assert_eq!((job.state, job.failures), (State::Succeeded, 1));
    assert!(job.finished_at.unwrap() < job.created_at, "what people see goes by the clock that was set");
    assert_eq!(play.run().await.state, State::Succeeded);
}

#[tokio::test]
async fn a_clock_that_is_set_forward_loses_no_lease_and_no_patience() {
    let hands = Settable::default();
    let slow = Act::After(Duration::from_secs(3), Box::new(SUCCEED));
    let play = play(&[slow, SUCCEED], &hands).await;
    let id = play.submit().await;
    let patient = play.submit_with(|job| job.expires_at = Some(play.app.clock.now() + seconds(60))).await;
    play.until(id, |job| job.state == State::Running && play.hosts() == 1).await;
    hands.set(HOUR * 24 * 365);
    let moved = play.until(patient, |job| job.expires_at.unwrap() > play.app.clock.now() + seconds(50)).await;
    assert_eq!(moved.state, State::Queued);
    for id in [id, patient] {
        let job = play.until(id, |job| job.state.is_final()).await;
        assert_eq!((job.state, job.attempt), (State::Succeeded, 1));
        let ran = job.finished_at.unwrap().duration_since(job.started_at.unwrap());
        assert!(SignedDuration::ZERO <= ran && ran < seconds(60), "{ran:?}");
        assert!(job.timings.unwrap().queued < 365.0 * 24.0 * 3600.0 + 60.0);
    }
}

#[tokio::test]
async fn a_machine_that_has_slept_goes_on_with_what_it_was_rendering() {
    let hands = Settable::default();
    let slow = Act::After(Duration::from_secs(3), Box::new(SUCCEED));
    let play = play(&[slow], &hands).await;
    let id = play.submit().await;
    play.until(id, |job| job.state == State::Running && play.hosts() == 1).await;
    for _ in 0..20 {
        hands.pass(HOUR * 8);
        tokio::time::sleep(Duration::from_millis(100)).await;
        play.app.process.wake_ups.wake();
    }
    let job = play.until(id, |job| job.state.is_final()).await;
    assert_eq!((job.state, job.attempt, job.error), (State::Succeeded, 1, None));
}

#[tokio::test]
async fn a_clock_that_was_set_is_followed_once_the_database_takes_it() {
    for step in [HOUR, -HOUR] {
        let hands = Settable::default();
        let play = play(&[SUCCEED], &hands).await;
        let before = play.app.clock.now();
        play.store.refuse_changes(true).await;
        let id = play.submit_with(|job| job.expires_at = Some(before + HOUR * 2)).await;
        hands.set(step);
        play.until(id, |_| !play.pauses().is_empty()).await;
        assert!(play.app.clock.now().duration_since(before).abs() < seconds(60), "it goes on as before");
        play.store.refuse_changes(false).await;
        let job = play.until(id, |job| job.state.is_final()).await;
        let off = job.expires_at.unwrap().duration_since(before + HOUR * 2 + step).abs();
        assert!(job.state == State::Succeeded && off < seconds(1), "{off:?}");
        assert!(play.app.clock.step().abs() < seconds(1));
    }
}
