//! The conformance kit for engines: what a plugin must do, tried out in host processes of its own, as the gateway runs them.
//!
//! A check is a name, what is expected, a remedy, and a function; each group of them is a file in `checks/`. They share a
//! [`Stand`](stand::Stand), which has the processes and the inputs, and renders what several checks look at only once.

pub mod check;
pub mod checks;
mod endured;
pub mod heard;
mod holdings;
pub mod materials;
pub mod order;
pub mod report;
mod session;
pub mod stand;
mod take;
mod variation;
pub mod verdict;
