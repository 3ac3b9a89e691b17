//! Where eyes, mouth and chin lie in a portrait: by the face mesh where its network is there, else by the detector's box,
//! refined by what the picture shows.
//!
//! Everything is told in **face coordinates**: the origin lies between the eyes, one unit is the distance between
//! the pupils, `u` runs to the right of the picture along the line of the eyes and `v` down the face. Proportions that
//! hold for most faces are therefore constants here, whatever the size and tilt of the picture.

mod crop;
mod eyes;
mod frame;
mod head;
mod lids;
mod lip_line;
mod mesh;
mod mouth;
mod parts;
mod picture;
mod row;
mod skin;

pub(crate) use frame::Frame;
pub(crate) use head::{Head, USUAL_HALF_WIDTH, USUAL_JAW};
pub(crate) use lids::Lids;
pub(crate) use mesh::by_mesh;
pub(crate) use mouth::Mouth;
pub(crate) use parts::Geometry;
pub(crate) use picture::by_picture;
#[cfg(test)]
pub(crate) use picture::usual;
pub(crate) use row::{PLACES, Row};
