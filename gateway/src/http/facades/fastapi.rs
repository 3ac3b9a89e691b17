//! What all four services have from FastAPI: how fields are read, and how faults are told.
//!
//! All faults of a request are told together, in the order in which a service declares its fields.

pub(super) mod fields;
pub(super) mod form;
mod json;
pub(super) mod number;
pub(super) mod router;
#[cfg(test)]
mod tests;
pub(super) mod validation_error;
