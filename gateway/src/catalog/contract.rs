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

/// The engine of a description, with what is odd about it.
///
/// # Errors
/// No request could be held to it, or no configuration could name it: everything that is wrong, in sentences.
pub(super) fn judge(description: Description) -> Result<Engine, String> {
    let descriptor = &description.descriptor;
    let (mut wrong, mut odd) = (Vec::new(), odd_words(descriptor));
    wrong.extend(wrong_id(&descriptor.id));
    inputs(&descriptor.inputs, &mut wrong, &mut odd);
    weights(descriptor, &mut wrong, &mut odd);
    let parameters = match Parameters::new(&description.params) {
        Ok(parameters) => {
            let contradiction = |fault| format!("a default breaks the engine's own schema: {fault}");
            wrong.extend(parameters.wrong_defaults().into_iter().map(contradiction));
            let required = parameters.required().into_iter();
            odd.extend(
                required.map(|name| format!("the parameter `{name}` has no default: every request must give it")),
            );
            let undescribed = parameters.undescribed().into_iter();
            odd.extend(undescribed.map(|name| format!("the parameter `{name}` has no description")));
            Some(parameters)
        }
        Err(reason) => {
            wrong.push(reason);
            None
        }
    };
    match parameters.filter(|_| wrong.is_empty()) {
        Some(parameters) => Ok(Engine { description, parameters, odd }),
        None => Err(wrong.join("; ")),
    }
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

fn inputs(combinations: &[Vec<Input>], wrong: &mut Vec<String>, odd: &mut Vec<String>) {
    if combinations.is_empty() {
        wrong.push("it takes no inputs: `inputs` must list at least one combination".into());
    }
    let mut known = BTreeSet::new();
    for combination in combinations {
        let members: BTreeSet<Input> = combination.iter().copied().collect();
        if members.is_empty() {
            wrong.push("a combination of its inputs is empty: name what a job must bring, or leave it out".into());
        }
        if members.len() < combination.len() {
            odd.push(format!("a combination of its inputs names one twice: {combination:?}"));
        }
        if !members.is_empty() && !known.insert(members) {
            odd.push(format!("a combination of its inputs is listed again: {combination:?}"));
        }
    }
}

fn weights(descriptor: &Descriptor, wrong: &mut Vec<String>, odd: &mut Vec<String>) {
    let Err(failures) = items(Path::new("weights"), &descriptor.weights) else { return };
    for failure in failures.iter() {
        match failure {
            ModelError::Place { .. } | ModelError::Hash { .. } => wrong.push(failure.to_string()),
            _ => odd.push(failure.to_string()),
        }
    }
}

/// What people read and is no line of text.
fn odd_words(descriptor: &Descriptor) -> Vec<String> {
    let Descriptor { name, version, summary, licence, devices, .. } = descriptor;
    let texts = [("name", name), ("version", version), ("summary", summary), ("licence.code", &licence.code)];
    let said = |(what, text): (&str, &String)| match text.trim() {
        "" => Some(format!("its {what} is empty")),
        text if text.contains(char::is_control) => Some(format!("its {what} is more than a line of text")),
        _ => None,
    };
    let without_devices = devices.is_empty().then(|| "it names no kind of device that it runs on".to_owned());
    texts.into_iter().filter_map(said).chain(without_devices).collect()
}

#[cfg(test)]
mod tests;
