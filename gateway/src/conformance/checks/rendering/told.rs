//! What is told while a job is rendered: the number of frames, stages, phases, signs of life.

use std::collections::BTreeMap;

use engine_api::Phase;

use crate::conformance::stand::Stand;
use crate::conformance::verdict::{Miss, Tried};
use crate::host::calls::What;

/// How far what clients see must have come before the video is there.
const NEARLY: f64 = 0.9;

pub(super) async fn announced(stand: &mut Stand) -> Tried {
    let take = stand.usual().await?;
    match take.format() {
        None => Err(Miss::not_applicable("it delivers a finished file")),
        Some(format) => match format.frames {
            Some(frames) => Ok(format!("{frames} frames")),
            None => Err(Miss::failed("`frames` is None")),
        },
    }
}

pub(super) async fn progress(stand: &mut Stand) -> Tried {
    let take = stand.usual().await?;
    let mut stages = BTreeMap::<&str, u64>::new();
    let mut running = "";
    for call in &take.calls {
        let What::Progress { stage, done, total } = &call.what else { continue };
        if *total > 0 && done > total {
            return Err(Miss::failed(format!("{stage:?} told {done} of {total}")));
        }
        // A stage that comes back after another one begins anew.
        let last = if running == stage { stages.get(stage.as_str()).copied().unwrap_or_default() } else { 0 };
        if *done < last {
            return Err(Miss::failed(format!("{stage:?} told {last}, and then {done} of {total}")));
        }
        running = stage;
        stages.insert(stage, *done);
    }
    let names: Vec<_> = stages.keys().map(|stage| format!("{stage:?}")).collect();
    Ok(if names.is_empty() { "only frames told of progress".into() } else { format!("stages {}", names.join(", ")) })
}

pub(super) async fn advances(stand: &mut Stand) -> Tried {
    let take = stand.usual().await?;
    let rendered = take.progress.iter().filter(|told| told.phase <= Some(Phase::Rendering));
    let greatest = rendered.map(|told| told.fraction).fold(0.0, f64::max);
    let measured = format!("{:.0} % when the last picture was made", 100.0 * greatest);
    match take.format() {
        _ if greatest >= NEARLY => Ok(measured),
        Some(format) if format.frames.is_none() => {
            Err(Miss::not_tried(format!("{measured}, and the number of frames is unknown: see rendering.announced")))
        }
        _ => Err(Miss::Failed(measured)),
    }
}

pub(super) async fn phases(stand: &mut Stand) -> Tried {
    let take = stand.usual().await?;
    let mut reached = Phase::Preparing;
    for call in &take.calls {
        let (told, phase) = match &call.what {
            What::Phase { phase } => ("told of", *phase),
            What::Begin { .. } => ("began", Phase::Rendering),
            What::Deliver => ("delivered, which is", Phase::Finishing),
            What::Frame { .. } | What::Progress { .. } => continue,
        };
        if phase < reached {
            return Err(Miss::failed(format!("it {told} `{}` when it was `{}`", phase.name(), reached.name())));
        }
        reached = phase;
    }
    Ok(format!("up to `{}`", reached.name()))
}

pub(super) async fn signs(stand: &mut Stand) -> Tried {
    let take = stand.usual().await?;
    let described = stand.described().await?;
    let stall = stand.settings(&described).stall;
    let (silence, after) = take.longest_silence();
    let measured = format!(
        "at most {:.2} s without a sign, after {after}, of {} s until it would be killed",
        silence.as_secs_f64(),
        stall.as_secs_f64()
    );
    if silence <= stall / 2 { Ok(measured) } else { Err(Miss::Failed(measured)) }
}
