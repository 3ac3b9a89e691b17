//! The scheduler against a real store and scripted hosts: every way in which an attempt can end.

mod clock;
mod counted;
mod news;
mod shortages;

use std::time::Duration;

use engine_api::ErrorKind;
use jiff::Timestamp;

use crate::blobs::contract::content_of;
use crate::blobs::key::BlobKey;
use crate::domain::code::Code;
use crate::domain::job::{Job, State};
use crate::testing::Play;
use crate::testing::stage::{Act, Unheard};

fn code(job: &Job) -> Option<Code> {
    job.error.as_ref().and_then(|error| error.code.known())
}

const SUCCEED: Act = Act::Succeed { sound_cut: 0.0 };

#[tokio::test]
async fn jobs_succeed_on_one_warm_host() {
    let play = Play::new(&[SUCCEED, SUCCEED]).await;
    let first = play.run().await;
    let second = play.run().await;
    assert_eq!((first.state, second.state), (State::Succeeded, State::Succeeded));
    assert_eq!(play.hosts(), 1);
    let artifact = second.artifact.unwrap();
    assert_eq!(content_of(&*play.app.blobs, BlobKey::Video(second.id, artifact.attempt)).await, b"a video");
    assert!(second.warnings.is_empty() && play.work_is_empty());
}

#[tokio::test]
async fn cut_speech_is_a_warning() {
    let play = Play::new(&[Act::Succeed { sound_cut: 1.5 }]).await;
    assert_eq!(play.run().await.warnings, ["the last 1.50 s of the speech are not in the video"]);
}

#[tokio::test]
async fn an_engines_warnings_are_on_its_job_while_it_runs_and_before_the_finishs() {
    let told = &[("turned", "by 30 degrees"), ("stage.turned", "by 31 degrees"), ("eyes_unsure", "")];
    let shown = ["stage.turned: by 30 degrees", "stage.eyes_unsure: "];
    let play = Play::new(&[
        Act::Warn(told, Box::new(Act::EndWhenCanceled)),
        Act::Warn(told, Box::new(Act::Succeed { sound_cut: 1.5 })),
    ])
    .await;
    let id = play.submit().await;
    let running = play.until(id, |job| job.warnings.len() == 2).await;
    assert_eq!((running.state, &running.warnings[..]), (State::Running, &shown.map(String::from)[..]));
    play.app.jobs.request_cancel(id, Timestamp::now()).await.unwrap();
    assert_eq!(play.until(id, |job| job.state.is_final()).await.warnings, shown);
    let cut = "the last 1.50 s of the speech are not in the video";
    assert_eq!(play.run().await.warnings, [shown[0], shown[1], cut]);
}

#[tokio::test]
async fn a_failed_attempts_warnings_are_not_the_next_ones() {
    let play = Play::new(&[
        Act::Warn(&[("small", "first"), ("turned", "first")], Box::new(Act::Fail(ErrorKind::Backend))),
        Act::Warn(&[("turned", "second")], Box::new(SUCCEED)),
    ])
    .await;
    let id = play.submit().await;
    let waiting = play.until(id, |job| job.state == State::Queued && job.failures == 1).await;
    assert_eq!(waiting.warnings, ["stage.small: first", "stage.turned: first"]);
    let job = play.until(id, |job| job.state.is_final()).await;
    assert_eq!((job.state, job.attempt, job.warnings), (State::Succeeded, 2, vec!["stage.turned: second".into()]));
}

#[tokio::test]
async fn what_a_job_is_computed_on_is_known_while_it_runs_and_of_its_latest_attempt() {
    let play = Play::new(&[
        Act::ComputeOn(&["/secret/cuda:0", "cuda:1"], Box::new(Act::Fail(ErrorKind::Backend))),
        Act::After(
            Duration::from_millis(200),
            Box::new(Act::ComputeOn(&["/secret/cpu"], Box::new(Act::EndWhenCanceled))),
        ),
    ])
    .await;
    let id = play.submit().await;
    let device = |job: &Job| job.computation.as_ref().map(|computation| computation.device.clone());
    let waiting = play.until(id, |job| job.state == State::Queued && job.failures == 1).await;
    assert_eq!(device(&waiting).as_deref(), Some("cuda:1"));
    play.until(id, |job| job.attempt == 2 && job.computation.is_none()).await;
    let running = play.until(id, |job| job.computation.is_some()).await;
    assert_eq!((running.state, device(&running).as_deref()), (State::Running, Some("cpu")), "paths are not told");
    play.app.jobs.request_cancel(id, Timestamp::now()).await.unwrap();
    let job = play.until(id, |job| job.state.is_final()).await;
    assert_eq!(job.computation, running.computation);
}

#[tokio::test]
async fn an_input_error_is_final_and_spares_the_host() {
    let play = Play::new(&[Act::Fail(ErrorKind::Input), SUCCEED]).await;
    let job = play.run().await;
    assert_eq!((job.state, code(&job), job.attempt), (State::Failed, Some(Code::EngineInput), 1));
    assert_eq!(play.run().await.state, State::Succeeded);
    assert_eq!(play.hosts(), 1);
}

#[tokio::test]
async fn a_panic_is_retried_once_on_a_fresh_host() {
    let play = Play::new(&[Act::Fail(ErrorKind::Panic), SUCCEED]).await;
    let job = play.run().await;
    assert_eq!((job.state, job.attempt, job.failures, play.hosts()), (State::Succeeded, 2, 1, 2));
}

#[tokio::test]
async fn a_poison_job_cannot_loop() {
    let play = Play::new(&[Act::Die, Act::Die, SUCCEED]).await;
    let job = play.run().await;
    assert_eq!((job.state, code(&job), job.attempt), (State::Failed, Some(Code::EngineDied), 2));
    let message = job.error.unwrap().message;
    assert!(message.contains("SIGSEGV") && message.contains("oh no") && message.contains("2 attempts"), "{message}");
    assert_eq!(play.run().await.state, State::Succeeded);
}

#[tokio::test]
async fn standstill_is_noticed_and_named() {
    let play = Play::new(&[Act::Hang, Act::Hang]).await;
    let job = play.run().await;
    assert_eq!((job.state, code(&job)), (State::Failed, Some(Code::EngineStalled)));
    assert!(play.work_is_empty());
}

#[tokio::test]
async fn a_backend_failure_waits_before_it_is_tried_again() {
    let play = Play::new(&[Act::Fail(ErrorKind::Backend), SUCCEED]).await;
    let id = play.submit().await;
    let waiting = play.until(id, |job| job.state == State::Queued && job.failures == 1).await;
    assert!(waiting.not_before > waiting.created_at && code(&waiting) == Some(Code::EngineBackend));
    assert_eq!(play.until(id, |job| job.state.is_final()).await.state, State::Succeeded);
}

#[tokio::test]
async fn a_canceled_job_leaves_the_host_warm() {
    let play = Play::new(&[Act::EndWhenCanceled, SUCCEED]).await;
    let id = play.submit().await;
    // A host that is told to end before it renders has nothing to end.
    play.until(id, |_| play.acts_left() == 1).await;
    play.app.jobs.request_cancel(id, Timestamp::now()).await.unwrap();
    assert_eq!(play.until(id, |job| job.state.is_final()).await.state, State::Canceled);
    assert_eq!(play.run().await.state, State::Succeeded);
    assert_eq!(play.hosts(), 1);
}

#[tokio::test]
async fn a_host_that_ignores_a_cancel_is_given_up() {
    let play = Play::new(&[Act::Hang, SUCCEED]).await;
    let id = play.submit().await;
    play.until(id, |job| job.state == State::Running && play.hosts() == 1).await;
    play.app.jobs.request_cancel(id, Timestamp::now()).await.unwrap();
    assert_eq!(play.until(id, |job| job.state.is_final()).await.state, State::Canceled);
    assert_eq!(play.run().await.state, State::Succeeded);
    assert_eq!(play.hosts(), 2);
}

#[tokio::test]
async fn a_host_that_is_given_up_is_gone_before_the_next_starts() {
    let out_of_memory = Act::FailToLoad(ErrorKind::OutOfMemory);
    let play = Play::new(&[out_of_memory, Act::Fail(ErrorKind::Panic), Act::Die, Act::Hang, Act::Hang, SUCCEED]).await;
    assert_eq!(play.run().await.state, State::Failed);
    assert_eq!(play.run().await.state, State::Failed);
    let id = play.submit().await;
    play.until(id, |_| play.acts_left() == 1).await;
    play.app.jobs.request_cancel(id, Timestamp::now()).await.unwrap();
    assert_eq!(play.until(id, |job| job.state.is_final()).await.state, State::Canceled);
    assert_eq!(play.run().await.state, State::Succeeded);
    assert_eq!((play.hosts(), play.most_hosts()), (5, 1));
}

#[tokio::test]
async fn a_lost_lease_leaves_no_trace() {
    let play = Play::new(&[Act::Hang, SUCCEED]).await;
    let id = play.submit().await;
    play.until(id, |job| job.state == State::Running && play.hosts() == 1).await;
    play.app.jobs.sweep_all(Timestamp::now()).await.unwrap();
    let job = play.until(id, |job| job.state.is_final()).await;
    assert_eq!((job.state, job.attempt, job.failures, play.most_hosts()), (State::Succeeded, 2, 0, 1));
}

#[tokio::test]
async fn a_host_that_does_not_come_up_is_a_death_and_tried_again_after_a_wait() {
    for unheard in [Unheard::Die, Unheard::SayNothing] {
        let play = Play::new(&[Act::NotHello(unheard), SUCCEED]).await;
        let id = play.submit().await;
        let waiting = play.until(id, |job| job.state == State::Queued && job.failures == 1).await;
        assert!(waiting.not_before > waiting.created_at && code(&waiting) == Some(Code::EngineDied), "{waiting:?}");
        let job = play.until(id, |job| job.state.is_final()).await;
        assert_eq!((job.state, job.attempt, play.most_hosts()), (State::Succeeded, 2, 1), "{unheard:?}");
    }
    let play = Play::new(&[Act::NotHello(Unheard::Die), Act::NotHello(Unheard::SayNothing)]).await;
    let job = play.run().await;
    assert_eq!((job.state, code(&job), job.attempt), (State::Failed, Some(Code::EngineDied), 2));
    let message = job.error.unwrap().message;
    assert!(message.contains("while it started") && message.contains("within 0.5 s"), "{message}");
}

#[tokio::test]
async fn a_cancel_and_the_end_do_not_wait_for_a_host_to_say_hello() {
    let silent = [("ENGINES__STAGE__START_SECONDS", "3600"), ("SCHEDULER__CANCEL_GRACE_SECONDS", "600")];
    let play = Play::with(&[Act::NotHello(Unheard::SayNothing), Act::NotHello(Unheard::SayNothing)], &silent).await;
    let id = play.submit().await;
    play.until(id, |_| play.acts_left() == 1).await;
    play.app.jobs.request_cancel(id, Timestamp::now()).await.unwrap();
    assert_eq!(play.until(id, |job| job.state.is_final()).await.state, State::Canceled);
    let id = play.submit().await;
    play.until(id, |_| play.acts_left() == 0).await;
    play.app.draining.cancel();
    let job = play.until(id, |job| job.state == State::Queued).await;
    assert_eq!((job.failures, job.error), (0, None));
}

#[tokio::test]
async fn another_binarys_host_is_not_the_plugins_fault() {
    let play = Play::new(&[Act::NotHello(Unheard::SpeakAnotherProtocol), SUCCEED]).await;
    let id = play.submit().await;
    play.until(id, |job| job.attempt == 1 && job.state == State::Queued).await;
    let pause = play.app.process.pauses.of("stage").unwrap();
    assert!(pause.engine.is_none() && pause.reason.contains("restart the gateway"), "{pause:?}");
    let job = play.until(id, |job| job.state.is_final()).await;
    assert_eq!((job.state, job.failures), (State::Succeeded, 0));
}

#[tokio::test]
async fn a_lease_is_kept_while_a_host_starts() {
    let slow = [("ENGINES__STAGE__START_SECONDS", "1.5"), ("SCHEDULER__LEASE_SECONDS", "0.5")];
    let play = Play::with(&[Act::NotHello(Unheard::SayNothing), SUCCEED], &slow).await;
    let job = play.run().await;
    assert_eq!((job.state, job.attempt, job.failures), (State::Succeeded, 2, 1));
}

#[tokio::test]
async fn a_warm_host_that_does_not_answer_costs_the_job_nothing() {
    let play = Play::new(&[Act::BeDeafWhenIdle, SUCCEED]).await;
    assert_eq!(play.run().await.state, State::Succeeded);
    let job = play.run().await;
    assert_eq!((job.state, job.attempt, job.failures, play.hosts()), (State::Succeeded, 1, 0, 2));
    assert_eq!(play.most_hosts(), 1);
}

#[tokio::test]
async fn stopping_gives_running_jobs_back() {
    let play = Play::new(&[Act::Hang]).await;
    let id = play.submit().await;
    play.until(id, |job| job.state == State::Running && play.hosts() == 1).await;
    play.app.stop.cancel();
    let job = play.until(id, |job| job.state == State::Queued).await;
    assert_eq!((job.failures, job.error), (0, None));
}
