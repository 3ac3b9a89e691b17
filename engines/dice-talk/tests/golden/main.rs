//! The pipeline against numbers that the reference implementation gave, stage by stage.
//!
//! The set lies in `set/`, or where `GOLDEN_DIR` says. Its README describes the records; `engine-golden` reads them,
//! `reference` turns them into what the pipeline takes, and every other module tests stages. Nothing here knows the set's
//! values.

mod autoencoder;
mod detection;
mod emotion;
mod face_geometry;
mod interleaving;
mod interpolation;
mod keys;
mod kinds;
mod masks;
mod pipeline;
mod portrait_embedding;
mod portraits;
mod reference;
mod schedule;
mod spatio_temporal;
mod speech;
mod unet;
mod whole_program;
mod windows;
