//! On what a job is computed: what its latest attempt said last.

use crate::domain::job::State;
use crate::domain::progress::Progress;
use crate::store::contract::samples::{Jobs, at, claim, error, id, new_job, on, read, succeeded};
use crate::store::jobs::Outcome;

pub(in crate::store) async fn what_a_job_is_computed_on_is_seen_at_once_and_once(jobs: Jobs) {
    jobs.insert(new_job(1, "puppet"), at(0)).await.unwrap();
    let lease = claim(&jobs, "puppet", 0).await;
    let mut before = read(&jobs, 1).await;
    assert_eq!(before.computation, None);
    for told in ["cpu", "ß: \\, \"quoted\""].map(on) {
        jobs.heartbeat(&lease, at(9), &Progress::default(), &[], Some(&told)).await.unwrap();
        let after = read(&jobs, 1).await;
        assert_eq!(after.computation.as_ref(), Some(&told), "the last word counts");
        assert!(after.revision > before.revision, "a client sees the change");
        jobs.heartbeat(&lease, at(9), &Progress::default(), &[], Some(&told)).await.unwrap();
        assert_eq!(read(&jobs, 1).await, after, "the same again is no change");
        before = after;
    }
    assert!(jobs.finish(&lease, succeeded(1), at(1)).await.unwrap());
    assert_eq!(read(&jobs, 1).await.computation, before.computation);
}

pub(in crate::store) async fn what_an_attempt_is_computed_on_is_not_the_next_ones(jobs: Jobs) {
    let endings = [Some(Outcome::Retry { error: error(), not_before: at(2) }), Some(Outcome::Released), None];
    for (n, ending) in (1..).zip(endings) {
        jobs.insert(new_job(n, "puppet"), at(0)).await.unwrap();
        let first = claim(&jobs, "puppet", 0).await;
        jobs.heartbeat(&first, at(9), &Progress::default(), &[], Some(&on("cuda:0"))).await.unwrap();
        match ending {
            Some(ending) => assert!(jobs.finish(&first, ending, at(1)).await.unwrap()),
            None => assert_eq!(jobs.sweep_all(at(1)).await.unwrap(), [id(n)]),
        }
        let waiting = read(&jobs, n).await;
        assert_eq!((waiting.state, waiting.computation), (State::Queued, Some(on("cuda:0"))), "beside its last error");
        let second = claim(&jobs, "puppet", 2).await;
        assert_eq!(read(&jobs, n).await.computation, None);
        jobs.heartbeat(&first, at(9), &Progress::default(), &[], Some(&on("late"))).await.unwrap();
        assert_eq!(read(&jobs, n).await.computation, None, "the first attempt's lease is lost");
        jobs.heartbeat(&second, at(9), &Progress::default(), &[], Some(&on("cpu"))).await.unwrap();
        assert!(jobs.finish(&second, Outcome::Failed(error()), at(3)).await.unwrap());
        assert_eq!(read(&jobs, n).await.computation, Some(on("cpu")));
    }
}
