//! What every store must do with jobs that belong together.

use std::sync::Arc;

use uuid::Uuid;

use crate::domain::id::BatchId;
use crate::domain::job::Batch;
use crate::store::contract::samples::{at, id, new_job, read};
use crate::store::jobs::JobStore;

type Jobs = Arc<dyn JobStore>;

pub(in crate::store) async fn a_batch_is_written_whole_and_breaks_with_its_first_job(jobs: Jobs) {
    let [first, second] = [1, 2].map(|n| BatchId::from(Uuid::from_u128(n)));
    assert_eq!(jobs.batch(first).await.unwrap(), None);
    let written = jobs.insert_batch(first, true, &[new_job(2, "puppet"), new_job(1, "puppet")], at(0)).await.unwrap();
    let batch = Batch { id: first, combine: true, jobs: vec![read(&jobs, 2).await, read(&jobs, 1).await] };
    assert_eq!(written, batch, "in the order in which they were given");
    assert_eq!(jobs.batch(first).await.unwrap(), Some(batch));

    // The second job of this one is there already: nothing of it stays.
    jobs.insert_batch(second, false, &[new_job(3, "puppet"), new_job(1, "puppet")], at(1)).await.unwrap_err();
    assert_eq!((jobs.job(id(3)).await.unwrap(), jobs.batch(second).await.unwrap()), (None, None));

    jobs.request_cancel(id(1), at(2)).await.unwrap();
    assert!(jobs.batch(first).await.unwrap().is_some());
    assert_eq!(jobs.remove_ended(&[id(1)]).await.unwrap().len(), 1, "it has ended");
    assert_eq!(jobs.batch(first).await.unwrap(), None);
    read(&jobs, 2).await;
}
