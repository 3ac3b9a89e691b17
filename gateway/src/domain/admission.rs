//! What may become a job: the inputs must be a combination that the engine takes, the parameters must fit its schema.

use std::collections::BTreeSet;

use engine_api::{Descriptor, Input};
use serde_json::{Map, Value};

use crate::domain::code::Code;
use crate::domain::fault::{Fault, Faults};
use crate::domain::params::Parameters;

/// Checks a request against the engine that shall render it; returns the parameters with defaults in place.
///
/// # Errors
/// Every fault of inputs and parameters together.
pub fn admit(
    engine: &Descriptor,
    parameters: &Parameters,
    inputs: &BTreeSet<Input>,
    params: Map<String, Value>,
) -> Result<Map<String, Value>, Faults> {
    let mut faults: Faults = input_faults(engine, inputs).into();
    match parameters.complete(params) {
        Ok(complete) if faults.is_empty() => Ok(complete),
        Ok(_) => Err(faults),
        Err(more) => {
            faults.extend(more);
            Err(faults)
        }
    }
}

fn input_faults(engine: &Descriptor, given: &BTreeSet<Input>) -> Vec<Fault> {
    let accepted = || engine.inputs.iter().map(|inputs| BTreeSet::from_iter(inputs.iter().copied()));
    if accepted().any(|inputs| inputs == *given) {
        return vec![];
    }
    // What the client most likely meant: the combination that differs least, the engine's preferred one among equals.
    let Some(meant) = accepted().min_by_key(|inputs| inputs.symmetric_difference(given).count()) else {
        return vec![];
    };
    let missing = meant.difference(given).map(|input| {
        let field = field(*input);
        Fault::new(
            field,
            Code::InputMissing,
            format!("the engine `{}` needs {}", engine.id, noun(*input)),
            format!("send a file as `{field}`, or the id of an earlier upload as `{field}_id`"),
        )
    });
    let surplus = given.difference(&meant).map(|input| {
        Fault::new(
            field(*input),
            Code::InputNotTaken,
            format!("the engine `{}` does not take {} here", engine.id, noun(*input)),
            "leave it out, or choose another engine",
        )
    });
    missing.chain(surplus).collect()
}

/// The request's field for an input.
pub fn field(input: Input) -> &'static str {
    match input {
        Input::Portrait => "photo",
        Input::Speech => "audio",
        Input::SourceVideo => "video",
    }
}

fn noun(input: Input) -> &'static str {
    match input {
        Input::Portrait => "a photo",
        Input::Speech => "speech",
        Input::SourceVideo => "a source video",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    fn faults(accepted: &[&[Input]], given: &[Input]) -> Vec<String> {
        let inputs = accepted.iter().map(|inputs| inputs.to_vec()).collect();
        let engine = Descriptor { inputs, ..testing::descriptor() };
        input_faults(&engine, &given.iter().copied().collect())
            .into_iter()
            .map(|fault| format!("{}: {}", fault.field, fault.code))
            .collect()
    }

    #[test]
    fn inputs_must_be_an_accepted_combination() {
        use Input::{Portrait, SourceVideo, Speech};
        let accepted: &[&[Input]] = &[&[Portrait, Speech], &[SourceVideo, Speech]];
        assert_eq!(faults(accepted, &[Portrait, Speech]), Vec::<String>::new());
        assert_eq!(faults(accepted, &[SourceVideo, Speech]), Vec::<String>::new());
        assert_eq!(faults(accepted, &[Portrait]), ["audio: input.missing"]);
        assert_eq!(faults(accepted, &[]), ["photo: input.missing", "audio: input.missing"]);
        assert_eq!(faults(accepted, &[Portrait, Speech, SourceVideo]), ["video: input.not_taken"]);
        assert_eq!(faults(&[&[Speech]], &[Portrait]), ["audio: input.missing", "photo: input.not_taken"]);
    }
}
