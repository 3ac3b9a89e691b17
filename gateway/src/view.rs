//! Rows as clients see them: one file for each thing that is shown, for HTTP and for webhooks alike.

pub mod address;
pub mod engine;
pub mod estimate;
pub mod job;
mod schema;
pub mod upload;
