//! Warnings: those of a job's submission first, then those of its latest attempt.

use crate::domain::job::State;
use crate::domain::progress::Progress;
use crate::store::contract::samples::{Jobs, at, claim, error, id, new_job, read, succeeded};
use crate::store::jobs::{NewJob, Outcome};

pub(in crate::store) async fn warnings_add_up(jobs: Jobs) {
    jobs.insert(NewJob { warnings: texts(&["b", "a"]), ..new_job(1, "puppet") }, at(0)).await.unwrap();
    let lease = claim(&jobs, "puppet", 0).await;
    let told = texts(&["y", "ß: \\"]);
    jobs.heartbeat(&lease, at(9), &Progress::default(), &told, None).await.unwrap();
    let mut outcome = succeeded(1);
    if let Outcome::Succeeded { warnings, .. } = &mut outcome {
        *warnings = texts(&["z", "ä, \"quoted\"", "c"]);
    }
    assert!(jobs.finish(&lease, outcome, at(1)).await.unwrap());
    assert_eq!(read(&jobs, 1).await.warnings, texts(&["b", "a", "y", "ß: \\", "z", "ä, \"quoted\"", "c"]));
}

pub(in crate::store) async fn a_running_jobs_warnings_are_seen_at_once_and_once(jobs: Jobs) {
    jobs.insert(NewJob { warnings: texts(&["submitted"]), ..new_job(1, "puppet") }, at(0)).await.unwrap();
    let lease = claim(&jobs, "puppet", 0).await;
    let mut before = read(&jobs, 1).await;
    for told in [texts(&["one"]), texts(&["one", "two"])] {
        jobs.heartbeat(&lease, at(9), &Progress::default(), &told, None).await.unwrap();
        let after = read(&jobs, 1).await;
        assert_eq!(after.warnings, [texts(&["submitted"]), told.clone()].concat());
        assert!(after.revision > before.revision, "a client sees the change");
        jobs.heartbeat(&lease, at(9), &Progress::default(), &told, None).await.unwrap();
        assert_eq!(read(&jobs, 1).await, after, "the same again is no change");
        before = after;
    }
}

pub(in crate::store) async fn an_attempts_warnings_end_with_the_next_one(jobs: Jobs) {
    let submitted = texts(&["submitted"]);
    let endings = [Some(Outcome::Retry { error: error(), not_before: at(2) }), Some(Outcome::Released), None];
    for (n, ending) in (1..).zip(endings) {
        jobs.insert(NewJob { warnings: submitted.clone(), ..new_job(n, "puppet") }, at(0)).await.unwrap();
        let first = claim(&jobs, "puppet", 0).await;
        jobs.heartbeat(&first, at(9), &Progress::default(), &texts(&["first"]), None).await.unwrap();
        match ending {
            Some(ending) => assert!(jobs.finish(&first, ending, at(1)).await.unwrap()),
            None => assert_eq!(jobs.sweep_all(at(1)).await.unwrap(), [id(n)]),
        }
        let waiting = read(&jobs, n).await;
        assert_eq!(
            (waiting.state, waiting.warnings),
            (State::Queued, texts(&["submitted", "first"])),
            "beside its last error"
        );
        let second = claim(&jobs, "puppet", 2).await;
        assert_eq!(read(&jobs, n).await.warnings, submitted);
        jobs.heartbeat(&first, at(9), &Progress::default(), &texts(&["late"]), None).await.unwrap();
        assert_eq!(read(&jobs, n).await.warnings, submitted, "the first attempt's lease is lost");
        jobs.heartbeat(&second, at(9), &Progress::default(), &texts(&["second"]), None).await.unwrap();
        assert!(jobs.finish(&second, Outcome::Failed(error()), at(3)).await.unwrap());
        assert_eq!(read(&jobs, n).await.warnings, texts(&["submitted", "second"]));
    }
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(ToString::to_string).collect()
}
