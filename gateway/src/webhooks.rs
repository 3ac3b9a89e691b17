//! Telling clients what becomes of their jobs: signed requests, tried again until they arrive.

pub mod delivery;
pub mod secret;
