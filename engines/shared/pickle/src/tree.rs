//! A pickle reader that knows plain containers and numpy arrays, and nothing that could run.
//!
//! `machine` runs the instructions and leaves objects that may refer to each other in any way. The tree that is made of
//! them here has a limited size and depth, so that neither nested references nor cycles can exhaust memory or stack.

use crate::error::UnpickleError;
use crate::globals::Permitted;
use crate::machine::{self, MAX_BYTES, MAX_DEPTH, MAX_VALUES};
use crate::value::{Id, Node, Value};

/// Reads a pickle.
///
/// # Errors
/// For everything but plain containers, numbers, texts, bytes and numpy arrays; see [`UnpickleError`].
pub fn unpickle(bytes: &[u8]) -> Result<Value, UnpickleError> {
    if bytes.len() > MAX_BYTES {
        return Err(UnpickleError::TooLarge("the file"));
    }
    first(bytes).map(|(value, _)| value)
}

/// Reads the pickle that the bytes begin with, and tells its length.
pub(super) fn first(bytes: &[u8]) -> Result<(Value, usize), UnpickleError> {
    let objects = machine::run(bytes, Permitted::Numpy)?;
    let mut left = Budget { values: MAX_VALUES, bytes: MAX_BYTES };
    Ok((tree(&objects.nodes, objects.root, MAX_DEPTH, &mut left)?, objects.length))
}

struct Budget {
    values: usize,
    bytes: usize,
}

impl Budget {
    fn charge(&mut self, bytes: usize) -> Result<(), UnpickleError> {
        self.values = self.values.checked_sub(1).ok_or(UnpickleError::TooLarge("values"))?;
        self.bytes = self.bytes.checked_sub(bytes).ok_or(UnpickleError::TooLarge("bytes"))?;
        Ok(())
    }
}

fn tree(nodes: &[Node], id: Id, depth: usize, left: &mut Budget) -> Result<Value, UnpickleError> {
    let below = depth.checked_sub(1).ok_or(UnpickleError::TooLarge("levels"))?;
    match &nodes[id] {
        Node::Value(value) => {
            left.charge(match value {
                Value::Str(text) => text.len(),
                Value::Bytes(bytes) => bytes.len(),
                Value::Array(array) => 8 * array.values.len(),
                _ => 0,
            })?;
            Ok(value.clone())
        }
        Node::List(items) | Node::Tuple(items) => {
            left.charge(0)?;
            items.iter().map(|item| tree(nodes, *item, below, left)).collect::<Result<_, _>>().map(Value::List)
        }
        Node::Dict(pairs) => {
            left.charge(0)?;
            let mut pair =
                |(key, value): &(Id, Id)| Ok((tree(nodes, *key, below, left)?, tree(nodes, *value, below, left)?));
            pairs.iter().map(&mut pair).collect::<Result<_, _>>().map(Value::Dict)
        }
        Node::Objects(list) => tree(nodes, *list, below, left),
        Node::Global(_) | Node::NumpyType(_) | Node::Empty | Node::Storage(_) | Node::Tensor(_) => {
            Err(UnpickleError::Malformed("a type or an unfinished array stands where a value belongs"))
        }
    }
}
