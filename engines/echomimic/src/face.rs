//! From a portrait to what the networks are shown of it: the face is found, and a square around it is cut out and masked.

pub mod error;
pub mod geometry;
pub mod mtcnn;
pub mod prepare;
pub mod select;
