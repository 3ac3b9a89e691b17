//! The whole engine, from a folder of closed-form weights in the published layout to frames.

#[path = "../../examples/dice_talk_weights/layout.rs"]
mod layout;
#[path = "../../examples/dice_talk_weights/sizes.rs"]
mod sizes;

mod checkpoints;
mod full_size;
mod half;
mod jobs;
mod portrait;
mod refusals;
mod stage;
