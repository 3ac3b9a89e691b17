//! The avatar gateway as a library: the binary is a thin command line around it, tests reach into it.

pub mod app;
pub mod auth;
pub mod backup;
pub mod blobs;
pub mod catalog;
pub mod clock;
pub mod config;
pub mod conformance;
pub mod digest;
pub mod domain;
pub mod ended;
pub mod fetch;
pub mod gpu;
pub mod host;
pub mod http;
pub mod intake;
pub mod metrics;
pub mod process;
pub mod retention;
pub mod scheduler;
pub mod store;
pub mod submit;
pub mod view;
pub mod webhooks;
pub mod weights;
pub mod worker;

pub mod cli;

#[cfg(test)]
mod testing;
