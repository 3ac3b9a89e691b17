//! How SQLite fails, in words of the store: what was being done, and what is short.

use std::error::Error;

use crate::domain::shortage::Shortage;
use crate::store::error::StoreError;

/// SQLite's codes, which its header lists; the low byte of an extended one is the primary one.
const BUSY: u32 = 5;
const LOCKED: u32 = 6;
const NO_MEMORY: u32 = 7;
const FULL: u32 = 13;
/// A page could not be written for another reason than a full disk, such as a user's quota.
const IOERR_WRITE: u32 = 778;
/// There was no space for the index of the log, which is a file in memory.
const IOERR_SHMSIZE: u32 = 4874;

/// Says what was being done when the database failed.
pub(super) fn failed<E>(action: &'static str) -> impl FnOnce(E) -> StoreError
where
    E: Into<Box<dyn Error + Send + Sync>>,
{
    move |source| {
        let source = source.into();
        StoreError { action, shortage: shortage(&*source), source }
    }
}

/// Whether it was space that was missing.
pub(super) fn is_full(error: &sqlx::Error) -> bool {
    matches!(code(error), Some(FULL | IOERR_WRITE | IOERR_SHMSIZE))
}

/// Whether somebody else had the database locked for too long.
pub(super) fn is_locked(error: &sqlx::Error) -> bool {
    matches!(code(error).map(|code| code & 0xff), Some(BUSY | LOCKED))
}

/// What SQLite lacks when it fails like this.
fn shortage(error: &(dyn Error + 'static)) -> Shortage {
    match error.downcast_ref::<sqlx::Error>() {
        Some(sqlx::Error::Io(error)) => Shortage::of_io(error).unwrap_or(Shortage::Database),
        Some(error) if is_full(error) => Shortage::Storage,
        Some(error) if code(error) == Some(NO_MEMORY) => Shortage::Memory,
        _ => Shortage::Database,
    }
}

fn code(error: &sqlx::Error) -> Option<u32> {
    error.as_database_error()?.code()?.parse().ok()
}
