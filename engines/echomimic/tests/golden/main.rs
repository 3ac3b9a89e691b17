//! The pipeline against numbers that the reference implementation gave, stage by stage.
//!
//! The set lies in `set/`, or where `GOLDEN_DIR` says. Its README describes the records; `engine-golden` reads them,
//! `reference` turns them into what the pipeline takes, and every other module tests stages. Nothing here knows the set's
//! values.

mod autoencoder;
mod blocks;
mod configs;
mod denoising;
mod detection;
mod detector_steps;
mod face_framing;
mod frames;
mod keys;
mod kinds;
mod motion;
mod networks_of_mtcnn;
mod pipeline;
mod pixels;
mod reference;
mod schedule;
mod speech;
mod windows;
