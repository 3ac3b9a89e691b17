//! What a plugin says of itself, held to what an engine must be: what cannot be used is refused, what is odd is told.

use std::collections::BTreeSet;
use std::path::Path;

use engine_api::{Description, Descriptor, Input};

use crate::catalog::entry::Engine;
use crate::config::Engines;
use crate::domain::engine_id::{RULE, is_engine_id, nearest_id};
use crate::domain::fault::excerpt;
use crate::domain::params::Parameters;
use crate::weights::{ModelError, items};

/// What a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// The engine's id.
    Id,
    /// Name, version, summary and terms, which people read.
    Words,
    /// The kinds of device that it runs on.
    Devices,
    /// The combinations of inputs that it takes.
    Inputs,
    /// The files of weights that it needs.
    Weights,
    /// Whether requests can be held to the schema of its parameters.
    Schema,
    /// Defaults against that schema.
    Defaults,
    /// Parameters that every request must give.
    Required,
    /// What people read of the parameters.
    Texts,
}

/// What was found in a description.
#[derive(Debug)]
pub struct Finding {
    /// What it is about.
    pub topic: Topic,
    /// Whether the engine cannot be used for it; otherwise it is odd.
    pub is_wrong: bool,
    /// A sentence for the author.
    pub sentence: String,
}

impl Finding {
    fn wrong(topic: Topic, sentence: impl Into<String>) -> Self {
        Self { topic, is_wrong: true, sentence: sentence.into() }
    }

    fn odd(topic: Topic, sentence: impl Into<String>) -> Self {
        Self { topic, is_wrong: false, sentence: sentence.into() }
    }
}

/// The engine of a description, with what is odd about it.
///
/// # Errors
/// No request could be held to it, or no configuration could name it: everything that is wrong, in sentences.
pub(super) fn judge(description: Description) -> Result<Engine, String> {
    let (parameters, findings) = examine(&description);
    let sentences = |is_wrong: bool| -> Vec<String> {
        findings.iter().filter(|found| found.is_wrong == is_wrong).map(|found| found.sentence.clone()).collect()
    };
    let wrong = sentences(true);
    match parameters.filter(|_| wrong.is_empty()) {
        Some(parameters) => Ok(Engine { description, parameters, odd: sentences(false) }),
        None => Err(wrong.join("; ")),
    }
}

/// Everything that is wrong or odd about a description, and its parameters where their schema can be used.
pub fn examine(description: &Description) -> (Option<Parameters>, Vec<Finding>) {
    let descriptor = &description.descriptor;
    let mut findings = odd_words(descriptor);
    findings.extend(wrong_id(&descriptor.id).map(|sentence| Finding::wrong(Topic::Id, sentence)));
    inputs(&descriptor.inputs, &mut findings);
    weights(descriptor, &mut findings);
    let parameters = match Parameters::new(&description.params) {
        Ok(parameters) => parameters,
        Err(reason) => {
            findings.push(Finding::wrong(Topic::Schema, reason));
            return (None, findings);
        }
    };
    findings.extend(
        parameters
            .wrong_defaults()
            .into_iter()
            .map(|fault| Finding::wrong(Topic::Defaults, format!("a default breaks the engine's own schema: {fault}"))),
    );
    findings.extend(parameters.required().into_iter().map(|name| {
        let sentence = format!("the parameter `{name}` has no default: every request must give it");
        Finding::odd(Topic::Required, sentence)
    }));
    let undescribed = parameters.undescribed().into_iter();
    findings.extend(
        undescribed.map(|name| Finding::odd(Topic::Texts, format!("the parameter `{name}` has no description"))),
    );
    (Some(parameters), findings)
}

fn wrong_id(id: &str) -> Option<String> {
    let told = excerpt(id);
    if id.is_empty() {
        return Some(format!("the id of the engine is empty: an id consists of {RULE}"));
    }
    if !is_engine_id(id) {
        let meant = nearest_id(id).map(|id| format!("; `{id}` would be one")).unwrap_or_default();
        return Some(format!("{told:?} is no id of an engine, which consists of {RULE}, 64 at most{meant}"));
    }
    let is_taken = Engines::is_setting(id);
    is_taken.then(|| {
        format!("`engines.{told}` is a setting of the gateway, so no engine can have the id `{told}`: choose another")
    })
}

fn inputs(combinations: &[Vec<Input>], findings: &mut Vec<Finding>) {
    let mut wrong = |sentence: &str| findings.push(Finding::wrong(Topic::Inputs, sentence));
    if combinations.is_empty() {
        wrong("it takes no inputs: `inputs` must list at least one combination");
    }
    for _ in combinations.iter().filter(|combination| combination.is_empty()) {
        wrong("a combination of its inputs is empty: name what a job must bring, or leave it out");
    }
    let mut known = BTreeSet::new();
    for combination in combinations {
        let members: BTreeSet<Input> = combination.iter().copied().collect();
        let mut odd = |sentence: String| findings.push(Finding::odd(Topic::Inputs, sentence));
        if members.len() < combination.len() {
            odd(format!("a combination of its inputs names one twice: {combination:?}"));
        }
        if !members.is_empty() && !known.insert(members) {
            odd(format!("a combination of its inputs is listed again: {combination:?}"));
        }
    }
}

fn weights(descriptor: &Descriptor, findings: &mut Vec<Finding>) {
    let Err(failures) = items(Path::new("weights"), &descriptor.weights) else { return };
    for failure in failures.iter() {
        let is_wrong = matches!(failure, ModelError::Place { .. } | ModelError::Hash { .. });
        findings.push(Finding { topic: Topic::Weights, is_wrong, sentence: failure.to_string() });
    }
}

/// What people read and is no line of text.
fn odd_words(descriptor: &Descriptor) -> Vec<Finding> {
    let Descriptor { name, version, summary, licence, devices, .. } = descriptor;
    let texts = [("name", name), ("version", version), ("summary", summary), ("licence.code", &licence.code)];
    let said = |(what, text): (&str, &String)| match text.trim() {
        "" => Some(format!("its {what} is empty")),
        text if text.contains(char::is_control) => Some(format!("its {what} is more than a line of text")),
        _ => None,
    };
    let words = texts.into_iter().filter_map(said).map(|sentence| Finding::odd(Topic::Words, sentence));
    let without_devices =
        devices.is_empty().then(|| Finding::odd(Topic::Devices, "it names no kind of device that it runs on"));
    let twice = (1..devices.len()).find(|&at| devices[..at].contains(&devices[at]));
    let twice = twice.map(|at| Finding::odd(Topic::Devices, format!("it names {:?} twice as a device", devices[at])));
    words.chain(without_devices).chain(twice).collect()
}

#[cfg(test)]
mod tests;
