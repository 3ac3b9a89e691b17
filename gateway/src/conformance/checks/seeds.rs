//! Whether the same job gives the same frames, and another seed others.

use serde_json::{Map, Value, json};

use crate::conformance::check::Check;
use crate::conformance::session::{Cancel, Session};
use crate::conformance::stand::{Scene, Stand};
use crate::conformance::take::Take;
use crate::conformance::verdict::{Miss, Tried};

/// The parameter of the random numbers, in every engine that has some.
pub(super) const SEED: &str = "seed";

pub(super) const CHECKS: [Check; 3] = [
    Check {
        name: "seeds.same",
        expected: "the same job gives the same frames twice, one after the other in one process",
        remedy: "take random numbers from the parameter `seed` alone, and keep no state from job to job that shows",
        run: |stand| Box::pin(same(stand)),
    },
    Check {
        name: "seeds.fresh",
        expected: "the same job gives the same frames in two processes",
        remedy: "let nothing depend on time, addresses, the process's id or the order of a hash map",
        run: |stand| Box::pin(fresh(stand)),
    },
    Check {
        name: "seeds.other",
        expected: "another seed gives other frames",
        remedy: "begin the random numbers with `seed`, or take the parameter away",
        run: |stand| Box::pin(other(stand)),
    },
];

/// The parameters that fix the random numbers, if there are any.
async fn seeded(stand: &mut Stand, seed: u64) -> Result<Option<Map<String, Value>>, Miss> {
    let described = stand.described().await?;
    let has_seed = described.parameters.as_ref().is_some_and(|parameters| parameters.property(SEED).is_some());
    Ok(has_seed.then(|| Map::from_iter([(SEED.to_owned(), json!(seed))])))
}

async fn shot(stand: &mut Stand, session: &mut Session, seed: u64) -> Result<Take, Miss> {
    let over = seeded(stand, seed).await?.unwrap_or_default();
    let take = stand.render(session, Scene::USUAL, &over, Cancel::Never).await?;
    match take.video() {
        Ok(_) => Ok(take),
        Err(reason) => Err(Miss::Failed(reason)),
    }
}

/// Where two jobs differ first.
fn difference(one: &Take, other: &Take) -> String {
    let (one, other) = (one.frames(), other.frames());
    match one.iter().zip(&other).position(|(one, other)| one != other) {
        Some(frame) => format!("they differ from frame {frame} on"),
        None => format!("one has {} frames, the other {}", one.len(), other.len()),
    }
}

async fn same(stand: &mut Stand) -> Tried {
    stand.usual().await?;
    let mut session = stand.warm().await?;
    let first = shot(stand, &mut session, 1).await?;
    let second = shot(stand, &mut session, 1).await?;
    stand.keep(session, &second).await;
    judged(&first, &second)
}

async fn fresh(stand: &mut Stand) -> Tried {
    stand.usual().await?;
    let mut takes = Vec::new();
    for _ in 0..2 {
        let mut session = stand.fresh().await?;
        takes.push(shot(stand, &mut session, 1).await?);
        session.shut_down().await;
    }
    judged(&takes[0], &takes[1])
}

fn judged(one: &Take, other: &Take) -> Tried {
    match one.shows_the_same(other) {
        true => Ok(format!("{} frames are the same", one.frames().len())),
        false => Err(Miss::Failed(difference(one, other))),
    }
}

async fn other(stand: &mut Stand) -> Tried {
    stand.usual().await?;
    if seeded(stand, 1).await?.is_none() {
        return Err(Miss::not_applicable("it has no parameter `seed`"));
    }
    let mut session = stand.warm().await?;
    let first = shot(stand, &mut session, 1).await?;
    let second = shot(stand, &mut session, 2).await?;
    stand.keep(session, &second).await;
    match first.shows_the_same(&second) {
        true => Err(Miss::failed("seeds 1 and 2 give the same frames")),
        false => Ok(difference(&first, &second)),
    }
}
