//! The chunks of WAV and AIFF files: how much sound they hold by their own header, and where they end.

use std::io;

use super::window::Window;

/// From here on a size says that whoever wrote the header did not know it: sound that was written as it came.
const UNKNOWN_SIZE: u64 = 0x7fff_0000;

/// What the chunks of a file say. Places count from its start.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Chunks {
    /// Where the sound begins, and how many bytes it has; none where the header does not know it.
    pub(super) sound: Option<(u64, u64)>,
    /// Where the last chunk ends, or the file if that is sooner.
    pub(super) end: u64,
}

/// Reads the chunks of a file that begins as WAV or AIFF does.
pub(super) fn read(file: &Window) -> io::Result<Chunks> {
    let big_endian = matches!(file.bytes::<4>(0)?.as_ref(), Some(b"FORM" | b"RIFX"));
    let number = |bytes: [u8; 4]| if big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) };
    let (mut at, mut large, mut sound) = (12, None, None);
    while let Some([a, b, c, d, size @ ..]) = file.bytes::<8>(at)? {
        let (name, content) = ([a, b, c, d], at + 8);
        let mut size = u64::from(number(size));
        let is_sound = matches!(&name, b"data" | b"SSND");
        match &name {
            // Of RF64: the sizes of the whole and of the sound, in 64 bits.
            b"ds64" => large = file.bytes(content + 8)?.map(u64::from_le_bytes),
            _ if is_sound => {
                let is_large = size == u64::from(u32::MAX) && large.is_some_and(|large| large > 0);
                size = large.filter(|_| is_large).unwrap_or(size);
                if !is_large && (size == 0 || size >= UNKNOWN_SIZE) {
                    return Ok(Chunks { sound: None, end: file.len() });
                }
                sound = Some((content, size));
            }
            _ => {}
        }
        let end = content.saturating_add(size.next_multiple_of(2));
        let is_name = name.iter().all(|byte| (b' '..=b'~').contains(byte));
        if !is_sound && (!is_name || end > file.len() + 1) {
            break;
        }
        at = end;
    }
    Ok(Chunks { sound, end: at.min(file.len()) })
}
