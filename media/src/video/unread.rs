//! What stands behind an MP4 file in the same file: another one that was joined to it, or something else. FFmpeg passes over it.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::Path;

use super::mp4_box::Mp4Box;

/// Boxes of a file that are looked at: those of a recording in fragments are many.
const MOST_BOXES: usize = 100_000;

/// Bytes of the shortest box.
const SHORTEST: u64 = 8;
/// Boxes that files consist of.
const KNOWN: [&[u8; 4]; 12] =
    [b"ftyp", b"styp", b"moov", b"moof", b"mfra", b"mdat", b"free", b"skip", b"wide", b"sidx", b"meta", b"uuid"];

/// Bytes behind the last box of an MP4 file that is its own; 0 of a file that was cut short. Reads the heads of its boxes alone.
pub(super) fn bytes_behind_mp4(path: &Path) -> io::Result<u64> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let (mut at, mut has_content) = (0, false);
    for _ in 0..MOST_BOXES {
        let Some(Mp4Box { name, end, .. }) = box_at(&mut file, at, length)? else { break };
        let is_another = &name == b"ftyp" && has_content;
        // A known one that reaches beyond the file was cut, which the file's length tells.
        if is_another || (end > length && !KNOWN.contains(&&name)) {
            break;
        }
        has_content |= matches!(&name, b"moov" | b"mdat" | b"moof");
        at = end;
    }
    Ok(length.saturating_sub(at))
}

/// The box at this byte; none where no box is.
fn box_at(file: &mut File, at: u64, length: u64) -> io::Result<Option<Mp4Box>> {
    match Mp4Box::at(file, at, length) {
        Ok(found) => Ok(Some(found).filter(|found| found.end >= at + SHORTEST)),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn part(name: &[u8; 4], content: usize) -> Vec<u8> {
        [&(8 + content as u32).to_be_bytes()[..], name, &vec![7; content]].concat()
    }

    fn behind(bytes: &[u8]) -> u64 {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), bytes).unwrap();
        bytes_behind_mp4(file.path()).unwrap()
    }

    #[test]
    fn what_is_not_the_files_own_is_counted() {
        let film = [part(b"ftyp", 16), part(b"free", 0), part(b"mdat", 500), part(b"moov", 90)].concat();
        assert_eq!(behind(&film), 0);
        assert_eq!(behind(&[&film[..], &film].concat()), film.len() as u64);
        assert_eq!(behind(&[&film[..], b"ID3\x04\0\0\0\0 and some sound"].concat()), 23);
        assert_eq!(behind(&[&film[..], b"\n"].concat()), 1);
        let fragments =
            [part(b"ftyp", 16), part(b"moov", 90), part(b"moof", 8), part(b"mdat", 9), part(b"mfra", 4)].concat();
        assert_eq!(behind(&fragments), 0);
    }

    #[test]
    fn a_file_that_was_cut_has_nothing_behind_it() {
        let film = [part(b"ftyp", 16), part(b"moov", 90), part(b"mdat", 500)].concat();
        assert_eq!(behind(&film[..300]), 0);
        let to_the_end = [&part(b"ftyp", 16)[..], &part(b"moov", 90), b"\0\0\0\0mdat and all the rest"].concat();
        assert_eq!(behind(&to_the_end), 0);
        let large = [&part(b"ftyp", 16)[..], &part(b"moov", 90), b"\0\0\0\x01mdat\0\0\0\0\0\0\0\x14rest"].concat();
        assert_eq!(behind(&large), 0);
        assert_eq!(behind(&[&large[..], b"tail of it"].concat()), 10);
    }
}
