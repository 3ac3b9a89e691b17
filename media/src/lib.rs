//! Pictures, sound, video and faces as data: what engines (in the engine-host child) and the gateway both need.
//!
//! - [`picture`] decodes what people upload into upright 8-bit RGB, and refuses the rest in a sentence they understand.
//! - [`faces`] finds the faces in such a picture.
//!
//! Those two are safe Rust, but for what phones take (HEIC, AVIF), which is libheif's. What follows is FFmpeg underneath. All of
//! it runs only in processes that may die: short-lived children of the gateway, and engine hosts.
//!
//! - [`sound`] decodes sound files; [`speech`] makes and reads the one form of sound that engines see.
//! - [`video`] reads source videos picture by picture, writes what an engine renders, and decodes it again before anybody
//!   may have it.
//!
//! # Licences
//!
//! The face detector is `rustface`, a port of SeetaFace Detection, and its trained model is part of every program
//! that links this crate. Both are Copyright (c) 2016, Visual Information Processing and Learning (VIPL) group,
//! Institute of Computing Technology, Chinese Academy of Sciences, under the BSD 2-Clause licence, whose text is
//! [`faces::SEETAFACE_LICENSE`].

pub mod faces;
pub mod picture;
pub mod portrait;
pub mod sound;
pub mod speech;
pub mod video;

mod ffmpeg;
mod high_range;
mod partial_file;
mod sniff;

#[cfg(test)]
mod fixtures;
