//! An aimless walk through the life of many jobs: what no single clause thought of.

use std::collections::HashMap;

use engine_api::Phase;

use crate::domain::id::JobId;
use crate::domain::job::Job;
use crate::domain::progress::Progress;
use crate::store::contract::samples::{Jobs, at, new_job, on, outcomes};
use crate::store::jobs::{JobFilter, Lease};

/// Whatever is asked of the store: no job takes a way that [`crate::domain::job::State::may_become`] forbids, each visible
/// change has a revision of its own, and no step fails.
pub(in crate::store) async fn whatever_happens_is_legal_and_counted(jobs: Jobs) {
    let mut dice = Dice(1);
    let (mut leases, mut known, mut ended) = (Vec::new(), HashMap::new(), 0);
    for step in 0..1000 {
        take_a_step(&jobs, &mut dice, &mut leases, step).await;
        for after in jobs.jobs(&JobFilter { limit: 1000, ..JobFilter::default() }).await.unwrap() {
            let Some(before): Option<Job> = known.insert(after.id, after.clone()) else { continue };
            if after != before {
                assert!(after.revision > before.revision, "step {step}: {before:?} became {after:?}");
                let legal = after.state == before.state || before.state.may_become(after.state);
                assert!(legal, "step {step}: {before:?} became {after:?}");
                ended += u32::from(after.state.is_final());
            }
        }
    }
    assert!(ended > 20, "the walk gets somewhere: {ended} jobs ended");
}

async fn take_a_step(jobs: &Jobs, dice: &mut Dice, leases: &mut Vec<Lease>, step: i64) {
    let now = at(step);
    match dice.below(6) {
        0 => {
            jobs.insert(new_job(1 + step as u128, "puppet"), now).await.unwrap();
        }
        1 => {
            let claimed = jobs.claim("puppet", now, at(step + 40)).await.unwrap();
            leases.extend(claimed.map(|(_, lease)| lease));
        }
        2 if !leases.is_empty() => {
            let progress = Progress::new(Phase::Rendering, "render", dice.below(3), 3);
            let warnings = vec!["turned".to_owned(); dice.below(2) as usize];
            let computation = (dice.below(2) == 1).then(|| on("cuda:0"));
            let until = at(step + 40);
            jobs.heartbeat(dice.pick(leases), until, &progress, &warnings, computation.as_ref()).await.unwrap();
        }
        3 if !leases.is_empty() => {
            let lease = dice.pick(leases);
            jobs.finish(lease, dice.pick(&outcomes(lease.attempt)).clone(), now).await.unwrap();
        }
        4 if step > 0 => {
            let some_job: JobId = crate::store::contract::samples::id(1 + u128::from(dice.below(step as u64)));
            jobs.request_cancel(some_job, now).await.unwrap();
        }
        _ => drop(jobs.sweep(now, &[]).await.unwrap()),
    }
}

/// Numbers without aim that are the same in every run: Knuth's MMIX generator.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn pick<'a, T>(&mut self, things: &'a [T]) -> &'a T {
        &things[self.below(things.len() as u64) as usize]
    }
}
