//! The marker structure of a JPEG file, read only to tell a whole file from one that was cut short.

const END_OF_IMAGE: u8 = 0xd9;

/// Whether the picture's own end marker is there. Segments are stepped over by their length, so that the end of an
/// EXIF thumbnail is not taken for the end of the picture; what follows the end (motion photos) is not looked at.
pub(super) fn is_complete(bytes: &[u8]) -> bool {
    let mut rest = bytes.get(2..).unwrap_or_default();
    while let Some((marker, after)) = next_marker(rest) {
        rest = match marker {
            END_OF_IMAGE => return true,
            // Stuffed zeros and restart markers stand inside a scan's data and have no length.
            0x00 | 0x01 | 0xd0..=0xd8 => after,
            _ => match after {
                [high, low, ..] => {
                    let length = usize::from(u16::from_be_bytes([*high, *low]));
                    after.get(length.max(2)..).unwrap_or_default()
                }
                _ => return false,
            },
        };
    }
    false
}

/// The next byte that follows an `ff` and is not one, with what comes after it.
fn next_marker(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let at = bytes.windows(2).position(|pair| pair[0] == 0xff && pair[1] != 0xff)?;
    Some((bytes[at + 1], &bytes[at + 2..]))
}
