//! Engines in processes of their own: the messages, the parent's and the child's side, and which of them are warm.

pub mod connection;
pub mod protocol;

pub mod exit;
pub mod pool;
pub mod process;

pub mod child;
