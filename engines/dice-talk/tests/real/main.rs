//! Networks with published weights, against numbers that the original code gave with them for real pictures and
//! speech.
//!
//! The weights lie where `REAL_WEIGHTS` says, the numbers where `REAL_GOLDENS` does; where either is missing, tests say so
//! and pass. The set's README describes the records. Nothing here knows the set's values.

mod interpolation;
mod speech;
