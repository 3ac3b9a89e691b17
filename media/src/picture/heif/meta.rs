//! What stands in the `meta` box of a HEIC or AVIF picture: as much of it as tells what decoding takes.

use std::collections::BTreeMap;
use std::io::{BufRead, Read, Seek, SeekFrom};

use super::super::error::PictureError;

/// The largest description that is read, in bytes. Those of phones have some ten thousand.
const LARGEST: u64 = 1 << 20;
/// How many boxes may stand before it.
const BEFORE: usize = 64;
/// How many references between items, and properties of one, are gone through.
const REFERENCES: usize = 4096;
const PROPERTIES: usize = 255;

/// What is told of a picture.
#[derive(Debug, PartialEq)]
pub(super) struct Meta {
    /// Pixels across and down, before it is turned.
    pub(super) size: (u32, u32),
    /// Pixels of the largest piece that is decoded at once: a tile, or the whole.
    pub(super) piece: u64,
    /// Whether samples have more than eight bits.
    pub(super) deep: bool,
    /// Whether each pixel has a colour of its own.
    pub(super) full_colour: bool,
    /// Whether there is transparency.
    pub(super) transparent: bool,
    /// Bytes of the colour profile.
    pub(super) profile: u64,
}

/// Reads it.
pub(super) fn read(file: &mut (impl BufRead + Seek)) -> Result<Meta, PictureError> {
    let content = find(file)?
        .ok_or_else(|| PictureError::Unsupported { what: "a HEIC or AVIF file without a still picture".to_owned() })?;
    Items::read(&content)
        .and_then(|items| items.of_primary())
        .ok_or_else(|| PictureError::undecodable("its description is damaged"))
}

/// The content of the box `meta`.
fn find(file: &mut (impl BufRead + Seek)) -> Result<Option<Vec<u8>>, PictureError> {
    file.seek(SeekFrom::Start(0))?;
    for _ in 0..BEFORE {
        let mut head = [0; 8];
        if file.read_exact(&mut head).is_err() {
            return Ok(None);
        }
        let [a, b, c, d, kind @ ..] = head;
        let length = match u32::from_be_bytes([a, b, c, d]) {
            0 => u64::MAX,
            1 => {
                let mut long = [0; 8];
                file.read_exact(&mut long).map_err(PictureError::of_reading)?;
                u64::from_be_bytes(long).saturating_sub(16)
            }
            short => u64::from(short).saturating_sub(8),
        };
        if &kind == b"meta" {
            if length > LARGEST {
                return Err(PictureError::undecodable("its description is too long"));
            }
            let mut content = Vec::new();
            file.take(length).read_to_end(&mut content).map_err(PictureError::of_reading)?;
            if (content.len() as u64) < length {
                return Err(PictureError::undecodable("the file is cut short"));
            }
            // A version and flags stand first.
            return Ok(content.get(4..).map(<[u8]>::to_vec));
        }
        match i64::try_from(length) {
            Ok(length) => file.seek_relative(length)?,
            Err(_) => return Ok(None),
        }
    }
    Ok(None)
}

/// The boxes in another one, with their kinds. What is damaged ends them.
fn boxes(mut bytes: &[u8]) -> impl Iterator<Item = (&[u8; 4], &[u8])> {
    std::iter::from_fn(move || {
        let (length, rest) = bytes.split_first_chunk::<4>()?;
        let (kind, rest) = rest.split_first_chunk::<4>()?;
        let length = (u32::from_be_bytes(*length) as usize).checked_sub(8)?;
        let (content, after) = rest.split_at_checked(length)?;
        bytes = after;
        Some((kind, content))
    })
}

/// Numbers, one after the other.
struct Numbers<'a>(&'a [u8]);

impl Numbers<'_> {
    fn next(&mut self, bytes: usize) -> Option<u32> {
        let (number, rest) = self.0.split_at_checked(bytes)?;
        self.0 = rest;
        Some(number.iter().fold(0, |sum, byte| sum << 8 | u32::from(*byte)))
    }
}

/// The version of a box that has one, and what follows it.
fn versioned(content: &[u8]) -> Option<(u8, u32, Numbers<'_>)> {
    let mut numbers = Numbers(content);
    let (version, flags) = (numbers.next(1)?, numbers.next(3)?);
    Some((version as u8, flags, numbers))
}

/// Items of a file, and what they have.
#[derive(Default)]
struct Items<'a> {
    primary: u32,
    properties: Vec<(&'a [u8; 4], &'a [u8])>,
    /// Numbers of properties, from one on, by item.
    has: BTreeMap<u32, Vec<usize>>,
    /// From which item to which, and what for.
    references: Vec<(&'a [u8; 4], u32, Vec<u32>)>,
}

impl<'a> Items<'a> {
    fn read(meta: &'a [u8]) -> Option<Self> {
        let mut items = Self::default();
        for (kind, content) in boxes(meta) {
            match kind {
                b"pitm" => {
                    let (version, _, mut numbers) = versioned(content)?;
                    items.primary = numbers.next(if version == 0 { 2 } else { 4 })?;
                }
                b"iref" => {
                    let (version, _, Numbers(rest)) = versioned(content)?;
                    let id = if version == 0 { 2 } else { 4 };
                    for (kind, content) in boxes(rest) {
                        let mut numbers = Numbers(content);
                        let (from, count) = (numbers.next(id)?, numbers.next(2)?);
                        let to = (0..count).map(|_| numbers.next(id)).collect::<Option<_>>()?;
                        items.references.push((kind, from, to));
                        if items.references.len() > REFERENCES {
                            return None;
                        }
                    }
                }
                b"iprp" => {
                    for (kind, content) in boxes(content) {
                        match kind {
                            b"ipco" => items.properties.extend(boxes(content)),
                            b"ipma" => items.read_associations(content)?,
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
        Some(items)
    }

    fn read_associations(&mut self, content: &[u8]) -> Option<()> {
        let (version, flags, mut numbers) = versioned(content)?;
        let (id, wide) = (if version == 0 { 2 } else { 4 }, flags & 1 == 1);
        for _ in 0..numbers.next(4)? {
            let (item, count) = (numbers.next(id)?, numbers.next(1)?);
            let has = self.has.entry(item).or_default();
            for _ in 0..count {
                // The first bit says whether the property has to be heeded.
                let number = if wide { numbers.next(2)? & 0x7fff } else { numbers.next(1)? & 0x7f };
                has.push(number as usize);
            }
            if has.len() > PROPERTIES {
                return None;
            }
        }
        Some(())
    }

    /// The properties of an item.
    fn of(&self, item: u32) -> impl Iterator<Item = (&'a [u8; 4], &'a [u8])> {
        let numbers = self.has.get(&item).into_iter().flatten();
        numbers.filter_map(|number| self.properties.get(number.checked_sub(1)?).copied())
    }

    fn size(&self, item: u32) -> Option<(u32, u32)> {
        let (_, content) = self.of(item).find(|(kind, _)| *kind == b"ispe")?;
        let (_, _, mut numbers) = versioned(content)?;
        Some((numbers.next(4)?, numbers.next(4)?))
    }

    fn of_primary(&self) -> Option<Meta> {
        let size = self.size(self.primary)?;
        let area = |(width, height): (u32, u32)| u64::from(width) * u64::from(height);
        let pieces = self.references.iter().filter(|(kind, from, _)| *kind == b"dimg" && *from == self.primary);
        let pieces: Vec<u32> = pieces.flat_map(|(_, _, to)| to.iter().copied()).collect();
        let coded = if pieces.is_empty() { vec![self.primary] } else { pieces };
        let piece = coded.iter().filter_map(|item| self.size(*item)).map(area).max().unwrap_or(area(size));
        let (mut deep, mut full_colour) = (false, false);
        for (kind, content) in coded.iter().flat_map(|item| self.of(*item)) {
            let (is_deep, is_full) = coding(kind, content);
            (deep, full_colour) = (deep | is_deep, full_colour | is_full);
        }
        let transparent = self.references.iter().any(|(kind, from, to)| {
            *kind == b"auxl"
                && to.contains(&self.primary)
                && self.of(*from).any(|(kind, text)| kind == b"auxC" && is_alpha(text))
        });
        let profile =
            self.of(self.primary).filter(|(kind, _)| *kind == b"colr").map(|(_, content)| content.len() as u64).sum();
        Some(Meta { size, piece, deep, full_colour, transparent, profile })
    }
}

/// Whether a coding has more than eight bits, and whether it has a colour for each pixel.
fn coding(kind: &[u8; 4], content: &[u8]) -> (bool, bool) {
    match (kind, content) {
        (b"hvcC", [_, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, chroma, depth, ..]) => {
            (depth & 7 > 0, chroma & 3 == 3)
        }
        // High bit depth; grey, halved across, halved down.
        (b"av1C", [_, _, bits, ..]) => (bits & 0x40 != 0, bits & 0b11100 == 0),
        _ => (false, false),
    }
}

/// Whether an auxiliary picture is transparency, by the name of its kind.
fn is_alpha(content: &[u8]) -> bool {
    let name = content.get(4..).unwrap_or_default();
    [b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha".as_slice(), b"urn:mpeg:hevc:2015:auxid:1"]
        .iter()
        .any(|alpha| name.starts_with(alpha))
}
