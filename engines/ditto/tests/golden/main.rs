//! The pipeline against numbers that the reference pipeline gave, stage by stage.
//!
//! The set lies in `set/`, or where `GOLDEN_DIR` says. Its README describes the records; `reference`, `rule`,
//! `tensor` and `expectation` read them, and every other module tests stages. Nothing here knows the set's values.

#![allow(dead_code, reason = "the harness reads every kind of record, whichever stages are there")]

mod expectation;
mod reference;
mod rule;
mod rule_check;
mod tensor;
