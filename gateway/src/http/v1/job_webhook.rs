//! What a client wants to be told of its job, as it stands in requests.

use serde_json::Value;

use crate::domain::code::Code;
use crate::domain::fault::{Fault, Faults, excerpt};
use crate::domain::params::nearest;
use crate::domain::webhook_event::{EventKind, WebhookEvents};
use crate::submit::request::JobRequest;

const FIELD: &str = "webhook_events";

/// Reads a form's field: JSON, or names with commas between them.
pub(super) fn of_form(text: &str, faults: &mut Faults) -> Option<WebhookEvents> {
    match serde_json::from_str(text) {
        Ok(list @ Value::Array(_)) => of_json(list, faults),
        _ => of_json(text.split(',').map(str::trim).filter(|name| !name.is_empty()).collect(), faults),
    }
}

/// Reads a list of names.
pub(super) fn of_json(value: Value, faults: &mut Faults) -> Option<WebhookEvents> {
    let mut fault = |code, message: &str, remedy: String| faults.add(|| Fault::new(FIELD, code, message, remedy));
    let Value::Array(names) = value else {
        fault(
            Code::FieldWrongType,
            "the events must be a list",
            "send a list such as [\"job.started\", \"job.succeeded\"]".into(),
        );
        return None;
    };
    if names.is_empty() {
        fault(Code::FieldInvalid, "the list is empty", format!("name one at least of {}", all()));
    }
    let kind = |name: &Value| {
        let kind = name.as_str().and_then(|name| name.parse::<EventKind>().ok());
        if kind.is_none() {
            let (told, remedy) = match name.as_str() {
                Some(name) => (name.to_owned(), instead_of(name)),
                None => (name.to_string(), format!("the events are {}", all())),
            };
            fault(Code::FieldInvalid, &format!("there is no event `{}`", excerpt(&told)), remedy);
        }
        kind
    };
    names.iter().map(kind).collect::<Vec<_>>().into_iter().collect()
}

/// What to do about a name that there is not.
fn instead_of(name: &str) -> String {
    let names = || EventKind::ALL.into_iter().map(EventKind::as_str);
    match nearest(name, names()).or_else(|| nearest(&format!("job.{name}"), names())) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the events are {}", all()),
    }
}

fn all() -> String {
    EventKind::ALL.map(EventKind::as_str).join(", ")
}

/// Refuses events that are to be told nowhere, unless what is wrong with the address is told already.
pub(super) fn look_for_address(request: &mut JobRequest) {
    let is_told = request.faults.told().iter().any(|fault| fault.field == "webhook_url");
    if request.webhook_events.is_some() && request.webhook_url.is_none() && !is_told {
        let remedy = "send `webhook_url` as well, or leave `webhook_events` out";
        let message = "nobody is told of them without a `webhook_url`";
        request.faults.add(|| Fault::new(FIELD, Code::FieldInvalid, message, remedy));
    }
}
