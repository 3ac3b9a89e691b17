//! How fast a job ends that nobody wants any more, and what is left of its process.

use std::time::Duration;

use engine_api::{ErrorKind, Input};
use serde_json::Map;

use crate::conformance::check::Check;
use crate::conformance::materials::Speech;
use crate::conformance::session::Cancel;
use crate::conformance::stand::{Scene, Stand};
use crate::conformance::take::{Ended, Take};
use crate::conformance::verdict::{Miss, Tried};

/// How long a job may take to end.
const LIMIT: Duration = Duration::from_secs(2);

pub(super) const CHECKS: [Check; 3] = [
    Check {
        name: "cancel.preparing",
        expected: "a job that is canceled before its first frame ends within 2 s",
        remedy: "ask `host.canceled()?` every few hundred milliseconds of a stretch without frames",
        run: |stand| Box::pin(preparing(stand)),
    },
    Check {
        name: "cancel.rendering",
        expected: "a job that is canceled while pictures are made ends within 2 s",
        remedy: "carry out what `host.frame` fails with by `?`, and ask `host.canceled()?` between frames that take long",
        run: |stand| Box::pin(rendering(stand)),
    },
    Check {
        name: "cancel.reusable",
        expected: "the process of a canceled job renders the next one",
        remedy: "leave nothing half-done in `self`: threads that wait, buffers that are full, locks that are held",
        run: |stand| Box::pin(reusable(stand)),
    },
];

fn in_time(take: &Take) -> Tried {
    let after = take.canceled.unwrap_or_default();
    let measured = format!("it ended {:.2} s after the cancel", after.as_secs_f64());
    match &take.ended {
        Ended::Refused(error) if error.kind != ErrorKind::Canceled => {
            Err(Miss::failed(format!("it ended by another error than the cancel's: {}", take.ended)))
        }
        Ended::Refused(_) | Ended::Done(_) if after <= LIMIT => Ok(measured),
        Ended::Refused(_) | Ended::Done(_) => Err(Miss::Failed(measured)),
        ended => Err(Miss::Failed(ended.to_string())),
    }
}

async fn preparing(stand: &mut Stand) -> Tried {
    stand.usual().await?;
    let take = stand.render_warm(Scene::heard(Speech::Long), &Map::new(), Cancel::AtOnce).await?;
    match in_time(&take) {
        Err(Miss::Failed(measured)) if !take.frames().is_empty() => {
            let told = format!("{measured}, but it had a picture before it heard of that: see cancel.rendering");
            Err(Miss::NotTried(told))
        }
        tried => tried,
    }
}

async fn rendering(stand: &mut Stand) -> Tried {
    stand.needs(Input::Speech).await?;
    stand.usual().await?;
    let take = stand.render_warm(Scene::heard(Speech::Long), &Map::new(), Cancel::AtPictures).await?;
    if take.canceled.is_none() {
        return Err(Miss::not_tried(format!("the job was over before it could be canceled: {}", take.ended)));
    }
    in_time(&take)
}

async fn reusable(stand: &mut Stand) -> Tried {
    stand.usual().await?;
    let mut session = stand.fresh().await?;
    let canceled = stand.render(&mut session, Scene::USUAL, &Map::new(), Cancel::AtOnce).await?;
    stand.goes_on(session, &canceled).await
}
