//! The form as a zip archive, whose entries lie in it as they are.

use std::collections::HashMap;
use std::fs::File;
use std::os::unix::fs::FileExt as _;

use super::error::TorchFault;
use super::storages::Part;
use crate::machine::MAX_BYTES;

/// What an archive begins with.
pub(super) const MAGIC: &[u8] = b"PK\x03\x04";
/// The end of an archive, without its comment.
const END: usize = 22;
/// Longest comment of an archive.
const MAX_COMMENT: usize = 65_535;
/// Longest list of entries, in bytes: about a hundred thousand entries.
const MAX_DIRECTORY: u64 = 8 << 20;

const CUT: TorchFault = TorchFault::Format("its list of entries is cut or damaged");

/// An archive's entries.
pub(super) struct Archive {
    length: u64,
    entries: HashMap<String, Entry>,
    /// What every entry's name begins with.
    folder: String,
}

struct Entry {
    header: u64,
    length: u64,
    /// Neither compressed nor encrypted.
    is_plain: bool,
}

impl Archive {
    /// Reads the list of entries of a file of so many bytes.
    pub(super) fn read(file: &File, length: u64) -> Result<Self, TorchFault> {
        let place = directory(file, length)?;
        let mut bytes = vec![0; place.length as usize];
        file.read_exact_at(&mut bytes, place.at)?;
        let mut entries = HashMap::new();
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            let (name, entry, length) = entry(rest).ok_or(CUT)?;
            if entries.insert(name, entry).is_some() {
                return Err(TorchFault::Format("two of its entries have the same name"));
            }
            rest = &rest[length..];
        }
        let mut pickles = entries.keys().filter_map(|name| name.strip_suffix("data.pkl"));
        let folder = pickles.find(|folder| folder.is_empty() || folder.ends_with('/')).map(str::to_owned);
        let folder = folder.ok_or(TorchFault::Format("it has no entry data.pkl"))?;
        let archive = Self { length, entries, folder };
        match archive.bytes(file, "byteorder") {
            Ok(order) if order != b"little" => {
                Err(TorchFault::Format("its numbers do not have their lowest byte first"))
            }
            // Older archives do not tell; theirs have.
            _ => Ok(archive),
        }
    }

    /// The pickle of what was saved.
    pub(super) fn pickle(&self, file: &File) -> Result<Vec<u8>, TorchFault> {
        self.bytes(file, "data.pkl")
    }

    /// Where the numbers of a storage lie.
    pub(super) fn storage(&self, file: &File, key: &str) -> Result<Part, TorchFault> {
        self.part(file, &format!("data/{key}"))
    }

    fn bytes(&self, file: &File, name: &str) -> Result<Vec<u8>, TorchFault> {
        let part = self.part(file, name)?;
        if part.length > MAX_BYTES as u64 {
            return Err(TorchFault::Format("its data.pkl is too long"));
        }
        let mut bytes = vec![0; part.length as usize];
        file.read_exact_at(&mut bytes, part.at)?;
        Ok(bytes)
    }

    fn part(&self, file: &File, name: &str) -> Result<Part, TorchFault> {
        let wrong = |reason: &str| TorchFault::Storage { key: name.to_owned(), reason: reason.to_owned() };
        let entry = self.entries.get(&format!("{}{name}", self.folder));
        let entry = entry.ok_or_else(|| wrong("the archive has no such entry"))?;
        if !entry.is_plain {
            return Err(wrong("it is compressed or encrypted"));
        }
        let mut header = [0; 30];
        let within = |at: u64, length: u64| at.checked_add(length).is_some_and(|end| end <= self.length);
        if !within(entry.header, header.len() as u64) {
            return Err(wrong("it lies outside of the file"));
        }
        file.read_exact_at(&mut header, entry.header)?;
        if !header.starts_with(MAGIC) {
            return Err(wrong("it is not where the archive says"));
        }
        let [name_length, extra_length] = [26, 28].map(|at| u64::from(u16_at(&header, at).unwrap_or(0)));
        let at = entry.header + header.len() as u64 + name_length + extra_length;
        match within(at, entry.length) {
            true => Ok(Part { at, length: entry.length }),
            false => Err(wrong("the file ends within it")),
        }
    }
}

/// Finds the list of entries by the end of the file.
fn directory(file: &File, length: u64) -> Result<Part, TorchFault> {
    let mut tail = vec![0; length.min((END + MAX_COMMENT) as u64) as usize];
    let start = length - tail.len() as u64;
    file.read_exact_at(&mut tail, start)?;
    let is_end = |at: &usize| {
        let comment = u16_at(&tail, at + 20).map(usize::from);
        tail[*at..].starts_with(b"PK\x05\x06") && comment == Some(tail.len() - at - END)
    };
    let end = (0..(tail.len() + 1).saturating_sub(END)).rev().find(is_end).ok_or(CUT)?;
    let (size, at) = (u32_at(&tail, end + 12).ok_or(CUT)?, u32_at(&tail, end + 16).ok_or(CUT)?);
    let place = if size == u32::MAX || at == u32::MAX {
        large_directory(file, length, start + end as u64)?
    } else {
        Part { at: u64::from(at), length: u64::from(size) }
    };
    let is_inside = place.at.checked_add(place.length).is_some_and(|end| end <= length);
    if !is_inside || place.length > MAX_DIRECTORY {
        return Err(CUT);
    }
    Ok(place)
}

/// Finds the list of entries of an archive of 4 GB or more, by what lies before its end.
fn large_directory(file: &File, length: u64, end: u64) -> Result<Part, TorchFault> {
    let read = |at: u64, magic: &[u8]| -> Result<[u8; 56], TorchFault> {
        let mut bytes = [0; 56];
        let held = length.saturating_sub(at).min(56) as usize;
        file.read_exact_at(&mut bytes[..held], at)?;
        if bytes.starts_with(magic) { Ok(bytes) } else { Err(CUT) }
    };
    let locator = read(end.checked_sub(20).ok_or(CUT)?, b"PK\x06\x07")?;
    let record = read(u64_at(&locator, 8).ok_or(CUT)?, b"PK\x06\x06")?;
    Ok(Part { length: u64_at(&record, 40).ok_or(CUT)?, at: u64_at(&record, 48).ok_or(CUT)? })
}

/// The first entry of a list, and the length of what tells of it.
fn entry(bytes: &[u8]) -> Option<(String, Entry, usize)> {
    if !bytes.starts_with(b"PK\x01\x02") {
        return None;
    }
    let (flags, method) = (u16_at(bytes, 8)?, u16_at(bytes, 10)?);
    let mut words = [u32_at(bytes, 24)?, u32_at(bytes, 20)?, u32_at(bytes, 42)?].map(u64::from);
    let [name, extra, comment] = [28, 30, 32].map(|at| u16_at(bytes, at).map(usize::from));
    let (name, extra) = (46..46 + name?, 46 + name?..46 + name? + extra?);
    let end = extra.end + comment?;
    let text = String::from_utf8(bytes.get(name)?.to_vec()).ok()?;
    enlarge(&mut words, bytes.get(extra)?)?;
    let [length, packed, header] = words;
    bytes.get(..end)?;
    let is_plain = method == 0 && flags & 1 == 0 && packed == length;
    Some((text, Entry { header, length, is_plain }, end))
}

/// Numbers that do not fit 32 bits stand in an extra field, in the same order.
fn enlarge(words: &mut [u64; 3], mut extra: &[u8]) -> Option<()> {
    if !words.contains(&u64::from(u32::MAX)) {
        return Some(());
    }
    loop {
        let (kind, length) = (u16_at(extra, 0)?, usize::from(u16_at(extra, 2)?));
        let field = extra.get(4..4 + length)?;
        if kind == 1 {
            let mut at = 0;
            for word in words.iter_mut().filter(|word| **word == u64::from(u32::MAX)) {
                *word = u64_at(field, at)?;
                at += 8;
            }
            return Some(());
        }
        extra = &extra[4 + length..];
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|word| u16::from_le_bytes(*word))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|word| u32::from_le_bytes(*word))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|word| u64::from_le_bytes(*word))
}
