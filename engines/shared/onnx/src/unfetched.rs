//! What may lie where a file should be that was never fetched whole: nothing, a stand-in, or a hub's answer in words.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use thiserror::Error;

/// How a file of Git LFS begins that stands for a large one.
const POINTER: &str = "version https://git-lfs.github.com/spec/";
/// Bytes that are looked at: a pointer is shorter, and so is what a page begins with.
const LOOK: u64 = 512;
/// Characters of a text that are told.
const EXCERPT: usize = 60;

/// What lies there instead.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Unfetched {
    /// No bytes.
    #[error("is empty")]
    Empty,
    /// A pointer of Git LFS; with the size of what it stands for, where it tells that.
    #[error("is a pointer of Git LFS and not the file itself{}", size(*.0))]
    Pointer(Option<u64>),
    /// A page for people.
    #[error("is an HTML page, as hubs and logins answer instead of a file")]
    Page,
    /// Words, such as those of an error.
    #[error("is text and begins with {0:?}")]
    Text(String),
}

impl Unfetched {
    /// Looks at the beginning of a file; none if it may be what it should be.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn at(path: &Path) -> io::Result<Option<Self>> {
        let mut beginning = Vec::new();
        File::open(path)?.take(LOOK).read_to_end(&mut beginning)?;
        Ok(Self::of(&beginning))
    }

    fn of(beginning: &[u8]) -> Option<Self> {
        if beginning.is_empty() {
            return Some(Self::Empty);
        }
        // A character may be cut in two where the look ends.
        let text = match std::str::from_utf8(beginning) {
            Ok(text) => text,
            Err(error) if error.error_len().is_none() => std::str::from_utf8(&beginning[..error.valid_up_to()]).ok()?,
            Err(_) => return None,
        };
        if text.chars().any(|character| character.is_control() && !character.is_whitespace()) {
            return None;
        }
        if text.starts_with(POINTER) {
            let size = text.lines().find_map(|line| line.strip_prefix("size ")?.trim().parse().ok());
            return Some(Self::Pointer(size));
        }
        let begins = text.trim_start_matches('\u{feff}').trim_start().to_ascii_lowercase();
        if ["<!doctype html", "<html", "<head"].iter().any(|tag| begins.starts_with(tag)) {
            return Some(Self::Page);
        }
        Some(Self::Text(text.trim().chars().take(EXCERPT).collect()))
    }
}

fn size(bytes: Option<u64>) -> String {
    bytes.map_or_else(String::new, |bytes| format!(", which has {bytes} bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stand_ins_are_told_from_files() {
        let of = |text: &str| Unfetched::of(text.as_bytes());
        assert_eq!(of(""), Some(Unfetched::Empty));
        let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:88f8\nsize 199684267\n";
        assert_eq!(of(pointer), Some(Unfetched::Pointer(Some(199_684_267))));
        assert_eq!(of(&pointer[..60]), Some(Unfetched::Pointer(None)));
        assert_eq!(of("\u{feff}\n <!DOCTYPE HTML>\n<title>Log in</title>"), Some(Unfetched::Page));
        assert_eq!(of("Entry not found"), Some(Unfetched::Text("Entry not found".into())));
        assert_eq!(of("{\"error\":\"gated\"}"), Some(Unfetched::Text("{\"error\":\"gated\"}".into())));
        for binary in [&b"\x08\x08\x12\x07pytorch"[..], b"\x80\x04\x95", b"\x7fELF\x02", b"abc\xff\xfe"] {
            assert_eq!(Unfetched::of(binary), None, "{binary:?}");
        }
    }

    #[test]
    fn a_character_that_the_look_cuts_in_two_is_none_of_a_binary_file() {
        let mut text = "x".repeat(LOOK as usize - 1).into_bytes();
        text.push("é".as_bytes()[0]);
        assert!(matches!(Unfetched::of(&text), Some(Unfetched::Text(_))));
    }

    #[test]
    fn they_are_told_in_words_that_follow_a_name() {
        assert_eq!(
            Unfetched::Pointer(Some(7)).to_string(),
            "is a pointer of Git LFS and not the file itself, which has 7 bytes"
        );
        assert_eq!(Unfetched::Text("No".into()).to_string(), "is text and begins with \"No\"");
    }
}
