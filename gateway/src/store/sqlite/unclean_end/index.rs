//! The log's index (<https://sqlite.org/walformat.html>), which all processes that have the database open share, and which
//! is removed when the last one closes it. Of one that was killed, it says how far its changes had been made for good.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::Path;

use rustix::process::{Flock, FlockOffsetType, FlockType, fcntl_getlk};

use crate::store::sqlite::unclean_end::log::Checksum;

/// The version of the index that is read here; of another one, nothing is believed.
const VERSION: u32 = 3_007_000;
/// The header stands there twice, so that a reader sees whether it is being written.
const HEADER: usize = 48;
/// On this byte, whoever has the database open holds a lock.
const OPEN: u64 = 128;

/// What the index says of the log.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Index {
    /// Those of the log that it is about.
    pub(super) salts: [u8; 8],
    /// The last page of the last change that had been made for good.
    pub(super) committed: u32,
    /// Up to this page, everything stands in the database itself.
    moved: u32,
}

impl Index {
    pub(super) fn read(path: &Path) -> io::Result<Option<Self>> {
        match fs::read(path) {
            Ok(bytes) => Ok(Self::parse(&bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// How many pages of the log are not in the database itself.
    pub(super) fn pending(&self) -> u32 {
        self.committed.saturating_sub(self.moved)
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let word = |at: usize| Some(u32::from_ne_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
        let (header, again) = (bytes.get(..HEADER)?, bytes.get(HEADER..2 * HEADER)?);
        let sum = Checksum { is_big: cfg!(target_endian = "big"), sum: (0, 0) }.over(&header[..40]).sum;
        let is_set = header[12] == 1 && header == again;
        let is_whole = is_set && word(0)? == VERSION && (word(40)?, word(44)?) == sum;
        let index = Self { salts: header[32..40].try_into().ok()?, committed: word(16)?, moved: word(2 * HEADER)? };
        is_whole.then_some(index)
    }
}

/// Whether another process has the database open whose index this is. Not for one that this process has open: closing the
/// file here would give up the locks that it holds there.
pub(super) fn is_open_elsewhere(index: &Path) -> io::Result<bool> {
    let file = match File::open(index) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    let mine =
        Flock { start: OPEN, length: 1, pid: None, typ: FlockType::WriteLock, offset_type: FlockOffsetType::Set };
    Ok(fcntl_getlk(&file, &mine)?.is_some())
}
