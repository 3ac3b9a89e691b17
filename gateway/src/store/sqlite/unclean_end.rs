//! What a run that was killed has left in the database's log, looked at before SQLite does: that takes the changes up to the
//! first one that is not whole, and says nothing of the others.

mod index;
mod log;

use std::fmt;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::store::error::StoreResult;
use crate::store::sqlite::fault::failed;
use crate::store::sqlite::unclean_end::index::{Index, is_open_elsewhere};
use crate::store::sqlite::unclean_end::log::{Log, Pages};

/// What was left, and what SQLite will make of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UncleanEnd {
    /// So many changes wait in the log, all of them whole. One that was being written, and that nobody was told of, may
    /// have ended with the run.
    Whole {
        /// Changes that are whole.
        changes: u64,
    },
    /// Changes that had been made for good are lost.
    Damaged(Damage),
}

/// How the log is damaged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// What is wrong with it.
    pub reason: &'static str,
    /// Changes before the damage, which are kept.
    pub kept: u64,
    /// Bytes of the log that SQLite passes over.
    pub ignored: u64,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { reason, kept, ignored } = self;
        write!(
            f,
            "the database's log, gateway.db-wal, {reason}, and changes that had been made for good are lost: of what is in \
             it, {kept} changes are whole, and {ignored} bytes cannot be taken"
        )
    }
}

/// Looks at what is beside a database that this process has not opened. `None` if it was closed in good order, or if
/// another process has it open, whose log it is.
///
/// # Errors
/// A file is there and cannot be read.
pub fn look(database: &Path) -> io::Result<Option<UncleanEnd>> {
    let [log, index] = ["-wal", "-shm"].map(|ending| beside(database, ending));
    if is_open_elsewhere(&index)? {
        return Ok(None);
    }
    let (index, log) = (Index::read(&index)?, Log::read(&log)?);
    Ok(judge(&log, index.as_ref()))
}

/// Refuses a database whose log is damaged, for commands to which it is no business of theirs to go on without what is lost.
///
/// # Errors
/// It is damaged, or cannot be read.
pub fn refuse_damaged(database: &Path) -> StoreResult<()> {
    match look(database).map_err(failed("look at the database's log"))? {
        Some(UncleanEnd::Damaged(damage)) => {
            let remedy = "start the gateway, which keeps a copy and goes on with what is whole, or restore a backup";
            Err(failed("look at the database's log")(format!("{damage}; {remedy}")))
        }
        _ => Ok(()),
    }
}

/// Copies a database and its log into a new folder beside them, for whoever wants to look for what is lost.
///
/// # Errors
/// Whatever the file system answers.
pub fn keep_copy(database: &Path, now: Timestamp) -> io::Result<PathBuf> {
    let name = format!("damaged-{}", now.strftime("%Y%m%dT%H%M%SZ"));
    let folder = database.with_file_name(name);
    DirBuilder::new().mode(0o700).create(&folder)?;
    for file in [database.to_owned(), beside(database, "-wal")] {
        if file.exists() {
            let copy = folder.join(file.file_name().unwrap_or_default());
            let mut write = OpenOptions::new().write(true).create_new(true).mode(0o600).open(copy)?;
            io::copy(&mut File::open(&file)?, &mut write)?;
        }
    }
    File::open(&folder)?.sync_all()?;
    Ok(folder)
}

fn beside(database: &Path, ending: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// Compares the log with itself and with its index. That is in memory which outlives a process and not a machine: where
/// it fits the log, it says for certain what had been made for good; where it does not, it says nothing.
fn judge(log: &Log, index: Option<&Index>) -> Option<UncleanEnd> {
    let damaged = |reason, kept, ignored| Some(UncleanEnd::Damaged(Damage { reason, kept, ignored }));
    match log {
        Log::Empty => index.filter(|index| index.pending() > 0).and_then(|_| damaged("was emptied or removed", 0, 0)),
        Log::NoHeader { bytes } => match index {
            Some(index) if index.pending() == 0 => Some(UncleanEnd::Whole { changes: 0 }),
            _ => damaged("has a damaged beginning", 0, *bytes),
        },
        Log::Pages(pages) => {
            let Pages { salts, count, committed, changes, later, ignored } = pages;
            let promised = index.filter(|index| index.salts == *salts).map_or(0, |index| index.committed);
            if promised > *committed && promised > *count {
                return damaged("was cut off", *changes, *ignored);
            }
            if promised > *committed || *later {
                return damaged("is damaged", *changes, *ignored);
            }
            Some(UncleanEnd::Whole { changes: *changes })
        }
    }
}

#[cfg(test)]
mod tests;
