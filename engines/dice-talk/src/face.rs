//! From a portrait to what the networks are shown of it: the face is found, cut out where that is wanted, and masked.

pub mod detector;
pub mod error;
pub mod geometry;
pub mod prepare;
pub mod select;
