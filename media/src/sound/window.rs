//! A stretch of a file, read as if it were a file of its own.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;

/// Bytes `start..end` of a file.
pub(crate) struct Window {
    file: File,
    start: u64,
    end: u64,
    /// Where the next byte is read, from `start`.
    at: u64,
}

impl Window {
    pub(crate) fn new(file: File, start: u64, end: u64) -> Self {
        Self { file, start, end, at: 0 }
    }

    /// The `N` bytes at a place, if there are so many.
    pub(super) fn bytes<const N: usize>(&self, at: u64) -> io::Result<Option<[u8; N]>> {
        let mut bytes = [0; N];
        if at.checked_add(N as u64).is_none_or(|end| end > self.len()) {
            return Ok(None);
        }
        self.file.read_exact_at(&mut bytes, self.start + at)?;
        Ok(Some(bytes))
    }

    /// So many bytes from a place on, which are there.
    pub(super) fn piece(&self, at: u64, length: u64) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; length as usize];
        self.file.read_exact_at(&mut bytes, self.start + at)?;
        Ok(bytes)
    }

    /// How many bytes it has.
    pub(super) fn len(&self) -> u64 {
        self.end - self.start
    }
}

impl Read for Window {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let left = self.len().saturating_sub(self.at).min(to.len() as u64) as usize;
        let read = self.file.read_at(&mut to[..left], self.start + self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for Window {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => self.len().checked_add_signed(by),
        };
        self.at = at.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}
