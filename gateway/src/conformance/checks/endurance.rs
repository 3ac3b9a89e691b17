//! Many jobs in one process, which operators keep for days: what grows with each of them ends it some day.

use std::rc::Rc;

use serde_json::Map;

use crate::conformance::check::Check;
use crate::conformance::endured::{Endured, growth};
use crate::conformance::holdings::{files_below, holdings};
use crate::conformance::session::Cancel;
use crate::conformance::stand::{Scene, Stand};
use crate::conformance::verdict::{Miss, Tried};

/// How much a process may grow with each job, in bytes: allocators and caches settle slowly.
const MEMORY: f64 = 2.0 * MEBIBYTE;
const MEBIBYTE: f64 = (1 << 20) as f64;
/// The same for what is counted: what grows by one every other job is a leak.
const COUNTED: f64 = 0.4;

pub(super) const CHECKS: [Check; 5] = [
    Check {
        name: "endurance.completes",
        expected: "one process renders 20 jobs, one after the other (--jobs)",
        remedy: "look for what the first jobs leave in `self` or in statics",
        run: |stand| Box::pin(completes(stand)),
    },
    Check {
        name: "endurance.memory",
        expected: "its memory grows by less than 2 MiB with each job, once it is warm",
        remedy: "drop what belongs to a job with it; let caches have a size",
        run: |stand| Box::pin(memory(stand)),
    },
    Check {
        name: "endurance.handles",
        expected: "it holds no more files, sockets and pipes open after each job",
        remedy: "close what a job has opened: let it go out of scope in `render`",
        run: |stand| Box::pin(handles(stand)),
    },
    Check {
        name: "endurance.threads",
        expected: "it has no more threads after each job",
        remedy: "join the threads that a job has started, or keep a pool of them in `self`",
        run: |stand| Box::pin(threads(stand)),
    },
    Check {
        name: "endurance.files",
        expected: "it leaves no more temporary files after each job",
        remedy: "make files in `job.work_dir`, which is removed after the attempt",
        run: |stand| Box::pin(files(stand)),
    },
];

/// Renders the jobs, once for all of these checks.
async fn endure(stand: &mut Stand) -> Result<Rc<Endured>, Miss> {
    if let Some(endured) = &stand.endured {
        return Ok(Rc::clone(endured));
    }
    stand.usual().await?;
    let mut session = stand.fresh().await?;
    let (mut held, mut files, mut end) = (Vec::new(), Vec::new(), None);
    for _ in 0..stand.order.jobs {
        let take = stand.render(&mut session, Scene::USUAL, &Map::new(), Cancel::Never).await?;
        if let Err(reason) = take.video() {
            end = Some(reason);
            break;
        }
        held.extend(holdings(session.process()));
        files.push(files_below(&session.temporary).len());
    }
    session.shut_down().await;
    let endured = Rc::new(Endured { held, files, end });
    Ok(Rc::clone(stand.endured.insert(endured)))
}

async fn completes(stand: &mut Stand) -> Tried {
    let endured = endure(stand).await?;
    match &endured.end {
        None => Ok(format!("{} jobs", endured.files.len())),
        Some(reason) => Err(Miss::failed(format!("job {}: {reason}", endured.files.len() + 1))),
    }
}

/// Judges how something grew, of which `tell` makes words.
async fn steady(
    stand: &mut Stand,
    numbers: impl Fn(&Endured) -> Vec<f64>,
    limit: f64,
    tell: impl Fn(f64) -> String,
) -> Tried {
    let endured = endure(stand).await?;
    if endured.end.is_some() {
        return Err(Miss::not_tried("the jobs did not all become videos: see endurance.completes"));
    }
    let numbers = numbers(&endured);
    let (Some(first), Some(last)) = (numbers.first(), numbers.last()) else {
        return Err(Miss::not_applicable("this system does not tell what a process holds"));
    };
    let growth = growth(&numbers);
    let measured = format!("{} after the first job, {} after the last", tell(*first), tell(*last));
    match growth < limit {
        true => Ok(measured),
        false => Err(Miss::failed(format!("{measured}: {} more with each", tell(growth)))),
    }
}

async fn memory(stand: &mut Stand) -> Tried {
    let memory = |endured: &Endured| endured.held.iter().map(|held| held.memory as f64).collect();
    steady(stand, memory, MEMORY, |bytes| format!("{:.1} MiB", bytes / MEBIBYTE)).await
}

async fn handles(stand: &mut Stand) -> Tried {
    let handles = |endured: &Endured| endured.held.iter().map(|held| held.handles as f64).collect();
    steady(stand, handles, COUNTED, counted).await
}

async fn threads(stand: &mut Stand) -> Tried {
    let threads = |endured: &Endured| endured.held.iter().map(|held| held.threads as f64).collect();
    steady(stand, threads, COUNTED, counted).await
}

async fn files(stand: &mut Stand) -> Tried {
    let files = |endured: &Endured| endured.files.iter().map(|files| *files as f64).collect();
    steady(stand, files, COUNTED, counted).await
}

fn counted(number: f64) -> String {
    format!("{}", (10.0 * number).round() / 10.0)
}
