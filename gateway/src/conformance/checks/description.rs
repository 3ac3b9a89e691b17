//! What the engine says of itself, and whether requests can be held to it.

use crate::catalog::contract::Topic;
use crate::conformance::check::Check;
use crate::conformance::stand::{Described, Stand};
use crate::conformance::verdict::{Miss, Tried};
use crate::domain::counted::counted;

pub(super) const CHECKS: [Check; 12] = [
    Check {
        name: "description.opens",
        expected: "the file is a library that exports an engine for this gateway, and describes it",
        remedy: "build a `cdylib` with `export_engine!`, against the engine-api of this gateway, in which `describe` neither \
                 panics nor waits",
        run: |stand| Box::pin(opens(stand)),
    },
    Check {
        name: "description.id",
        expected: "its id is one that configurations and requests can name",
        remedy: "choose an id of lower-case letters, digits and single hyphens that is no setting of [engines]",
        run: |stand| Box::pin(topic(stand, Topic::Id)),
    },
    Check {
        name: "description.words",
        expected: "name, version, summary and the code's licence are each a line of text",
        remedy: "fill in `name`, `version`, `summary` and `licence.code` of the descriptor",
        run: |stand| Box::pin(topic(stand, Topic::Words)),
    },
    Check {
        name: "description.licence",
        expected: "the terms of its weights are told where it has any",
        remedy: "set `licence.weights`, and `licence.commercial_use` for code and weights together",
        run: |stand| Box::pin(licence(stand)),
    },
    Check {
        name: "description.inputs",
        expected: "each combination of inputs is one that a job can bring, and is listed once",
        remedy: "list in `inputs` what a job must bring, best first: `vec![vec![Input::Portrait, Input::Speech]]`",
        run: |stand| Box::pin(topic(stand, Topic::Inputs)),
    },
    Check {
        name: "description.weights",
        expected: "each file of weights has a place inside their folder and a source that `models pull` can read",
        remedy: "correct `file`, `source` and `sha256` of the weights that are named",
        run: |stand| Box::pin(topic(stand, Topic::Weights)),
    },
    Check {
        name: "description.devices",
        expected: "it names the kinds of device that it runs on",
        remedy: "list them in `devices`, preferred first",
        run: |stand| Box::pin(topic(stand, Topic::Devices)),
    },
    Check {
        name: "description.steady",
        expected: "another process describes it with the same words and the same schema",
        remedy: "let `describe` and the schema depend on nothing but the code: no time, no random numbers, no environment",
        run: |stand| Box::pin(steady(stand)),
    },
    Check {
        name: "description.schema",
        expected: "the schema of its parameters is that of an object, and requests can be checked against it",
        remedy: "derive `JsonSchema` for a struct, or mend the schema that is written by hand",
        run: |stand| Box::pin(schema(stand)),
    },
    Check {
        name: "description.defaults",
        expected: "each default is a value that its own schema takes",
        remedy: "change the defaults that are named, or their ranges",
        run: |stand| Box::pin(topic(stand, Topic::Defaults)),
    },
    Check {
        name: "description.optional",
        expected: "each parameter has a default, so that a request may leave it out",
        remedy: "put `#[serde(default)]` on the struct and implement `Default`",
        run: |stand| Box::pin(topic(stand, Topic::Required)),
    },
    Check {
        name: "description.texts",
        expected: "each parameter is described",
        remedy: "write a doc comment on each field: it becomes the description that clients read",
        run: |stand| Box::pin(topic(stand, Topic::Texts)),
    },
];

async fn opens(stand: &mut Stand) -> Tried {
    let described = stand.asked().await.map_err(Miss::Failed)?;
    let descriptor = &described.description.descriptor;
    let (took, start) = (described.took, stand.settings(&described).start);
    let measured = format!("`{}` {}, described in {:.2} s", descriptor.id, descriptor.version, took.as_secs_f64());
    if took <= start {
        return Ok(measured);
    }
    Err(Miss::failed(format!("{measured}, and the gateway waits for {} s (`start_seconds`)", start.as_secs_f64())))
}

/// Passes what nothing was found about.
async fn topic(stand: &mut Stand, topic: Topic) -> Tried {
    let described = stand.described().await?;
    let needs_schema = [Topic::Defaults, Topic::Required, Topic::Texts].contains(&topic);
    if needs_schema && described.parameters.is_none() {
        return Err(Miss::not_tried("its schema cannot be used: see description.schema"));
    }
    let found = described.findings.iter().filter(|finding| finding.topic == topic);
    let found: Vec<_> = found.map(|finding| finding.sentence.as_str()).collect();
    if found.is_empty() { Ok(told(&described, topic)) } else { Err(Miss::failed(found.join("; "))) }
}

/// What a description says on a topic.
fn told(described: &Described, topic: Topic) -> String {
    let descriptor = &described.description.descriptor;
    let parameters = described.parameters.as_ref().map_or(0, |parameters| parameters.names().count());
    match topic {
        Topic::Id => descriptor.id.clone(),
        Topic::Words => format!("{}: {}", descriptor.name, descriptor.summary),
        Topic::Devices => format!("{:?}", descriptor.devices),
        Topic::Inputs => format!("{:?}", descriptor.inputs),
        Topic::Weights => counted(descriptor.weights.len() as u64, "file"),
        Topic::Schema | Topic::Defaults | Topic::Required | Topic::Texts => counted(parameters as u64, "parameter"),
    }
}

async fn licence(stand: &mut Stand) -> Tried {
    let described = stand.described().await?;
    let descriptor = &described.description.descriptor;
    let (count, licence) = (descriptor.weights.len(), &descriptor.licence);
    let terms = licence.weights.as_deref().unwrap_or_default().trim();
    match (count, terms) {
        (0, _) => Ok(format!("code: {}; no weights", licence.code)),
        (_, "") => Err(Miss::failed(format!("it has {count} files of weights, and tells no terms of theirs"))),
        (_, terms) => Ok(format!("code: {}; weights: {terms}", licence.code)),
    }
}

async fn steady(stand: &mut Stand) -> Tried {
    let first = stand.described().await?;
    let mut session = stand.open().await.map_err(Miss::Failed)?;
    let again = session.describe(None).await;
    session.shut_down().await;
    let (again, _) = again.map_err(Miss::Failed)?;
    match again == first.description {
        true => Ok("two processes said the same".into()),
        false => Err(Miss::failed("two processes described it differently")),
    }
}

async fn schema(stand: &mut Stand) -> Tried {
    let described = stand.described().await?;
    match &described.parameters {
        Some(_) => Ok(told(&described, Topic::Schema)),
        None => {
            let reason = described.findings.iter().find(|finding| finding.topic == Topic::Schema);
            Err(Miss::failed(reason.map(|finding| finding.sentence.clone()).unwrap_or_default()))
        }
    }
}
