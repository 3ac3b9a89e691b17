//! The whole engine, from a folder of closed-form weights in the published layout to frames.

#[path = "../../examples/closed_form_weights/layout.rs"]
mod layout;
#[path = "../../examples/closed_form_weights/pickle.rs"]
mod pickle;
#[path = "../../examples/closed_form_weights/torch_file.rs"]
mod torch_file;

mod checkpoints;
mod full_size;
mod jobs;
mod stage;
