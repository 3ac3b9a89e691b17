//! Whether each parameter does anything: the frames of a job that differs in it alone are others.

use serde_json::{Map, Value};

use crate::conformance::checks::seeds::SEED;
use crate::conformance::materials::Speech;
use crate::conformance::session::Cancel;
use crate::conformance::stand::{Scene, Stand};
use crate::conformance::take::{Ended, Take};
use crate::conformance::variation;
use crate::conformance::verdict::{Miss, Tried};

/// How many other values are tried with the usual speech, and how many more with the long one, where what is rare has time
/// to happen.
const VALUES: usize = 4;
const LONG_VALUES: usize = 2;

/// What changing a parameter did.
enum Effect {
    Frames,
    None,
    /// No value could be compared: why.
    Unknown(String),
}

pub(super) async fn effect(stand: &mut Stand) -> Tried {
    let usual = stand.usual().await?;
    let described = stand.described().await?;
    let parameters = described.parameters.as_ref().ok_or_else(|| Miss::not_tried("its schema cannot be used"))?;
    let now = stand.params(&described, &Map::new()).map_err(Miss::NotTried)?;
    let (mut changed, mut without, mut unknown) = (0, Vec::new(), Vec::new());
    for name in parameters.names() {
        // About the seed there are checks of their own.
        let (Some(property), false) = (parameters.property(name), name == SEED) else { continue };
        if stand.order.left_alone.iter().any(|left| left == name) {
            continue;
        }
        let others = variation::others(parameters, property, now.get(name).unwrap_or(&Value::Null));
        match try_values(stand, name, &others, &usual).await? {
            Effect::Frames => changed += 1,
            Effect::None => without.push(name),
            Effect::Unknown(reason) => unknown.push(format!("{name} ({reason})")),
        }
    }
    let mut measured = format!("{changed} changed the frames");
    if !without.is_empty() {
        measured += &format!("; without effect: {}", without.join(", "));
    }
    if !unknown.is_empty() {
        measured += &format!("; not compared: {}", unknown.join(", "));
    }
    match (changed, without.is_empty()) {
        (_, false) => Err(Miss::Failed(measured)),
        (0, true) if unknown.is_empty() => Err(Miss::not_applicable("there is no parameter to vary")),
        _ => Ok(measured),
    }
}

async fn try_values(stand: &mut Stand, name: &str, others: &[Value], usual: &Take) -> Result<Effect, Miss> {
    let (mut compared, mut refusal) = (false, "nobody but its author knows another value".to_owned());
    for value in others.iter().take(VALUES) {
        match compare(stand, Scene::USUAL, name, value, usual).await? {
            Effect::Frames => return Ok(Effect::Frames),
            Effect::None => compared = true,
            Effect::Unknown(reason) => refusal = reason,
        }
    }
    if !compared {
        return Ok(Effect::Unknown(refusal));
    }
    let long = Scene::heard(Speech::Long);
    let take = stand.take(long).await?;
    if take.video().is_ok() {
        for value in others.iter().rev().take(LONG_VALUES) {
            if let Effect::Frames = compare(stand, long, name, value, &take).await? {
                return Ok(Effect::Frames);
            }
        }
    }
    Ok(Effect::None)
}

/// Renders with another value.
async fn compare(stand: &mut Stand, scene: Scene, name: &str, value: &Value, with: &Take) -> Result<Effect, Miss> {
    let described = stand.described().await?;
    let over = Map::from_iter([(name.to_owned(), value.clone())]);
    if let Err(reason) = stand.params(&described, &over) {
        return Ok(Effect::Unknown(reason));
    }
    let take = stand.render_warm(scene, &over, Cancel::Never).await?;
    match &take.ended {
        Ended::Done(_) if take.shows_the_same(with) => Ok(Effect::None),
        Ended::Done(_) => Ok(Effect::Frames),
        Ended::Refused(error) if error.kind == engine_api::ErrorKind::Input => {
            Ok(Effect::Unknown(format!("{value}: {}", error.message)))
        }
        ended => Err(Miss::failed(format!("with {name} = {value}: {ended}"))),
    }
}
