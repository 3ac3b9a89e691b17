//! Reads the H.264 parameter sets (`avcC`) of an MP4, which FFmpeg's safe interface does not show.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

/// The boxes from the index down to the decoder's settings (ISO/IEC 14496-12 and -15), and how many bytes of its own
/// each has before the boxes in it.
const WAY: [(&[u8; 4], usize); 7] =
    [(b"trak", 0), (b"mdia", 0), (b"minf", 0), (b"stbl", 0), (b"stsd", 8), (b"avc1", 78), (b"avcC", 0)];

/// The parameter sets of the first H.264 track; none if there is no such track, or the file is no MP4.
///
/// # Errors
/// The file cannot be read.
pub(super) fn parameter_sets(path: &Path) -> io::Result<Option<Vec<u8>>> {
    Ok(index(&mut BufReader::new(File::open(path)?))?.and_then(|index| find(&index, &WAY).map(<[u8]>::to_vec)))
}

/// The content of the `moov` box.
fn index(file: &mut (impl Read + Seek)) -> io::Result<Option<Vec<u8>>> {
    let length = file.seek(SeekFrom::End(0))?;
    let mut at = 0;
    while length - at >= 16 {
        file.seek(SeekFrom::Start(at))?;
        let mut head = [0; 16];
        file.read_exact(&mut head)?;
        let (size, own) = match number(&head[..4]) {
            // The size did not fit and follows the name, or the box goes to the end of the file.
            1 => (number(&head[8..]), 16),
            0 => (length - at, 8),
            size => (size, 8),
        };
        if size < own || size > length - at {
            return Ok(None);
        }
        if &head[4..8] == b"moov" {
            let mut index = vec![0; (size - own) as usize];
            file.seek(SeekFrom::Start(at + own))?;
            file.read_exact(&mut index)?;
            return Ok(Some(index));
        }
        at += size;
    }
    Ok(None)
}

/// The content of the first box that this way leads to.
fn find<'a>(mut boxes: &'a [u8], way: &[(&[u8; 4], usize)]) -> Option<&'a [u8]> {
    let ((name, own), rest) = way.split_first()?;
    while let Some(head) = boxes.get(..8) {
        let content = boxes.get(8..number(&head[..4]) as usize)?;
        if head[4..] == name[..] {
            let found =
                if rest.is_empty() { Some(content) } else { content.get(*own..).and_then(|in_it| find(in_it, rest)) };
            if found.is_some() {
                return found;
            }
        }
        boxes = &boxes[8 + content.len()..];
    }
    None
}

/// A number as MP4 writes it, from its most significant byte on.
fn number(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}
