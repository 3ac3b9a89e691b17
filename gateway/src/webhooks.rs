//! Telling clients that their jobs have ended: signed requests, tried again until they arrive.

pub mod delivery;
pub mod secret;
