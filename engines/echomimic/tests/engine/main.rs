//! The whole engine, from a folder of closed-form weights in the published layout to frames.

#[path = "../../examples/echomimic_weights/layout.rs"]
mod layout;

mod checkpoints;
mod full_size;
mod jobs;
mod stage;
