//! Searches a file for the bytes that sound files begin with.

use std::io;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

use super::signature::{Look, MARKS};
use super::window::Window;

/// So much is read and searched at a time.
const BLOCK: u64 = 256 << 10;

/// What may be the beginning of a file.
pub(super) struct Mark {
    /// What tells whether it is one.
    pub(super) look: Look,
    /// Where it was found.
    pub(super) at: u64,
}

/// The marks in a file, one after the other.
pub(super) fn marks(file: &Window) -> impl Iterator<Item = io::Result<Mark>> {
    (0..file.len()).step_by(BLOCK as usize).flat_map(|start| match in_block(file, start) {
        Ok(marks) => marks.into_iter().map(Ok).collect(),
        Err(error) => vec![Err(error)],
    })
}

/// Those that begin in the block that begins here.
fn in_block(file: &Window, start: u64) -> io::Result<Vec<Mark>> {
    // Of these kinds of search, this one looks at many bytes at once.
    static SEARCH: LazyLock<AhoCorasick> = LazyLock::new(|| {
        let search = AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(MARKS.map(|(mark, _)| mark));
        search.expect("the marks are few and short")
    });
    // A mark may go on in the next block.
    let further = SEARCH.max_pattern_len() as u64 - 1;
    let bytes = file.piece(start, (BLOCK + further).min(file.len() - start))?;
    let found = SEARCH.find_iter(&bytes).map(|found| (found.pattern().as_usize(), found.start() as u64));
    let here = found.filter(|(_, at)| *at < BLOCK);
    Ok(here.map(|(mark, at)| Mark { look: MARKS[mark].1, at: start + at }).collect())
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};

    use super::*;

    #[test]
    fn marks_are_found_wherever_blocks_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("marks");
        let block = BLOCK as usize;
        for near in 0..24 {
            let places = [0, block - near, block + 30, 2 * block - near, 3 * block - 4];
            let mut bytes = vec![b'.'; 3 * block];
            for (place, mark) in places.into_iter().zip(["ID3", "#!AMR-WB\n", "WAVE", "ftyp", "Xing"]) {
                bytes[place..place + mark.len()].copy_from_slice(mark.as_bytes());
            }
            fs::write(&path, &bytes).unwrap();
            let file = Window::new(File::open(&path).unwrap(), 0, bytes.len() as u64);
            let found: Vec<usize> = marks(&file).map(|mark| mark.unwrap().at as usize).collect();
            assert_eq!(found, places, "{near} bytes before the end of a block");
        }
    }
}
