//! What every store must do with what is old: held jobs stay, ended ones may go.

use std::sync::Arc;

use super::{at, claim, id, new_job, read, succeeded};
use crate::store::{JobStore, Outcome};

type Jobs = Arc<dyn JobStore>;

pub(in crate::store) async fn a_job_is_removed_once_it_has_ended(jobs: Jobs) {
    assert_eq!(jobs.remove_ended(id(1)).await.unwrap(), None, "there is none");
    jobs.insert(new_job(1, "puppet"), at(0)).await.unwrap();
    assert_eq!(jobs.remove_ended(id(1)).await.unwrap(), None, "it is queued");
    let lease = claim(&jobs, "puppet", 0).await;
    assert_eq!(jobs.remove_ended(id(1)).await.unwrap(), None, "it runs");
    assert!(jobs.finish(&lease, succeeded(1), at(1)).await.unwrap());
    let ended = read(&jobs, 1).await;

    assert_eq!(jobs.remove_ended(id(1)).await.unwrap(), Some(ended), "the row tells which files belong to it");
    assert_eq!(jobs.job(id(1)).await.unwrap(), None);
    assert_eq!(jobs.remove_ended(id(1)).await.unwrap(), None);
    assert!(!jobs.finish(&lease, Outcome::Canceled, at(2)).await.unwrap(), "it does not come back");
}

pub(in crate::store) async fn a_held_job_stays_and_says_so(jobs: Jobs) {
    assert_eq!(jobs.set_hold(id(1), true).await.unwrap(), None);
    let queued = jobs.insert(new_job(1, "puppet"), at(0)).await.unwrap();
    let held = jobs.set_hold(id(1), true).await.unwrap().unwrap();
    assert!(held.hold && held.revision > queued.revision);
    assert_eq!(jobs.set_hold(id(1), true).await.unwrap(), Some(held.clone()), "holding twice changes nothing");
    jobs.request_cancel(id(1), at(1)).await.unwrap();
    assert_eq!(jobs.remove_ended(id(1)).await.unwrap(), None);
    assert!(read(&jobs, 1).await.hold);

    assert!(!jobs.set_hold(id(1), false).await.unwrap().unwrap().hold);
    assert!(jobs.remove_ended(id(1)).await.unwrap().is_some());
}
