//! What the gateway is about: jobs, uploads, API keys and the rules they follow. Data alone; nothing here speaks HTTP or
//! SQL, or starts a process.

pub mod admission;
pub mod api_key;
pub mod client;
pub mod code;
pub mod computation;
pub mod counted;
pub mod engine_id;
pub mod engine_warning;
pub mod fault;
pub mod history;
pub mod id;
pub mod job;
pub mod metadata;
pub mod params;
pub mod progress;
pub mod record;
pub mod server_paths;
pub mod shortage;
pub mod translate;
pub mod upload;
pub mod webhook_event;
pub mod webhook_signature;
