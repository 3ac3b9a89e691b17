//! A child's work as its parent writes it: the words of a command line, of any bytes.

use std::ffi::OsString;
use std::io::{self, Read};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

/// Behind each word, because no word has it.
const STOP: u8 = 0;

/// The words as they are sent: how many bytes there are, in four, and then each with its stop.
pub(super) fn written(words: &[OsString]) -> Vec<u8> {
    let mut text = Vec::new();
    for word in words {
        text.extend_from_slice(word.as_bytes());
        text.push(STOP);
    }
    let bytes = u32::try_from(text.len()).expect("paths and limits are short");
    [&bytes.to_le_bytes(), &*text].concat()
}

/// Reads them; what comes behind is not touched.
pub(super) fn read(from: &mut impl Read) -> io::Result<Vec<OsString>> {
    let mut bytes = [0; 4];
    from.read_exact(&mut bytes)?;
    let mut text = vec![0; u32::from_le_bytes(bytes) as usize];
    from.read_exact(&mut text)?;
    let words = text.split_inclusive(|byte| *byte == STOP);
    Ok(words.map(|word| OsString::from_vec(word.strip_suffix(&[STOP]).unwrap_or(word).to_vec())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_any_bytes_arrive_as_they_are() {
        let words = ["photo", "", "with space\n"].map(OsString::from).to_vec();
        let words = [words, vec![OsString::from_vec(vec![0xff, 0xfe])]].concat();
        let sent = [written(&words), b"more".to_vec()].concat();
        let mut rest = &*sent;
        assert_eq!(read(&mut rest).unwrap(), words);
        assert_eq!(rest, b"more");
        assert!(read(&mut &written(&words)[..9]).is_err());
        assert!(read(&mut &*written(&[])).unwrap().is_empty());
    }
}
