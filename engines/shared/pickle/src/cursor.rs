//! Reading the bytes of a pickle from front to back.

use crate::error::UnpickleError;

/// A place in the bytes of a pickle.
pub(crate) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// How many bytes are read.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    pub(crate) fn take<const N: usize>(&mut self) -> Result<[u8; N], UnpickleError> {
        let taken = self.bytes[self.at..].first_chunk::<N>().ok_or(UnpickleError::Truncated(self.at))?;
        self.at += N;
        Ok(*taken)
    }

    /// A payload with its length in front, of `width` bytes.
    pub(crate) fn payload(&mut self, width: usize) -> Result<Vec<u8>, UnpickleError> {
        let length = match width {
            1 => u64::from(self.take::<1>()?[0]),
            4 => u64::from(u32::from_le_bytes(self.take()?)),
            _ => u64::from_le_bytes(self.take()?),
        };
        let rest = &self.bytes[self.at..];
        let length = usize::try_from(length).ok().filter(|length| *length <= rest.len());
        let payload = &rest[..length.ok_or(UnpickleError::Truncated(self.at))?];
        self.at += payload.len();
        Ok(payload.to_vec())
    }

    /// A text with its length in front, of `width` bytes.
    pub(crate) fn text(&mut self, width: usize) -> Result<String, UnpickleError> {
        utf8(self.payload(width)?)
    }

    /// A whole number of any length, as long as it fits 64 bits.
    pub(crate) fn long(&mut self) -> Result<i64, UnpickleError> {
        let bytes = self.payload(1)?;
        if bytes.len() > 8 {
            return Err(UnpickleError::TooLarge("a whole number"));
        }
        let fill = if bytes.last().is_some_and(|byte| byte & 0x80 != 0) { 0xFF } else { 0 };
        let mut word = [fill; 8];
        word[..bytes.len()].copy_from_slice(&bytes);
        Ok(i64::from_le_bytes(word))
    }

    /// A text that ends with its line.
    pub(crate) fn line(&mut self) -> Result<String, UnpickleError> {
        let rest = &self.bytes[self.at..];
        let end = rest.iter().position(|byte| *byte == b'\n').ok_or(UnpickleError::Truncated(self.at))?;
        self.at += end + 1;
        utf8(rest[..end].to_vec())
    }
}

fn utf8(bytes: Vec<u8>) -> Result<String, UnpickleError> {
    String::from_utf8(bytes).map_err(|_| UnpickleError::Malformed("a text is not UTF-8"))
}
