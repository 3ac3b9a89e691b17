//! Files of `numpy.save`: one array of numbers, or a pickle of what an array of objects holds.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use crate::error::UnpickleError;
use crate::machine::MAX_BYTES;
use crate::numpy::{MAX_AXES, numbers};
use crate::tree::unpickle;
use crate::value::{NumpyType, Value};

const MAGIC: &[u8] = b"\x93NUMPY";
/// Longest header, in bytes; those that are written have 118 or 128.
const MAX_HEADER: usize = 4096;

/// Which file is refused, and why.
#[derive(Debug, thiserror::Error)]
#[error("{}: {fault}", file.display())]
pub struct NpyError {
    /// The file.
    pub file: PathBuf,
    /// What is wrong with it.
    pub fault: NpyFault,
}

/// What is wrong with a file of `numpy.save`.
#[derive(Debug, thiserror::Error)]
pub enum NpyFault {
    /// It cannot be read.
    #[error("it cannot be read: {0}")]
    Io(#[from] io::Error),
    /// It is no such file, or one of a form that is not read.
    #[error("it is no file of numpy.save that is read here: {0}")]
    Format(&'static str),
    /// Its numbers do not fit its shape, its type is not read, or its pickle is refused.
    #[error(transparent)]
    Pickle(#[from] UnpickleError),
}

/// Reads a file.
///
/// # Errors
/// As [`parse`], or if the file cannot be read.
pub fn read(path: &Path) -> Result<Value, NpyError> {
    let parsed = bytes(path).map_err(NpyFault::from).and_then(|bytes| parse(&bytes));
    parsed.map_err(|fault| NpyError { file: path.to_owned(), fault })
}

/// Reads the bytes of a file: an array of numbers, or a list of objects in row-major order. An array of objects that
/// has no axes is its object.
///
/// # Errors
/// If they are no such file of at most [`MAX_BYTES`], hold numbers of a type that is not read, or objects that are no
/// plain values.
pub fn parse(bytes: &[u8]) -> Result<Value, NpyFault> {
    if bytes.len() > MAX_BYTES {
        return Err(UnpickleError::TooLarge("the file").into());
    }
    let (header, data) = split(bytes).ok_or(NpyFault::Format("its header is cut or damaged"))?;
    let header = Header::parse(header).ok_or(NpyFault::Format("its header does not tell type, order and shape"))?;
    let (big_endian, name) = match header.kind.as_bytes() {
        [b'>', ..] => (true, &header.kind[1..]),
        [b'<' | b'|' | b'=', ..] => (false, &header.kind[1..]),
        _ => return Err(NpyFault::Format("its numbers have no single type")),
    };
    if name != "O" {
        let dtype = NumpyType { big_endian, ..NumpyType::named(name)? };
        return Ok(Value::Array(numbers(header.shape, dtype, header.fortran, data)?));
    }
    match (unpickle(data)?, header.shape.as_slice()) {
        (Value::List(mut items), []) if items.len() == 1 => Ok(items.remove(0)),
        (list @ Value::List(_), [_, ..]) => Ok(list),
        _ => Err(NpyFault::Format("its objects do not fill its shape")),
    }
}

fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The header's text, and what follows it.
fn split(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let (version, rest) = bytes.strip_prefix(MAGIC)?.split_first_chunk::<2>()?;
    let (length, rest) = match version {
        [1, 0] => rest.split_first_chunk().map(|(length, rest)| (usize::from(u16::from_le_bytes(*length)), rest))?,
        [2 | 3, 0] => rest.split_first_chunk().map(|(length, rest)| (u32::from_le_bytes(*length) as usize, rest))?,
        _ => return None,
    };
    let (header, data) = rest.split_at_checked(length).filter(|_| length <= MAX_HEADER)?;
    Some((std::str::from_utf8(header).ok()?, data))
}

/// What a header says, a Python dictionary such as `{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }`.
struct Header<'a> {
    kind: &'a str,
    fortran: bool,
    shape: Vec<usize>,
}

impl<'a> Header<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let mut rest = text.trim().strip_prefix('{')?.strip_suffix('}')?.trim();
        let (mut kind, mut fortran, mut shape) = (None, None, None);
        while !rest.is_empty() {
            let (key, value) = rest.split_once(':')?;
            let value = value.trim_start();
            // A shape has commas of its own.
            let end =
                if value.starts_with('(') { value.find(')')? + 1 } else { value.find(',').unwrap_or(value.len()) };
            let (value, after) = value.split_at(end);
            let is_new = match key.trim() {
                "'descr'" => kind.replace(value.strip_prefix('\'')?.trim_end().strip_suffix('\'')?).is_none(),
                "'fortran_order'" => fortran.replace(flag(value.trim_end())?).is_none(),
                "'shape'" => shape.replace(extents(value)?).is_none(),
                _ => false,
            };
            rest = after.trim_start();
            rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
            is_new.then_some(())?;
        }
        Some(Self { kind: kind?, fortran: fortran?, shape: shape? })
    }
}

fn flag(text: &str) -> Option<bool> {
    match text {
        "True" => Some(true),
        "False" => Some(false),
        _ => None,
    }
}

/// The extents of a tuple of whole numbers.
fn extents(text: &str) -> Option<Vec<usize>> {
    let inner = text.strip_prefix('(')?.strip_suffix(')')?.trim();
    let inner = inner.strip_suffix(',').unwrap_or(inner);
    if inner.is_empty() {
        return Some(Vec::new());
    }
    let extents: Option<Vec<usize>> = inner.split(',').map(|extent| extent.trim().parse().ok()).collect();
    extents.filter(|extents| extents.len() <= MAX_AXES)
}
