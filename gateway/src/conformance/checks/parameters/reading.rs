//! Whether the engine reads what its schema allows. A job is canceled as soon as it is sent, so what is found out is the
//! reading alone, and takes a moment.

use std::rc::Rc;

use engine_api::ErrorKind;
use serde_json::{Map, Value};

use crate::conformance::session::Cancel;
use crate::conformance::stand::{Described, Scene, Stand};
use crate::conformance::take::Ended;
use crate::conformance::variation;
use crate::conformance::verdict::{Miss, Tried};
use crate::domain::counted::counted;
use crate::domain::params::Parameters;

/// What the reader on the plugin's side says of a job that does not fit the engine's type: see `engine_api::abi`.
const UNREAD: &str = "the job: ";

/// Values of parameters that are each tried by themselves.
struct Tries {
    described: Rc<Described>,
    values: Vec<(String, Value)>,
}

/// The values that `of` gives for the properties that are not left alone.
async fn values(
    stand: &mut Stand,
    of: impl Fn(&Parameters, &Value) -> Vec<Value>,
    nothing: &str,
) -> Result<Tries, Miss> {
    let described = stand.described().await?;
    let unusable = || Miss::not_tried("its schema cannot be used: see description.schema");
    let parameters = described.parameters.as_ref().ok_or_else(unusable)?;
    let mut values = Vec::new();
    for name in parameters.names().filter(|name| !stand.order.left_alone.iter().any(|left| left == name)) {
        let Some(property) = parameters.property(name) else { continue };
        values.extend(of(parameters, property).into_iter().map(|value| (name.to_owned(), value)));
    }
    if values.is_empty() {
        return Err(Miss::not_applicable(nothing));
    }
    Ok(Tries { described: Rc::clone(&described), values })
}

/// What became of a job with these parameters that was canceled at once.
async fn canceled(stand: &mut Stand, described: &Described, params: Map<String, Value>) -> Result<Ended, Miss> {
    let mut session = stand.warm().await?;
    let job = stand.job(described, Scene::USUAL, params).await;
    let job = job.map_err(|error| Miss::not_tried(format!("{error:#}")))?;
    let take = stand.play(&mut session, job, Cancel::AtOnce).await;
    stand.keep(session, &take).await;
    Ok(take.ended)
}

/// Whether a job was read: its end is the cancel's, or a sentence of the engine's own.
fn was_read(ended: &Ended) -> bool {
    match ended {
        Ended::Done(_) => true,
        Ended::Refused(error) => match error.kind {
            ErrorKind::Canceled => true,
            ErrorKind::Input => !error.message.starts_with(UNREAD) && !error.message.trim().is_empty(),
            _ => false,
        },
        Ended::Short(_) | Ended::Died(_) | Ended::Late(_) => false,
    }
}

pub(super) async fn defaults(stand: &mut Stand) -> Tried {
    let described = stand.described().await?;
    let unusable = || Miss::not_tried("its schema cannot be used: see description.schema");
    let parameters = described.parameters.as_ref().ok_or_else(unusable)?;
    let needed = parameters.required();
    if !needed.is_empty() {
        return Err(Miss::not_applicable(format!("every request must give {}", needed.join(", "))));
    }
    let params = parameters
        .complete(Map::new())
        .map_err(|_| Miss::not_tried("its defaults break its own schema: see description.defaults"))?;
    let ended = canceled(stand, &described, params).await?;
    if was_read(&ended) { Ok("it was read".into()) } else { Err(Miss::Failed(ended.to_string())) }
}

/// Tries each value by itself.
async fn read_all(stand: &mut Stand, tries: Tries) -> Tried {
    let (mut unread, mut refused) = (Vec::new(), Vec::new());
    for (name, value) in &tries.values {
        let over = Map::from_iter([(name.clone(), value.clone())]);
        let told = format!("{name} = {value}");
        let params = match stand.params(&tries.described, &over) {
            Ok(params) => params,
            Err(reason) => {
                unread.push(format!("{told} is refused by the schema: {reason}"));
                continue;
            }
        };
        let ended = canceled(stand, &tries.described, params).await?;
        match &ended {
            ended if !was_read(ended) => unread.push(format!("{told}: {ended}")),
            Ended::Refused(error) if error.kind == ErrorKind::Input => refused.push(told),
            _ => {}
        }
    }
    if !unread.is_empty() {
        return Err(Miss::Failed(unread.join("; ")));
    }
    let count = counted(tries.values.len() as u64, "value");
    Ok(match refused.as_slice() {
        [] => format!("{count} read"),
        refused => format!("{count} read; the engine itself refuses {}", refused.join(", ")),
    })
}

pub(super) async fn bounds(stand: &mut Stand) -> Tried {
    let both = |parameters: &Parameters, property: &Value| {
        variation::bounds(parameters, property).map(Vec::from).unwrap_or_default()
    };
    let tries = values(stand, both, "it has no numbers").await?;
    read_all(stand, tries).await
}

pub(super) async fn choices(stand: &mut Stand) -> Tried {
    let words =
        |parameters: &Parameters, property: &Value| variation::choices(parameters, property).unwrap_or_default();
    let tries = values(stand, words, "no parameter takes words of a list").await?;
    read_all(stand, tries).await
}

pub(super) async fn nulls(stand: &mut Stand) -> Tried {
    let null = |parameters: &Parameters, property: &Value| match parameters.takes_null(property) {
        true => vec![Value::Null],
        false => vec![],
    };
    let tries = values(stand, null, "no parameter may be null").await?;
    read_all(stand, tries).await
}

pub(super) async fn beyond(stand: &mut Stand) -> Tried {
    let beyond = |_: &Parameters, property: &Value| variation::beyond(property);
    let Tries { described, values } = values(stand, beyond, "no number has bounds").await?;
    let is_taken = |(name, value): &&(String, Value)| {
        stand.params(&described, &Map::from_iter([(name.clone(), value.clone())])).is_ok()
    };
    let taken: Vec<_> = values.iter().filter(is_taken).map(|(name, value)| format!("{name} = {value}")).collect();
    match taken.is_empty() {
        true => Ok(format!("{} refused", counted(values.len() as u64, "value"))),
        false => Err(Miss::failed(format!("these are taken: {}", taken.join(", ")))),
    }
}
