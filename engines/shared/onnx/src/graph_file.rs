//! What the file of a network says of itself, read without loading it: a few kilobytes of it, whatever its size.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use thiserror::Error;

use crate::schema::{GRAPH_INPUT, GRAPH_OUTPUT, MODEL_GRAPH, MODEL_IR, VALUE_NAME};
use crate::signature::Signature;
use crate::unfetched::Unfetched;

/// No message of ONNX has a field of a greater number.
const MOST_FIELDS: u64 = 100;
/// No format version is greater, and no name of an input longer.
const MOST_IR: u64 = 100;
const LONGEST_NAME: u64 = 1024;

/// Why a file cannot be the network that it should be. In words that follow the file's name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FileFault {
    /// It cannot be read.
    #[error("cannot be read: {0}")]
    Unreadable(String),
    /// It was never fetched.
    #[error(transparent)]
    Unfetched(#[from] Unfetched),
    /// It ends before its end.
    #[error("is cut off: it has {bytes} bytes, and should have {promised} at least")]
    Cut {
        /// Its size.
        bytes: u64,
        /// The size that it speaks of.
        promised: u64,
    },
    /// Its size is right, but it is not filled.
    #[error("is damaged at byte {at}: it may be a download that was not completed")]
    Damaged {
        /// Where nothing sensible stands.
        at: u64,
    },
    /// It is something else.
    #[error("is no ONNX file")]
    Foreign,
    /// It is an ONNX file, but another one.
    #[error("is another network: {}", .0.join("; "))]
    OtherNetwork(Vec<String>),
}

/// Looks at a file of a network, without loading it: whether it is an ONNX file, whole, and has the inputs and outputs of
/// `signature`. What [`Network::load`](crate::Network::load) finds beyond that are shapes, formats and operators.
///
/// # Errors
/// What is wrong with it.
pub fn inspect(path: &Path, signature: &Signature) -> Result<(), FileFault> {
    let unreadable = |error: io::Error| FileFault::Unreadable(error.to_string());
    if let Some(unfetched) = Unfetched::at(path).map_err(unreadable)? {
        return Err(unfetched.into());
    }
    let file = File::open(path).map_err(unreadable)?;
    let len = file.metadata().map_err(unreadable)?.len();
    let names = Names::read(Reader { file: BufReader::new(file), at: 0, len })?;
    let missing = signature.missing(&names.inputs, &names.outputs);
    if missing.is_empty() { Ok(()) } else { Err(FileFault::OtherNetwork(missing)) }
}

/// What a graph calls its inputs and outputs. Graphs of old formats list weights among their inputs.
#[derive(Debug, Default)]
struct Names {
    inputs: Vec<String>,
    outputs: Vec<String>,
}

impl Names {
    fn read(mut model: Reader) -> Result<Self, FileFault> {
        // Whoever writes ONNX begins with the version of the format.
        match model.field().map_err(|_| FileFault::Foreign)? {
            Field { number: MODEL_IR, value: Value::Number(version) } if version <= MOST_IR => {}
            _ => return Err(FileFault::Foreign),
        }
        let mut names = None;
        while model.at < model.len {
            match model.field()? {
                Field { number: MODEL_GRAPH, value: Value::Bytes(len) } => {
                    names = Some(Self::of_graph(&mut model, len)?)
                }
                field => model.pass(&field)?,
            }
        }
        names.ok_or(FileFault::Foreign)
    }

    fn of_graph(model: &mut Reader, len: u64) -> Result<Self, FileFault> {
        let end = model.at + len;
        let mut names = Self::default();
        while model.at < end {
            match model.field()? {
                Field { number: GRAPH_INPUT, value: Value::Bytes(len) } => names.inputs.extend(model.name(len)?),
                Field { number: GRAPH_OUTPUT, value: Value::Bytes(len) } => names.outputs.extend(model.name(len)?),
                field => model.pass(&field)?,
            }
        }
        Ok(names)
    }
}

/// A file of protobuf messages that is gone through from its beginning to its end.
struct Reader {
    file: BufReader<File>,
    at: u64,
    len: u64,
}

/// A field that is about to be read or passed.
struct Field {
    number: u64,
    value: Value,
}

enum Value {
    Number(u64),
    /// So many bytes follow.
    Bytes(u64),
}

impl Reader {
    fn field(&mut self) -> Result<Field, FileFault> {
        let at = self.at;
        let tag = self.varint()?;
        let number = tag >> 3;
        let value = match tag & 7 {
            0 => Value::Number(self.varint()?),
            1 => Value::Bytes(8),
            2 => Value::Bytes(self.varint()?),
            5 => Value::Bytes(4),
            _ => return Err(FileFault::Damaged { at }),
        };
        if number == 0 || number > MOST_FIELDS {
            return Err(FileFault::Damaged { at });
        }
        if let Value::Bytes(bytes) = value
            && bytes > self.len - self.at
        {
            return Err(FileFault::Cut { bytes: self.len, promised: self.at.saturating_add(bytes) });
        }
        Ok(Field { number, value })
    }

    fn pass(&mut self, field: &Field) -> Result<(), FileFault> {
        let Value::Bytes(bytes) = field.value else { return Ok(()) };
        let step = i64::try_from(bytes).map_err(|_| FileFault::Damaged { at: self.at })?;
        self.file.seek_relative(step).map_err(|error| FileFault::Unreadable(error.to_string()))?;
        self.at += bytes;
        Ok(())
    }

    /// The name of an input or output that is described in so many bytes.
    fn name(&mut self, len: u64) -> Result<Option<String>, FileFault> {
        let end = self.at + len;
        let mut name = None;
        while self.at < end {
            match self.field()? {
                Field { number: VALUE_NAME, value: Value::Bytes(len) } if len <= LONGEST_NAME => {
                    let mut bytes = vec![0; len as usize];
                    self.exactly(&mut bytes)?;
                    name = Some(String::from_utf8_lossy(&bytes).into_owned());
                }
                field => self.pass(&field)?,
            }
        }
        Ok(name)
    }

    fn varint(&mut self) -> Result<u64, FileFault> {
        let at = self.at;
        let mut number = 0;
        for place in 0..10 {
            let mut byte = [0];
            self.exactly(&mut byte)?;
            number |= u64::from(byte[0] & 0x7f) << (7 * place);
            if byte[0] & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(FileFault::Damaged { at })
    }

    fn exactly(&mut self, bytes: &mut [u8]) -> Result<(), FileFault> {
        let promised = self.at + bytes.len() as u64;
        if promised > self.len {
            return Err(FileFault::Cut { bytes: self.len, promised });
        }
        self.file.read_exact(bytes).map_err(|error| FileFault::Unreadable(error.to_string()))?;
        self.at = promised;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::graphs::message;
    use crate::protobuf::put_bytes;
    use crate::signature::{Extent, Port};

    const SIGNATURE: Signature = Signature {
        inputs: &[Port::f32("image", Extent::Any)],
        outputs: &[Port::f32("pitch", Extent::Any), Port::f32("yaw", Extent::Any)],
    };

    /// A graph of 5000 bytes of weights, with these inputs and outputs.
    fn model(inputs: &[&str], outputs: &[&str]) -> Vec<u8> {
        let mut graph = message(&[(1, Ok(b"a node")), (5, Ok(&[0; 5000]))]);
        let mut values = |number: u64, names: &[&str]| {
            for name in names {
                put_bytes(&mut graph, number, &message(&[(1, Ok(name.as_bytes())), (2, Ok(b"a type"))]));
            }
        };
        values(GRAPH_INPUT, inputs);
        values(GRAPH_OUTPUT, outputs);
        message(&[(MODEL_IR, Err(8)), (2, Ok(b"pytorch")), (MODEL_GRAPH, Ok(&graph)), (8, Ok(b"\x10\x11"))])
    }

    fn inspected(bytes: &[u8]) -> Result<(), FileFault> {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), bytes).unwrap();
        inspect(file.path(), &SIGNATURE)
    }

    #[test]
    fn a_whole_file_with_the_right_names_passes() {
        assert_eq!(inspected(&model(&["image"], &["pitch", "yaw"])), Ok(()));
        assert_eq!(inspected(&model(&["image"], &["212", "213"])), Ok(()), "outputs are known by their order as well");
        assert_eq!(inspected(&model(&["image", "weight"], &["yaw", "more", "pitch"])), Ok(()));
    }

    #[test]
    fn another_network_is_told_by_what_it_lacks() {
        let fault = inspected(&model(&["data"], &["pitch"])).unwrap_err().to_string();
        assert_eq!(
            fault,
            r#"is another network: there is no input "image" among ["data"]; there is no output "yaw" among ["pitch"]"#
        );
    }

    #[test]
    fn a_file_that_ends_early_is_cut_off_wherever_it_ends() {
        let whole = model(&["image"], &["pitch", "yaw"]);
        for len in [3, 40, 2000, whole.len() - 20, whole.len() - 1] {
            let fault = inspected(&whole[..len]).unwrap_err();
            assert!(matches!(fault, FileFault::Cut { bytes, .. } if bytes == len as u64), "{len}: {fault:?}");
        }
    }

    #[test]
    fn a_file_that_was_only_made_room_for_is_damaged() {
        let mut half = model(&["image"], &["pitch", "yaw"]);
        let len = half.len();
        half[22..].fill(0);
        assert!(matches!(inspected(&half), Err(FileFault::Damaged { at: 22 })), "{:?}", inspected(&half));
        assert_eq!(inspected(&vec![0; len]), Err(FileFault::Foreign));
    }

    #[test]
    fn what_is_no_network_is_told_for_what_it_is() {
        assert_eq!(inspected(b""), Err(FileFault::Unfetched(Unfetched::Empty)));
        assert_eq!(inspected(b"<html><body>403"), Err(FileFault::Unfetched(Unfetched::Page)));
        assert_eq!(inspected(b"PK\x03\x04\x00\x00\x08\x08"), Err(FileFault::Foreign));
        assert_eq!(inspected(b"\x08\x08\x12\x07pytorch"), Err(FileFault::Foreign), "it has no graph");
        let missing = inspect(Path::new("/nowhere/net.onnx"), &SIGNATURE).unwrap_err().to_string();
        assert!(missing.starts_with("cannot be read: No such file"), "{missing}");
    }
}
