//! Getting ready: the answer to `check`, and loading.

use std::time::{Duration, Instant};

use engine_api::Readiness;
use serde_json::Value;

use crate::conformance::check::Check;
use crate::conformance::holdings::holdings;
use crate::conformance::session::Session;
use crate::conformance::stand::Stand;
use crate::conformance::verdict::{Miss, Tried};

/// How long `check` may take: clients who look at the engines wait for it.
const CHECK: Duration = Duration::from_secs(1);
/// How much memory `check` may take, in bytes: more is loading.
const CHECK_MEMORY: u64 = 64 << 20;
/// An option that no engine has.
const NO_OPTION: &str = "conformance_no_such_option";

pub(super) const CHECKS: [Check; 8] = [
    Check {
        name: "loading.ready",
        expected: "with these settings, `check` says that a job could be rendered",
        remedy: "do what it says; the engine's table [engines.ID] of the configuration holds here, and --set and --device \
                 go over it",
        run: |stand| Box::pin(ready(stand)),
    },
    Check {
        name: "loading.check_quick",
        expected: "`check` answers within a second and loads nothing",
        remedy: "compare files by existence and size and ask the driver for the device, but read no weights",
        run: |stand| Box::pin(check_quick(stand)),
    },
    Check {
        name: "loading.loads",
        expected: "it loads, once and within --timeout",
        remedy: "mend what is told; where it only takes long, raise --timeout",
        run: |stand| Box::pin(loads(stand)),
    },
    Check {
        name: "loading.signs",
        expected: "while it loads, it gives a sign of life within half of `stall_seconds`",
        remedy: "call `progress` after each file and each network, with news in it",
        run: |stand| Box::pin(signs(stand)),
    },
    Check {
        name: "loading.twice",
        expected: "two processes load it at the same time",
        remedy: "take no lock, port or file that only one process can have: operators run several (`instances`)",
        run: |stand| Box::pin(twice(stand)),
    },
    Check {
        name: "loading.unknown_option",
        expected: "`check` names an option that the engine does not know",
        remedy: "read `setup.options()` in `check` into a struct with `deny_unknown_fields`",
        run: |stand| Box::pin(unknown_option(stand)),
    },
    Check {
        name: "loading.no_weights",
        expected: "with an empty folder of weights, `check` says what is missing and what to do, or is ready if all are optional",
        remedy: "answer `Readiness::of_weights(&Self::describe(), setup)` unless all are there that are not optional",
        run: |stand| Box::pin(no_weights(stand)),
    },
    Check {
        name: "loading.leaves_nothing",
        expected: "a process that is ended while it loads leaves no other process behind, and the next one loads",
        remedy: "start no processes that leave their group, and keep nothing half-written that the next one trips over",
        run: |stand| Box::pin(leaves_nothing(stand)),
    },
];

async fn ready(stand: &mut Stand) -> Tried {
    match &stand.described().await?.readiness {
        Readiness::Ready { note: None } => Ok("it is ready".into()),
        Readiness::Ready { note: Some(note) } => Ok(format!("it is ready: {note}")),
        Readiness::MissingWeights { files, remedy } => {
            Err(Miss::failed(format!("these weights are missing: {}; {remedy}", files.join(", "))))
        }
        Readiness::Failed { reason, remedy } => Err(Miss::failed(format!("{reason}; {remedy}"))),
    }
}

async fn check_quick(stand: &mut Stand) -> Tried {
    let described = stand.described().await?;
    let setup = stand.setup(&described);
    let mut session = stand.open().await.map_err(Miss::Failed)?;
    // The first question opens the library, which is not `check`'s doing.
    session.describe(None).await.map_err(Miss::Failed)?;
    let before = holdings(session.process());
    let begun = Instant::now();
    let answer = session.describe(Some(setup)).await;
    let (took, after) = (begun.elapsed(), holdings(session.process()));
    session.shut_down().await;
    answer.map_err(Miss::Failed)?;
    let grown = before.zip(after).map_or(0, |(before, after)| after.memory.saturating_sub(before.memory));
    let measured = format!("{:.2} s, {} MiB", took.as_secs_f64(), grown >> 20);
    if took <= CHECK && grown <= CHECK_MEMORY { Ok(measured) } else { Err(Miss::Failed(measured)) }
}

/// A process that the engine is about to be loaded in.
async fn about_to_load(stand: &mut Stand) -> Result<Session, Miss> {
    if !stand.described().await?.readiness.is_ready() {
        return Err(Miss::not_tried("the engine is not ready: see loading.ready"));
    }
    stand.open().await.map_err(Miss::Failed)
}

async fn loads(stand: &mut Stand) -> Tried {
    let mut session = about_to_load(stand).await?;
    let described = stand.described().await?;
    let loading = session.load(stand.setup(&described)).await.map_err(|ended| Miss::Failed(ended.to_string()));
    let held = holdings(session.process());
    session.kill().await;
    let memory = held.map(|held| format!(", {} MiB", held.memory >> 20)).unwrap_or_default();
    Ok(format!("{:.2} s{memory}", loading?.took.as_secs_f64()))
}

async fn signs(stand: &mut Stand) -> Tried {
    let mut session = about_to_load(stand).await?;
    let described = stand.described().await?;
    let limit = stand.settings(&described).stall / 2;
    let loading = session.load(stand.setup(&described)).await;
    session.kill().await;
    let silence = loading.map_err(|_| Miss::not_tried("the engine does not load: see loading.loads"))?.silence;
    let measured = format!(
        "at most {:.2} s without a sign, of {} s until it would be killed",
        silence.as_secs_f64(),
        (2 * limit).as_secs_f64()
    );
    if silence <= limit { Ok(measured) } else { Err(Miss::Failed(measured)) }
}

async fn twice(stand: &mut Stand) -> Tried {
    let mut first = stand.fresh().await?;
    let mut second = about_to_load(stand).await?;
    let described = stand.described().await?;
    let loaded = second.load(stand.setup(&described)).await;
    let first_is_there = first.is_alive();
    first.shut_down().await;
    second.kill().await;
    match loaded {
        Ok(_) if first_is_there => Ok("both loaded".into()),
        Ok(_) => Err(Miss::failed("the first process ended when the second one loaded")),
        Err(ended) => Err(Miss::failed(format!("beside a process that has loaded it: {ended}"))),
    }
}

async fn unknown_option(stand: &mut Stand) -> Tried {
    let set = |setup: &mut engine_api::Setup| drop(setup.options.insert(NO_OPTION.into(), Value::Bool(true)));
    match stand.readiness(set).await? {
        Readiness::Failed { reason, .. } if reason.contains(NO_OPTION) => Ok(reason),
        Readiness::Ready { .. } => Err(Miss::failed(format!("with the option `{NO_OPTION} = true`, it is ready"))),
        other => Err(Miss::failed(format!("with the option `{NO_OPTION} = true`, it says {other:?}"))),
    }
}

async fn no_weights(stand: &mut Stand) -> Tried {
    let described = stand.described().await?;
    let weights = &described.description.descriptor.weights;
    if weights.is_empty() {
        return Err(Miss::not_applicable("it has no weights"));
    }
    let needs_none = weights.iter().all(|weight| weight.optional);
    let empty = stand.materials.place("no-weights");
    std::fs::create_dir_all(&empty).map_err(|error| Miss::not_tried(error.to_string()))?;
    match stand.readiness(|setup| setup.weights = Some(empty)).await? {
        Readiness::Ready { .. } if needs_none => Ok("it is ready without its optional weights".into()),
        Readiness::MissingWeights { files, remedy }
            if !needs_none && !files.is_empty() && !remedy.trim().is_empty() =>
        {
            Ok(format!("{} files are missing; {remedy}", files.len()))
        }
        Readiness::Failed { reason, remedy } if !reason.is_empty() && !remedy.is_empty() => {
            Ok(format!("{reason}; {remedy}"))
        }
        other => Err(Miss::failed(format!("it says {other:?}"))),
    }
}

async fn leaves_nothing(stand: &mut Stand) -> Tried {
    let mut session = about_to_load(stand).await?;
    let described = stand.described().await?;
    session.begin_to_load(stand.setup(&described)).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    super::output::ended_alone(session, Session::kill).await?;
    stand.fresh().await?.shut_down().await;
    Ok("it ended alone, and the next process loaded".into())
}
