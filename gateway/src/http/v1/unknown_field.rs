//! What is said of a field that a request does not take.

use crate::domain::code::Code;
use crate::domain::fault::Fault;
use crate::domain::params::nearest;

/// The fault, with the field that was probably meant, or else all that are `known`.
pub(super) fn unknown_field(name: &str, known: &[&str]) -> Fault {
    let remedy = match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the fields are {}", known.join(", ")),
    };
    Fault::new(name, Code::FieldUnknown, format!("there is no field `{name}`"), remedy)
}
