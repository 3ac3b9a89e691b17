//! The parameters of a service as a table: how each field is read, and what it means to engines.

use serde_json::{Value, json};

use crate::domain::params;
use crate::domain::translate::{ClientParam, Concept};
use crate::http::facades::fastapi::fields::Fields;
use crate::http::facades::fastapi::number::Range;

/// One parameter of a service, which may be left out.
pub(super) struct Param {
    /// The name of its field.
    pub(super) name: &'static str,
    /// What it means.
    pub(super) concept: Concept,
    /// How its field is read.
    pub(super) kind: ParamKind,
}

/// How a field is read.
#[derive(Clone, Copy)]
pub(super) enum ParamKind {
    /// A whole number.
    Integer(Range),
    /// A number.
    Float,
    /// A number, or null.
    OptionalFloat,
    /// Yes or no.
    Flag,
}

impl Param {
    /// A whole number of any size.
    pub(super) const fn integer(name: &'static str, concept: Concept) -> Self {
        Self::integer_in(name, concept, Range { ge: None, le: None })
    }

    /// A whole number in a range.
    pub(super) const fn integer_in(name: &'static str, concept: Concept, range: Range) -> Self {
        Self { name, concept, kind: ParamKind::Integer(range) }
    }

    /// A number.
    pub(super) const fn float(name: &'static str, concept: Concept) -> Self {
        Self { name, concept, kind: ParamKind::Float }
    }

    /// Reads its field. What JSON has no number for, such as infinity, becomes null.
    fn read(&self, fields: &mut Fields) -> Option<Value> {
        match self.kind {
            ParamKind::Integer(range) => fields.large_integer(self.name, range).map(params::json),
            ParamKind::Float => fields.float(self.name).map(|number| json!(number)),
            ParamKind::OptionalFloat => fields.optional_float(self.name).map(|number| json!(number)),
            ParamKind::Flag => fields.flag(self.name).map(|flag| json!(flag)),
        }
    }
}

/// The names of these parameters, and of other fields that a request takes.
pub(super) fn names(table: &[Param], others: &[&'static str]) -> Vec<&'static str> {
    table.iter().map(|param| param.name).chain(others.iter().copied()).collect()
}

/// Reads the parameters that were given. The table has the order in which the service declares them, for faults are told
/// in it.
pub(super) fn read(fields: &mut Fields, table: &[Param]) -> Vec<ClientParam> {
    let given = table.iter().filter_map(|param| {
        let value = param.read(fields)?;
        Some(ClientParam { name: param.name, concept: param.concept, value })
    });
    given.collect()
}
