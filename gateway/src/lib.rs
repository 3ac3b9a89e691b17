//! The avatar gateway as a library: the binary is a thin command line around it, tests reach into it.

pub mod app;
pub mod catalog;
pub mod config;
pub mod digest;
pub mod error;
pub mod fetch;
pub mod guard;
pub mod host;
pub mod http;
pub mod intake;
pub mod job;
pub mod key;
pub mod metrics;
pub mod models;
pub mod retention;
pub mod scheduler;
pub mod store;
pub mod upload;

pub mod cli;

#[cfg(test)]
mod testing;
