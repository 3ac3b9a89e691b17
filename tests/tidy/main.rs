//! Holds the rules of the house that no compiler knows: who may depend on whom, and how files look.
//!
//! Each message names the rule, every place that breaks it, and what to do.

mod arrows;
mod circles;
mod code;
mod codes;
mod dependencies;
mod files;
mod functions;
mod line;
mod product;
mod programs;
mod repeats;
mod rule;
mod uses;
mod workspace;
