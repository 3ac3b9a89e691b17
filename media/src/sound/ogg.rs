//! The end of Ogg streams: their last page says that it is one.

use std::io;

use super::window::Window;

/// The longest page: its head, a table of 255 lengths, and as many pieces of 255 bytes.
const LONGEST_PAGE: u64 = 27 + 255 + 255 * 255;

/// Whether the last page of a file of Ogg is there, whole, and says that it is the last one.
pub(super) fn has_end(file: &Window) -> io::Result<bool> {
    let from = file.len().saturating_sub(LONGEST_PAGE);
    let tail = file.piece(from, file.len() - from)?;
    let ends = |page: &[u8]| {
        let [b'O', b'g', b'g', b'S', 0, flags, .., segments] = page.get(..27).unwrap_or_default() else { return false };
        let table = page[27..].iter().take(usize::from(*segments));
        let length = 27 + usize::from(*segments) + table.map(|length| usize::from(*length)).sum::<usize>();
        // Some writers pad the file with zeros.
        flags & 4 != 0 && page.get(length..).is_some_and(|rest| rest.iter().all(|byte| *byte == 0))
    };
    Ok((0..tail.len()).rev().filter(|start| tail[*start] == b'O').any(|start| ends(&tail[start..])))
}
