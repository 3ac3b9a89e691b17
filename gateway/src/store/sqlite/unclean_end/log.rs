//! The log as SQLite's file format has it (<https://sqlite.org/fileformat2.html#walformat>): a header, then pages, each with
//! a header of its own, whose checksum goes over everything before.

use std::fs::File;
use std::io::{self, BufReader, ErrorKind, Read};
use std::path::Path;

const HEADER: usize = 32;
const PAGE_HEADER: usize = 24;
/// The last bit says in which order the words of checksums stand.
const MAGIC: u32 = 0x377f_0682;

/// What a log holds.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Log {
    /// Nothing, or there is none.
    Empty,
    /// It does not begin as a log does, and so SQLite takes nothing from it.
    NoHeader {
        /// All of it.
        bytes: u64,
    },
    Pages(Pages),
}

/// The pages of a log. Those that an earlier use of the file has left behind the last one have other salts.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Pages {
    /// What the pages of this use have in common.
    pub(super) salts: [u8; 8],
    /// How many pages there are, of this use and of earlier ones.
    pub(super) count: u32,
    /// The last page that SQLite takes: the end of the last change that is whole.
    pub(super) committed: u32,
    /// Changes that are whole.
    pub(super) changes: u64,
    /// Whether a page of another change follows the end of one that is not whole. A change is begun when the one before is
    /// on the disk, so that a loss of power leaves no such pages.
    pub(super) later: bool,
    /// Bytes of this use's pages that are not taken.
    pub(super) ignored: u64,
}

impl Log {
    pub(super) fn read(path: &Path) -> io::Result<Self> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::Empty),
            Err(error) => return Err(error),
        };
        let bytes = file.metadata()?.len();
        let mut file = BufReader::new(file);
        let mut header = [0; HEADER];
        if !fill(&mut file, &mut header)? {
            // Not even the header was written: nothing had been made for good in it.
            return Ok(Self::Empty);
        }
        let is_big = word(&header, 0) == MAGIC | 1;
        let sum = Checksum { is_big, sum: (0, 0) }.over(&header[..24]);
        let page = word(&header, 8) as usize;
        let is_header = word(&header, 0) & !1 == MAGIC && sum.is(&header[24..]) && (512..=65536).contains(&page);
        if !is_header {
            return Ok(if bytes as usize <= HEADER { Self::Empty } else { Self::NoHeader { bytes } });
        }
        Ok(Self::Pages(pages(&mut file, &header, page, sum)?))
    }
}

fn pages(file: &mut impl Read, header: &[u8; HEADER], page: usize, mut sum: Checksum) -> io::Result<Pages> {
    let mut found = Pages::default();
    found.salts.copy_from_slice(&header[16..24]);
    let mut frame = vec![0; PAGE_HEADER + page];
    let (mut is_whole, mut has_ended) = (true, false);
    let mut since_commit = 0;
    while fill(file, &mut frame)? {
        found.count += 1;
        let is_of_this_use = frame[8..16] == found.salts;
        let ends_change = word(&frame, 4) != 0;
        let next = sum.over(&frame[..8]).over(&frame[PAGE_HEADER..]);
        is_whole &= is_of_this_use && next.is(&frame[16..24]);
        if is_whole {
            sum = next;
            since_commit += frame.len() as u64;
            if ends_change {
                (found.committed, found.changes, since_commit) = (found.count, found.changes + 1, 0);
            }
        } else if is_of_this_use {
            found.ignored += frame.len() as u64;
            found.later |= has_ended;
            has_ended |= ends_change;
        }
    }
    found.ignored += since_commit;
    Ok(found)
}

/// SQLite's checksum: two sums over pairs of words.
#[derive(Debug, Clone, Copy)]
pub(super) struct Checksum {
    /// Whether words are read with their highest byte first.
    pub(super) is_big: bool,
    pub(super) sum: (u32, u32),
}

impl Checksum {
    pub(super) fn over(self, bytes: &[u8]) -> Self {
        let read = |bytes: [u8; 4]| if self.is_big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) };
        let (pairs, _) = bytes.as_chunks::<8>();
        let sum = pairs.iter().fold(self.sum, |(first, second), [a, b, c, d, e, f, g, h]| {
            let first = first.wrapping_add(read([*a, *b, *c, *d])).wrapping_add(second);
            (first, second.wrapping_add(read([*e, *f, *g, *h])).wrapping_add(first))
        });
        Self { sum, ..self }
    }

    /// Whether these bytes of a log say the same.
    fn is(self, bytes: &[u8]) -> bool {
        (word(bytes, 0), word(bytes, 4)) == self.sum
    }
}

fn word(bytes: &[u8], at: usize) -> u32 {
    bytes[at..at + 4].try_into().map_or(0, u32::from_be_bytes)
}

/// Reads so many bytes; `false` if there are fewer.
fn fill(file: &mut impl Read, buffer: &mut [u8]) -> io::Result<bool> {
    match file.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}
