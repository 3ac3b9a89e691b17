//! A running gateway as those commands see it that are its clients.

mod address;
pub(in crate::cli) mod error;
pub(in crate::cli) mod gateway;
pub(in crate::cli) mod job;
mod refusal;
pub(in crate::cli) mod watch;
