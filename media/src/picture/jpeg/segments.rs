//! The segments of a JPEG: what stands beside its pixels, and whether all of it is there.

use std::collections::BTreeMap;

use super::super::colour::source::LARGEST_PROFILE;

pub(super) const END_OF_IMAGE: u8 = 0xd9;
pub(super) const START_OF_SCAN: u8 = 0xda;
const EXIF: u8 = 0xe1;
/// Where profiles stand, in pieces: behind this name, its own number and that of all.
pub(super) const PROFILE: u8 = 0xe2;
pub(super) const PROFILE_NAME: &[u8; 12] = b"ICC_PROFILE\0";
const ADOBE: u8 = 0xee;
const COMMENT: u8 = 0xfe;

/// One segment.
struct Segment<'a> {
    marker: u8,
    /// What stands behind its length; nothing for markers that have none.
    content: &'a [u8],
    /// Where it ends in the file.
    end: usize,
}

/// All segments behind the start of the image. They are stepped over by their length, so that the end of a thumbnail is not
/// taken for the end of the picture; the data of a scan is no segment and is passed over.
fn segments(bytes: &[u8]) -> impl Iterator<Item = Segment<'_>> {
    let mut at = 2;
    std::iter::from_fn(move || {
        let rest = bytes.get(at..)?;
        let begin = at + 2 + rest.windows(2).position(|pair| pair[0] == 0xff && pair[1] != 0xff)?;
        let (marker, after) = (bytes[begin - 1], &bytes[begin..]);
        let length = match (marker, after) {
            // Stuffed zeros and restart markers stand inside a scan's data and have no length.
            (0x00 | 0x01 | 0xd0..=0xd9, _) => 0,
            (_, [high, low, ..]) => usize::from(u16::from_be_bytes([*high, *low])).max(2),
            _ => after.len(),
        };
        let end = length.min(after.len());
        at = begin + end;
        Some(Segment { marker, content: after.get(2..end).unwrap_or_default(), end: at })
    })
}

/// Whether the picture's own end marker is there. What follows it (motion photos) is not looked at.
pub(super) fn has_end(bytes: &[u8]) -> bool {
    segments(bytes).any(|segment| segment.marker == END_OF_IMAGE)
}

/// Whether a scan has begun for every bit of every coefficient of every component. The data of the last one may be cut.
pub(super) fn has_all_scans(bytes: &[u8]) -> bool {
    /// A coefficient of which nothing has come.
    const NONE: u8 = u8::MAX;
    // The lowest bit of each coefficient that has come, by component.
    let mut lowest: BTreeMap<u8, [u8; 64]> = BTreeMap::new();
    for Segment { marker, content, .. } in segments(bytes) {
        match (marker, content) {
            (0xc0..=0xc2, [_, _, _, _, _, _, components @ ..]) => {
                lowest = components.chunks_exact(3).map(|component| (component[0], [NONE; 64])).collect();
            }
            (START_OF_SCAN, [count, rest @ ..]) => {
                let Some((components, [first, last, bits])) = rest.split_at_checked(2 * usize::from(*count)) else {
                    return false;
                };
                for component in components.chunks_exact(2) {
                    let coefficients = lowest.get_mut(&component[0]);
                    let Some(coming) = coefficients.and_then(|all| all.get_mut((*first).into()..=(*last).into()))
                    else {
                        return false;
                    };
                    coming.fill(bits & 15);
                }
            }
            _ => {}
        }
    }
    !lowest.is_empty() && lowest.values().flatten().all(|bit| *bit == 0)
}

/// The colour profile, put together from its pieces; none if one is missing.
pub(super) fn profile(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut pieces = BTreeMap::new();
    let mut announced = None;
    for Segment { content, .. } in segments(bytes)
        .take_while(|segment| segment.marker != START_OF_SCAN)
        .filter(|segment| segment.marker == PROFILE)
    {
        if let Some([number, all, piece @ ..]) = content.strip_prefix(PROFILE_NAME) {
            announced.get_or_insert(*all);
            pieces.entry(*number).or_insert(piece);
        }
    }
    let wanted: Vec<&[u8]> = (1..=announced?).map(|number| pieces.get(&number).copied()).collect::<Option<_>>()?;
    let size: usize = wanted.iter().map(|piece| piece.len()).sum();
    (size <= LARGEST_PROFILE).then(|| wanted.concat())
}

/// Takes out what no pixel depends on: profiles, descriptions, thumbnails, all but the first EXIF block. The decoder keeps
/// them, and sorts the pieces of some anew for each that is added.
pub(super) fn remove_metadata(bytes: &mut Vec<u8>) {
    let mut kept = Vec::new();
    let (mut begin, mut exif) = (2, false);
    for Segment { marker, content, end } in segments(bytes).take_while(|segment| segment.marker != START_OF_SCAN) {
        let beside = match marker {
            EXIF => !content.starts_with(b"Exif\0") || std::mem::replace(&mut exif, true),
            ADOBE => false,
            0xe0..=0xef | COMMENT => true,
            _ => false,
        };
        if !beside {
            kept.push(begin..end);
        }
        begin = end;
    }
    let mut written = 2;
    for part in kept {
        let length = part.len();
        bytes.copy_within(part, written);
        written += length;
    }
    bytes.drain(written..begin);
}
