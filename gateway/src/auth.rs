//! Who may ask for what: the API keys, and who it is that asks.

pub mod caller;
pub mod key_cache;
