//! Files by id: uploads, finished videos and work in progress.

pub mod data_folder;
pub mod folder;
pub mod scratch;
