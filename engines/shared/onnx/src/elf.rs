//! How long a library should be by its own word, as far as the format of Linux tells it.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// How a file of 64 bits and least significant bytes first begins.
const MAGIC: [u8; 6] = *b"\x7fELF\x02\x01";
/// Bytes of the header, and where it tells of the table of sections, which linkers write last: its place, the size of an
/// entry, and how many there are.
const HEADER: usize = 64;
const TABLE: usize = 0x28;
const ENTRY: usize = 0x3a;
const ENTRIES: usize = 0x3c;

/// The bytes of a library and those that it should have at least, where there are fewer of them. None for a whole one, and for
/// what is of another format.
///
/// # Errors
/// The file cannot be read.
pub(crate) fn cut_off(library: &Path) -> io::Result<Option<(u64, u64)>> {
    let mut file = File::open(library)?;
    let bytes = file.metadata()?.len();
    let mut header = [0; HEADER];
    if let Err(error) = file.read_exact(&mut header) {
        return if error.kind() == io::ErrorKind::UnexpectedEof { Ok(None) } else { Err(error) };
    }
    if !header.starts_with(&MAGIC) {
        return Ok(None);
    }
    let short = |at: usize| u64::from(u16::from_le_bytes([header[at], header[at + 1]]));
    let mut table = [0; 8];
    table.copy_from_slice(&header[TABLE..TABLE + 8]);
    let promised = u64::from_le_bytes(table).saturating_add(short(ENTRY) * short(ENTRIES));
    Ok((promised > bytes).then_some((bytes, promised)))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_library_that_ends_early_is_told_from_a_whole_one() {
        let whole = std::env::current_exe().unwrap();
        assert_eq!(cut_off(&whole).unwrap(), None);
        let file = tempfile::NamedTempFile::new().unwrap();
        let bytes = fs::read(&whole).unwrap();
        fs::write(file.path(), &bytes[..bytes.len() - 1]).unwrap();
        let (found, promised) = cut_off(file.path()).unwrap().expect("it is cut off");
        assert_eq!((found, promised), (bytes.len() as u64 - 1, bytes.len() as u64));
        for other in [&b"\x7fELF"[..], &[7; 100]] {
            fs::write(file.path(), other).unwrap();
            assert_eq!(cut_off(file.path()).unwrap(), None);
        }
    }
}
