//! Engines in processes of their own: the messages, the parent's and the child's side, and which of them are warm.

pub mod calls;
pub mod child;
pub mod connection;
pub mod exit;
pub mod handshake;
pub mod last_words;
pub mod library;
pub mod log_pipe;
pub mod output;
pub mod pool;
pub mod process;
pub mod protocol;
mod running;
