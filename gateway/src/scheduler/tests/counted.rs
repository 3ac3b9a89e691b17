//! What the metrics tell of attempts and jobs: in words of the gateway's own, each end once.

use std::time::Duration;

use crate::ended;
use crate::metrics::Snapshot;
use crate::scheduler::tests::SUCCEED;
use crate::testing::Play;
use crate::testing::stage::{Act, Unheard};

/// Waits until the metrics hold all these lines: they are told a moment after a job's row is written.
async fn told(play: &Play, lines: &[&str]) {
    let all = async {
        loop {
            let text = play.app.metrics.text(&Snapshot::default());
            if lines.iter().all(|line| text.contains(line)) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(60), all).await;
    assert!(waited.is_ok(), "{lines:?} are not all in\n{}", play.app.metrics.text(&Snapshot::default()));
}

#[tokio::test]
async fn ends_and_deaths_are_counted_by_words() {
    let script = [Act::Die, Act::Die, Act::NotHello(Unheard::SayNothing), SUCCEED, Act::Hang, Act::Hang];
    let play = Play::new(&script).await;
    for _ in 0..3 {
        play.run().await;
    }
    told(
        &play,
        &[
            "avatar_jobs_ended_total{engine=\"stage\",state=\"failed\"} 2",
            "avatar_jobs_ended_total{engine=\"stage\",state=\"succeeded\"} 1",
            "avatar_job_failures_total{code=\"engine.died\",engine=\"stage\"} 1",
            "avatar_job_failures_total{code=\"engine.stalled\",engine=\"stage\"} 1",
            "avatar_host_deaths_total{engine=\"stage\",reason=\"sigsegv\"} 2",
            "avatar_host_deaths_total{engine=\"stage\",reason=\"silent\"} 1",
            "avatar_host_deaths_total{engine=\"stage\",reason=\"stalled\"} 2",
            "avatar_attempts_total{engine=\"stage\",outcome=\"retry\"} 3",
        ],
    )
    .await;
}

#[tokio::test]
async fn what_ends_in_the_queue_is_counted_as_well() {
    let play = Play::new(&[]).await;
    let later = play.app.clock.now() + Duration::from_secs(3600);
    let waits = play.submit_with(|job| job.engine = "absent".into()).await;
    ended::cancel(&play.app, waits).await.unwrap();
    ended::cancel(&play.app, waits).await.unwrap();
    play.submit_with(|job| {
        job.engine = "absent".into();
        job.expires_at = Some(later - Duration::from_secs(7200));
    })
    .await;
    told(
        &play,
        &[
            "avatar_jobs_ended_total{engine=\"absent\",state=\"canceled\"} 1",
            "avatar_job_failures_total{code=\"job.expired\",engine=\"absent\"} 1",
        ],
    )
    .await;
}
