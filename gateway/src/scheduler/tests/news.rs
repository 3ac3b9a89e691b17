//! What webhooks are told of while a job runs.

use jiff::Timestamp;

use crate::domain::webhook_event::{DeliveryState, EventKind};
use crate::store::jobs::NewJob;
use crate::testing::Play;
use crate::testing::stage::Act;

#[tokio::test]
async fn progress_is_announced_to_whoever_asks_for_it() {
    use EventKind::{Canceled, Progress, Started};
    for (kinds, outdated) in [([Progress, Canceled], vec![Progress]), ([Started, Canceled], vec![])] {
        let play = Play::new(&[Act::EndWhenCanceled]).await;
        let asks = |job: &mut NewJob| {
            // Nobody is there, and nothing is sent in this test.
            job.webhook_url = Some("http://192.0.2.1/".into());
            job.webhook_events = kinds.into_iter().collect();
        };
        let id = play.submit_with(asks).await;
        // Written by a heartbeat, which ends before the next one hears of the cancel.
        play.until(id, |job| job.progress.stage == "load engine").await;
        play.app.jobs.request_cancel(id, Timestamp::now()).await.unwrap();
        play.until(id, |job| job.state.is_final()).await;
        let announced = play.app.webhooks.announcements(id).await.unwrap();
        assert_eq!(announced.iter().map(|event| event.kind).collect::<Vec<_>>(), kinds);
        let old = announced.iter().filter(|event| event.state == DeliveryState::Outdated);
        assert_eq!(old.map(|event| event.kind).collect::<Vec<_>>(), outdated);
    }
}
