//! A pickle reader that knows plain containers and numpy arrays, and nothing that could run.
//!
//! `machine` runs the instructions and leaves objects that may refer to each other in any way. The tree that is made of
//! them here has a limited size and depth, so that neither nested references nor cycles can exhaust memory or stack.

use super::array::{Array, Dtype};
use super::globals::Global;
use super::machine;

/// Longest pickle that is read, in bytes; the published ones hold 31 kB.
pub const MAX_BYTES: usize = 4 << 20;
/// Most objects of a pickle, and most values in the tree that it stands for.
pub(super) const MAX_VALUES: usize = 1 << 20;
/// Deepest nesting of containers.
const MAX_DEPTH: usize = 64;

/// Why a pickle is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnpickleError {
    /// The stream stops before its end marker.
    #[error("the pickle ends at byte {0}, before its end marker")]
    Truncated(usize),
    /// An instruction that configurations do not need.
    #[error("byte {at} of the pickle holds instruction {opcode:#04x}, which is not read here")]
    Opcode {
        /// The instruction.
        opcode: u8,
        /// Where it stands.
        at: usize,
    },
    /// Protocol 0, 1 or one that came later than 5.
    #[error("the pickle has protocol {0}; protocols 2 to 5 are read")]
    Protocol(u8),
    /// A name that could run code or is of no use here.
    #[error("the pickle refers to {0:?}, which is not permitted: only numpy arrays, types and numbers are")]
    Global(String),
    /// An instruction finds other values than it needs.
    #[error("the pickle is malformed: {0}")]
    Malformed(&'static str),
    /// More than any configuration holds.
    #[error("the pickle holds too much: {0}")]
    TooLarge(&'static str),
}

/// A value of a pickle.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Python's `None`.
    None,
    /// A truth value.
    Bool(bool),
    /// A whole number of up to 64 bits.
    Int(i64),
    /// A double.
    Float(f64),
    /// A text.
    Str(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A list or a tuple.
    List(Vec<Value>),
    /// A mapping in its written order; a key that occurs twice has its last value.
    Dict(Vec<(Value, Value)>),
    /// A numpy array.
    Array(Array),
}

pub(super) type Id = usize;

/// An object of the arena.
#[derive(Debug, Clone)]
pub(super) enum Node {
    Value(Value),
    List(Vec<Id>),
    Tuple(Vec<Id>),
    Dict(Vec<(Id, Id)>),
    Global(Global),
    Dtype(Dtype),
    /// An array between its creation and its state.
    Empty,
}

/// Reads a pickle.
///
/// # Errors
/// For everything but plain containers, numbers, texts, bytes and numpy arrays; see [`UnpickleError`].
pub fn unpickle(bytes: &[u8]) -> Result<Value, UnpickleError> {
    if bytes.len() > MAX_BYTES {
        return Err(UnpickleError::TooLarge("the file"));
    }
    let (nodes, root) = machine::run(bytes)?;
    let mut left = Budget { values: MAX_VALUES, bytes: MAX_BYTES };
    tree(&nodes, root, MAX_DEPTH, &mut left)
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
        Node::Global(_) | Node::Dtype(_) | Node::Empty => {
            Err(UnpickleError::Malformed("a type or an unfinished array stands where a value belongs"))
        }
    }
}
