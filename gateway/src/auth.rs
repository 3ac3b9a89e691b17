//! Who may ask for what: the API keys that this process remembers, and how often each may ask.

pub mod key_cache;
pub mod rate_limit;
