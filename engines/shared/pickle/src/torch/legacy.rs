//! The form without an archive: five pickles, then each storage's count and numbers.

use std::collections::HashMap;
use std::fs::File;
use std::os::unix::fs::FileExt as _;

use super::error::TorchFault;
use super::storages::{Part, Size, Storages};
use crate::globals::Permitted;
use crate::machine::{self, Objects};
use crate::tree;
use crate::value::Value;

/// The first pickle: a number of ten bytes, by which the form is known.
pub(super) const MAGIC: &[u8] = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";
/// What the second pickle says.
const VERSION: i64 = 1001;

/// What the pickles of a file say.
pub(super) struct Parts {
    /// What was saved.
    pub(super) objects: Objects,
    /// The keys of the storages in the order of their numbers.
    keys: Vec<String>,
    /// Where the storages begin.
    at: u64,
}

/// Reads the pickles that follow the first one.
pub(super) fn parts(bytes: &[u8]) -> Result<Parts, TorchFault> {
    let mut at = 0;
    let mut next = || -> Result<Value, TorchFault> {
        let (value, length) = tree::first(&bytes[at..])?;
        at += length;
        Ok(value)
    };
    if next()? != Value::Int(VERSION) {
        return Err(TorchFault::Format("its version is not 1001"));
    }
    if next()?.get("little_endian") != Some(&Value::Bool(true)) {
        return Err(TorchFault::Format("its numbers do not have their lowest byte first"));
    }
    let objects = machine::run(&bytes[at..], Permitted::Torch)?;
    at += objects.length;
    let (keys, length) = tree::first(&bytes[at..])?;
    let Value::List(keys) = keys else {
        return Err(TorchFault::Format("it has no list of storages"));
    };
    let text = |key| match key {
        Value::Str(key) => Ok(key),
        _ => Err(TorchFault::Format("the key of a storage is no text")),
    };
    let keys = keys.into_iter().map(text).collect::<Result<_, _>>()?;
    Ok(Parts { objects, keys, at: (MAGIC.len() + at + length) as u64 })
}

/// Finds the storages one after another.
pub(super) fn storages<'a>(
    file: &File,
    length: u64,
    parts: &Parts,
    sizes: &HashMap<&'a str, Size>,
) -> Result<Storages<'a>, TorchFault> {
    let mut storages = HashMap::new();
    let mut at = parts.at;
    for key in &parts.keys {
        let wrong = |reason: &str| TorchFault::Storage { key: key.clone(), reason: reason.to_owned() };
        let (known, &Size { count, bytes }) =
            sizes.get_key_value(key.as_str()).ok_or_else(|| wrong("nothing that is saved refers to it"))?;
        let mut told = [0; 8];
        if length < at + 8 {
            return Err(wrong("the file ends before it"));
        }
        file.read_exact_at(&mut told, at)?;
        if u64::from_le_bytes(told) != count {
            return Err(wrong(&format!("it has {} numbers, but {count} are told", i64::from_le_bytes(told))));
        }
        if length - at - 8 < bytes {
            return Err(wrong("the file ends within it"));
        }
        storages.insert(*known, Part { at: at + 8, length: bytes });
        at += 8 + bytes;
    }
    Ok(storages)
}
