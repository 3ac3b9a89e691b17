//! Which job comes next, what is told of the others, and when waiting ends.

use crate::domain::code::Code;
use crate::domain::history::QueuePosition;
use crate::domain::job::{Job, State};
use crate::store::contract::samples::{Jobs, at, claim, id, new_job, read};
use crate::store::contract::walk::Dice;
use crate::store::jobs::{JobFilter, NewJob, Outcome};

pub(in crate::store) async fn places_in_the_queue_count_the_jobs_claimed_before(jobs: Jobs) {
    let spoken = |n, engine, seconds| NewJob { speech_seconds: Some(seconds), ..new_job(n, engine) };
    jobs.insert(spoken(1, "puppet", 10.0), at(0)).await.unwrap();
    jobs.insert(spoken(2, "ditto", 99.0), at(0)).await.unwrap();
    jobs.insert(spoken(3, "puppet", 2.5), at(0)).await.unwrap();
    jobs.insert(new_job(4, "puppet"), at(0)).await.unwrap();
    jobs.insert(NewJob { priority: 1, ..spoken(5, "puppet", 4.0) }, at(0)).await.unwrap();
    let place = |ahead, speech_seconds_ahead| Some(QueuePosition { ahead, speech_seconds_ahead });
    let places = jobs.places(&[id(1), id(2), id(4), id(5), id(9)]).await.unwrap();
    assert_eq!(places.len(), 4, "there is no job 9");
    assert_eq!(places.get(&id(5)).copied(), place(0, 0.0), "it is urgent");
    assert_eq!(places.get(&id(1)).copied(), place(1, 4.0));
    assert_eq!(places.get(&id(4)).copied(), place(3, 16.5));
    assert_eq!(places.get(&id(2)).copied(), place(0, 0.0));
    assert_eq!(jobs.queue_length("puppet").await.unwrap(), 4);
    let mut counts = jobs.counts().await.unwrap();
    counts.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(counts, [("ditto".to_owned(), State::Queued, 1), ("puppet".to_owned(), State::Queued, 4)]);

    claim(&jobs, "puppet", 0).await;
    let places = jobs.places(&[id(5), id(4)]).await.unwrap();
    assert_eq!((places.get(&id(5)), places.get(&id(4)).copied()), (None, place(2, 12.5)), "it runs");
    assert_eq!(jobs.queue_length("puppet").await.unwrap(), 3);
    assert_eq!(jobs.queue_length("unknown").await.unwrap(), 0);
    assert_eq!(jobs.running("puppet").await.unwrap(), [read(&jobs, 5).await]);
    assert!(jobs.running("ditto").await.unwrap().is_empty());
}

/// Counted one by one or in any other way, however far apart the jobs were submitted, and whichever came and went.
pub(in crate::store) async fn places_are_what_counting_gives(jobs: Jobs) {
    const NOON: u64 = 1_790_000_000_000;
    let mut dice = Dice(3);
    for n in 0..240 {
        let milliseconds = [2, 300, 70_000, 5_000_000, 90_000_000][dice.below(5) as usize];
        let at_some_time = u128::from(NOON + dice.below(milliseconds)) << 80 | n;
        let job = NewJob {
            priority: dice.below(3) as i32 - 1,
            speech_seconds: (n % 4 > 0).then_some(n as f64 / 8.0),
            ..new_job(at_some_time, ["puppet", "ditto"][dice.below(2) as usize])
        };
        let inserted = jobs.insert(job, at(0)).await.unwrap();
        match dice.below(4) {
            0 => drop(jobs.request_cancel(inserted.id, at(1)).await.unwrap()),
            1 => {
                let lease = claim(&jobs, &inserted.engine, 1).await;
                let outcome = if n % 2 == 0 { Outcome::Released } else { Outcome::Canceled };
                assert!(jobs.finish(&lease, outcome, at(2)).await.unwrap());
            }
            _ => {}
        }
        if n % 20 == 19 {
            assert_places(&jobs).await;
        }
    }
}

async fn assert_places(jobs: &Jobs) {
    let filter = JobFilter { state: Some(State::Queued), limit: 1000, ..JobFilter::default() };
    let queued = jobs.jobs(&filter).await.unwrap();
    let places = jobs.places(&queued.iter().map(|job| job.id).collect::<Vec<_>>()).await.unwrap();
    for job in &queued {
        let is_ahead = |other: &&Job| {
            other.engine == job.engine
                && (other.priority > job.priority || (other.priority == job.priority && other.id < job.id))
        };
        let ahead: Vec<f64> = queued.iter().filter(is_ahead).map(|job| job.speech_seconds.unwrap_or(0.0)).collect();
        let place = places[&job.id];
        assert_eq!((place.ahead, place.speech_seconds_ahead), (ahead.len() as u64, ahead.iter().sum()), "{job:?}");
    }
    for engine in ["puppet", "ditto"] {
        let of_engine = queued.iter().filter(|job| job.engine == engine).count() as u64;
        assert_eq!(jobs.queue_length(engine).await.unwrap(), of_engine);
    }
}

pub(in crate::store) async fn the_oldest_queued_job_of_each_engine_is_known(jobs: Jobs) {
    assert!(jobs.oldest_queued().await.unwrap().is_empty());
    for (n, engine) in [(1, "puppet"), (2, "puppet"), (3, "ditto")] {
        let urgent = NewJob { priority: n.try_into().unwrap(), ..new_job(n, engine) };
        jobs.insert(urgent, at(n.try_into().unwrap())).await.unwrap();
    }
    let oldest = async || {
        let mut oldest = jobs.oldest_queued().await.unwrap();
        oldest.sort();
        oldest
    };
    assert_eq!(oldest().await, [("ditto".to_owned(), at(3)), ("puppet".to_owned(), at(1))]);
    claim(&jobs, "ditto", 4).await;
    jobs.request_cancel(id(1), at(4)).await.unwrap();
    assert_eq!(oldest().await, [("puppet".to_owned(), at(2))]);
}

pub(in crate::store) async fn the_most_urgent_job_is_claimed_first(jobs: Jobs) {
    for (n, priority) in [(1, 0), (2, -3), (3, 5), (4, 5)] {
        jobs.insert(NewJob { priority, ..new_job(n, "puppet") }, at(0)).await.unwrap();
    }
    for expected in [3, 4, 1, 2] {
        assert_eq!(claim(&jobs, "puppet", 1).await.job, id(expected));
    }
}

pub(in crate::store) async fn a_job_past_its_deadline_fails(jobs: Jobs) {
    let hurried = |n| NewJob { expires_at: Some(at(10)), ..new_job(n, "puppet") };
    for n in 1..=3 {
        jobs.insert(hurried(n), at(0)).await.unwrap();
    }
    let lease = claim(&jobs, "puppet", 9).await;
    assert!(jobs.sweep(at(9), &[]).await.unwrap().is_empty(), "there is time left");
    assert!(jobs.claim("puppet", at(10), at(20)).await.unwrap().is_none(), "it is too late already");
    let mut ended = jobs.sweep(at(10), &[]).await.unwrap();
    ended.sort();
    assert_eq!(ended, [id(2), id(3)], "a running job has made it");
    let failed = read(&jobs, 2).await;
    assert_eq!((failed.state, failed.finished_at), (State::Failed, Some(at(10))));
    assert_eq!(failed.error.unwrap().code, Code::JobExpired);
    assert!(jobs.finish(&lease, Outcome::Released, at(11)).await.unwrap());
    assert_eq!(jobs.sweep(at(11), &[]).await.unwrap(), [id(1)], "given back, it waits again");
}
