//! What operators ask: is it alive, is it ready, and how is it doing?

pub(crate) mod about;
pub(crate) mod health;
pub(crate) mod metrics;
