//! What every store must do with what is old: held jobs stay, ended ones may go.

use std::sync::Arc;

use jiff::SignedDuration;

use crate::domain::job::Inputs;
use crate::domain::upload::UploadId;
use crate::store::contract::samples::{at, claim, id, new_job, read, succeeded};
use crate::store::contract::uploads::{audio, photo, video};
use crate::store::jobs::{JobStore, NewJob, Outcome};
use crate::store::uploads::UploadStore;

type Jobs = Arc<dyn JobStore>;

pub(in crate::store) async fn a_job_is_removed_once_it_has_ended(jobs: Jobs) {
    assert_eq!(jobs.remove_ended(&[id(1)]).await.unwrap(), [], "there is none");
    jobs.insert(new_job(1, "puppet"), at(0)).await.unwrap();
    assert_eq!(jobs.remove_ended(&[id(1)]).await.unwrap(), [], "it is queued");
    let lease = claim(&jobs, "puppet", 0).await;
    assert_eq!(jobs.remove_ended(&[id(1)]).await.unwrap(), [], "it runs");
    assert!(jobs.finish(&lease, succeeded(1), at(1)).await.unwrap());
    let ended = read(&jobs, 1).await;

    assert_eq!(jobs.remove_ended(&[id(1)]).await.unwrap(), [ended], "the row tells which files belong to it");
    assert_eq!(jobs.job(id(1)).await.unwrap(), None);
    assert_eq!(jobs.remove_ended(&[id(1)]).await.unwrap(), []);
    assert!(!jobs.finish(&lease, Outcome::Canceled, at(2)).await.unwrap(), "it does not come back");
}

pub(in crate::store) async fn a_held_job_stays_and_says_so(jobs: Jobs) {
    assert_eq!(jobs.set_hold(id(1), true).await.unwrap(), None);
    let queued = jobs.insert(new_job(1, "puppet"), at(0)).await.unwrap();
    let held = jobs.set_hold(id(1), true).await.unwrap().unwrap();
    assert!(held.hold && held.revision > queued.revision);
    assert_eq!(jobs.set_hold(id(1), true).await.unwrap(), Some(held.clone()), "holding twice changes nothing");
    jobs.request_cancel(id(1), at(1)).await.unwrap();
    assert_eq!(jobs.remove_ended(&[id(1)]).await.unwrap(), []);
    assert!(read(&jobs, 1).await.hold);

    assert!(!jobs.set_hold(id(1), false).await.unwrap().unwrap().hold);
    assert!(jobs.remove_ended(&[id(1)]).await.unwrap().len() == 1);
}

pub(in crate::store) async fn a_job_is_kept_as_long_as_it_was_asked_for(jobs: Jobs) {
    let keep = Some(SignedDuration::from_secs(60));
    for (n, keep) in [(1, keep), (2, keep), (3, None), (4, keep)] {
        jobs.insert(NewJob { keep, ..new_job(n, "puppet") }, at(0)).await.unwrap();
    }
    for (n, end) in [(1, 20), (2, 10), (3, 5)] {
        jobs.request_cancel(id(n), at(end)).await.unwrap();
    }
    assert!(jobs.kept_enough(at(70), 10).await.unwrap().is_empty(), "the first is kept for 60 s from its end");
    assert_eq!(jobs.kept_enough(at(71), 10).await.unwrap(), [id(2)]);
    assert_eq!(jobs.kept_enough(at(1000), 10).await.unwrap(), [id(2), id(1)], "one stays, one has not ended");
    assert_eq!(jobs.kept_enough(at(1000), 1).await.unwrap(), [id(2)]);

    for n in [1, 3, 4, 9] {
        jobs.keep_until(id(n), at(30)).await.unwrap();
    }
    assert_eq!(jobs.kept_enough(at(31), 10).await.unwrap(), [id(1)], "of the others none goes by itself");
    jobs.set_hold(id(1), true).await.unwrap();
    assert!(jobs.kept_enough(at(31), 10).await.unwrap().is_empty());
}

pub(in crate::store) async fn what_is_old_is_told_oldest_first<Store>(store: Arc<Store>)
where
    Store: JobStore + UploadStore + 'static,
{
    for (n, end) in [(1, 30), (2, 10), (3, 20), (4, 5)] {
        store.insert(new_job(n, "puppet"), at(0)).await.unwrap();
        store.request_cancel(id(n), at(end)).await.unwrap();
    }
    store.insert(new_job(5, "puppet"), at(0)).await.unwrap();
    store.set_hold(id(4), true).await.unwrap();
    assert_eq!(store.ended_before(at(21), 10).await.unwrap(), [id(2), id(3)], "one is held, one is queued");
    assert_eq!(store.ended_before(at(100), 1).await.unwrap(), [id(2)]);
    assert!(store.ended_before(at(10), 10).await.unwrap().is_empty());

    let (photo, audio, video) = (photo(1), audio(1), video(1));
    store.insert_video(&video).await.unwrap();
    store.insert_audio(&audio, None).await.unwrap();
    store.insert_photo(&photo, None).await.unwrap();
    let ids: [UploadId; 3] = [photo.id.into(), audio.id.into(), video.id.into()];
    assert_eq!(store.unneeded_before(at(100), 10).await.unwrap(), ids, "by age: 3, 4 and 5 seconds");
    assert_eq!(store.unneeded_before(at(5), 10).await.unwrap(), ids[..2]);
    let inputs = Inputs { audio_id: Some(audio.id), ..Inputs::default() };
    store.insert(NewJob { inputs, ..new_job(6, "puppet") }, at(0)).await.unwrap();
    assert_eq!(store.unneeded_before(at(100), 10).await.unwrap(), [ids[0], ids[2]], "a job needs it");
    store.request_cancel(id(6), at(1)).await.unwrap();
    assert_eq!(store.unneeded_before(at(100), 10).await.unwrap(), ids);
    store.set_hold(id(6), true).await.unwrap();
    assert_eq!(store.unneeded_before(at(100), 10).await.unwrap(), [ids[0], ids[2]], "a held job was made from it");
    assert_eq!(store.remove_unneeded(&ids).await.unwrap(), [ids[0], ids[2]]);
    assert!(store.remove_unneeded(&ids).await.unwrap().is_empty());
    assert!(store.photo(photo.id).await.unwrap().is_none() && store.audio(audio.id).await.unwrap().is_some());
}
