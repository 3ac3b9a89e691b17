//! Files by id: uploads, finished videos and work in progress.

pub mod folder;
