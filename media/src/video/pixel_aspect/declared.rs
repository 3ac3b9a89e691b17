//! What MP4 and Matroska files declare of the shape of their pixels, beside what their pictures say. FFmpeg's safe interface
//! does not pass it on.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::Path;

use crate::video::mp4_box::{Mp4Box, bytes};

/// Parts of a file that are looked at in a row: those that are looked for stand at the front, or among a few.
const MOST_PARTS: usize = 10_000;

/// How wide the pixels of a track are, with their height as 1, where the file declares it. The track is FFmpeg's number of
/// it; of a Matroska file, the first with pictures is meant.
pub(in crate::video) fn of_file(path: &Path, track: i32) -> Option<f64> {
    let mut file = File::open(path).ok()?;
    let end = file.metadata().ok()?.len();
    let aspect = match bytes(&mut file, 0).ok()? {
        [0x1a, 0x45, 0xdf, 0xa3] => of_matroska(&mut file, 0..end),
        _ => of_mp4(&mut file, 0..end, track),
    };
    aspect.ok()?.filter(|aspect| aspect.is_finite() && *aspect > 0.0)
}

/// What stands at the beginning of a part: its name, and where its content lies.
type Header = fn(&mut File, Range<u64>) -> io::Result<(u32, Range<u64>)>;

/// The content of the first part of this name.
fn find(file: &mut File, within: Range<u64>, header: Header, name: u32) -> io::Result<Option<Range<u64>>> {
    let mut at = within.start;
    for _ in 0..MOST_PARTS {
        if at >= within.end {
            break;
        }
        let (found, content) = header(file, at..within.end)?;
        if found == name {
            return Ok(Some(content));
        }
        at = content.end;
    }
    Ok(None)
}

/// The content of the part that this path leads to, by the first part of each name.
fn follow(file: &mut File, within: Range<u64>, header: Header, path: &[u32]) -> io::Result<Option<Range<u64>>> {
    path.iter().try_fold(Some(within), |within, name| match within {
        Some(within) => find(file, within, header, *name),
        None => Ok(None),
    })
}

fn of_mp4(file: &mut File, whole: Range<u64>, track: i32) -> io::Result<Option<f64>> {
    let Some(moov) = find(file, whole, mp4_box, name(b"moov"))? else { return Ok(None) };
    let mut left = moov;
    while let Some(trak) = find(file, left.clone(), mp4_box, name(b"trak"))? {
        left.start = trak.end;
        let Some(head) = find(file, trak.clone(), mp4_box, name(b"tkhd"))? else { continue };
        // Of the second version, two times and a length have eight bytes in place of four.
        let longer = if bytes::<1>(file, head.start)? == [1] { [8, 12] } else { [0, 0] };
        if i64::from(u32::from_be_bytes(bytes(file, head.start + 12 + longer[0])?)) != i64::from(track) {
            continue;
        }
        let path = [name(b"mdia"), name(b"minf"), name(b"stbl"), name(b"stsd")];
        let Some(kinds) = follow(file, trak, mp4_box, &path)? else { continue };
        let (_, kind) = mp4_box(file, kinds.start + 8..kinds.end)?;
        if let Some(shape) = find(file, kind.start + 78..kind.end, mp4_box, name(b"pasp"))? {
            return Ok(Some(ratio(file, shape.start)?));
        }
        let shown = ratio(file, head.start + 76 + longer[1])?;
        let [width, height] = [24, 26].map(|at| bytes(file, kind.start + at).map(u16::from_be_bytes));
        return Ok(Some(shown * f64::from(height?) / f64::from(width?)));
    }
    Ok(None)
}

/// The first of two numbers of 32 bits by the second.
fn ratio(file: &mut File, at: u64) -> io::Result<f64> {
    let [first, second] = [at, at + 4].map(|at| bytes(file, at).map(u32::from_be_bytes));
    Ok(f64::from(first?) / f64::from(second?))
}

fn name(word: &[u8; 4]) -> u32 {
    u32::from_be_bytes(*word)
}

fn mp4_box(file: &mut File, within: Range<u64>) -> io::Result<(u32, Range<u64>)> {
    let Mp4Box { name: word, content, end } = Mp4Box::at(file, within.start, within.end)?;
    Ok((name(&word), content..end.clamp(content, within.end.max(content))))
}

fn of_matroska(file: &mut File, whole: Range<u64>) -> io::Result<Option<f64>> {
    const SEGMENT: u32 = 0x1853_8067;
    const TRACKS: u32 = 0x1654_ae6b;
    const TRACK: u32 = 0xae;
    const PICTURES: u32 = 0xe0;
    const STORED: [u32; 2] = [0xb0, 0xba];
    const SHOWN: [u32; 2] = [0x54b0, 0x54ba];
    let Some(mut left) = follow(file, whole, ebml_element, &[SEGMENT, TRACKS])? else { return Ok(None) };
    while let Some(track) = find(file, left.clone(), ebml_element, TRACK)? {
        left.start = track.end;
        let Some(pictures) = find(file, track, ebml_element, PICTURES)? else { continue };
        let mut number = |name: u32| -> io::Result<Option<f64>> {
            let Some(content) = find(file, pictures.clone(), ebml_element, name)? else { return Ok(None) };
            let mut value = 0;
            for at in content.clone().take(8) {
                value = value << 8 | u64::from(bytes::<1>(file, at)?[0]);
            }
            Ok(Some(value as f64))
        };
        let (width, height) = (number(STORED[0])?, number(STORED[1])?);
        let (shown_width, shown_height) = (number(SHOWN[0])?.or(width), number(SHOWN[1])?.or(height));
        let ratio = |width: Option<f64>, height: Option<f64>| Some(width? / height?);
        return Ok(ratio(ratio(shown_width, shown_height), ratio(width, height)));
    }
    Ok(None)
}

fn ebml_element(file: &mut File, within: Range<u64>) -> io::Result<(u32, Range<u64>)> {
    let (name, digits) = ebml_number(file, within.start, false)?;
    let (size, more) = ebml_number(file, within.start + digits, true)?;
    let start = within.start + digits + more;
    // All ones: it ends where the part around it does.
    let is_open = size == (1 << (7 * more)) - 1;
    let end = if is_open { within.end } else { start.saturating_add(size) };
    Ok((u32::try_from(name).unwrap_or_default(), start..end.clamp(start, within.end.max(start))))
}

/// A number whose first byte's leading zeros tell its length, and that length. The bit that ends them belongs to names.
fn ebml_number(file: &mut File, at: u64, without_mark: bool) -> io::Result<(u64, u64)> {
    let [first] = bytes::<1>(file, at)?;
    let length = u64::from(first.leading_zeros()) + 1;
    if length > 8 {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut value = u64::from(first);
    if without_mark {
        value &= (1 << (8 - length)) - 1;
    }
    for at in at + 1..at + length {
        value = value << 8 | u64::from(bytes::<1>(file, at)?[0]);
    }
    Ok((value, length))
}
