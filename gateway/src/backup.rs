//! Backups of a data folder: taken beside a running gateway, restored, and checked. A backup is laid out like the data
//! folder, so that the same check is for both.

pub mod check;
mod expected;
pub mod finding;
mod manifest;
mod new_backup;
pub mod restore;
pub mod salvage;
pub mod take;

/// The database, in a data folder and in a backup.
const DATABASE: &str = "gateway.db";
/// What webhooks are signed with, where the settings have no secret. Without it, receivers would refuse what a restored
/// gateway tells them.
const SECRET: &str = "webhook.secret";

/// What is told of work that takes a while: how many files are done, and of how many.
pub type Show<'a> = &'a dyn Fn(u64, u64);
