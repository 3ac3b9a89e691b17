//! The boxes that MP4 files consist of.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

/// What the head of a box says.
pub(super) struct Mp4Box {
    pub(super) name: [u8; 4],
    /// Where its content begins.
    pub(super) content: u64,
    /// Where it ends by its own word, be that beyond the file or before its content.
    pub(super) end: u64,
}

impl Mp4Box {
    /// Reads the head of a box at `at`, within what ends at `end`.
    ///
    /// # Errors
    /// The file ends before the head does, or cannot be read.
    pub(super) fn at(file: &mut File, at: u64, end: u64) -> io::Result<Self> {
        let name = bytes(file, at + 4)?;
        let (head, end) = match u32::from_be_bytes(bytes(file, at)?) {
            // Up to the end of what it lies in.
            0 => (8, end),
            1 => (16, at.saturating_add(u64::from_be_bytes(bytes(file, at + 8)?))),
            size => (8, at + u64::from(size)),
        };
        Ok(Self { name, content: at + head, end })
    }
}

/// The bytes that lie at `at`.
pub(super) fn bytes<const N: usize>(file: &mut File, at: u64) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    file.seek(SeekFrom::Start(at))?;
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}
