//! What pickles hold: plain values and arrays, and the objects that a pickle is made of while it is read.

use crate::dtype::Dtype;
use crate::globals::Global;

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

/// An array of numbers, in row-major order.
#[derive(Debug, Clone, PartialEq)]
pub struct Array {
    /// The extent of each axis.
    pub shape: Vec<usize>,
    /// The values; f32 and every whole number of up to 53 bits are exact.
    pub values: Vec<f64>,
}

impl Value {
    /// The value of a text key of a mapping; of equal keys the last counts.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        let Self::Dict(pairs) = self else { return None };
        let found = pairs.iter().rev().find(|(name, _)| matches!(name, Self::Str(name) if name == key));
        found.map(|(_, value)| value)
    }
}

/// The place of an object in the arena.
pub(super) type Id = usize;

/// An object of the arena.
#[derive(Debug, Clone)]
pub(super) enum Node {
    Value(Value),
    List(Vec<Id>),
    Tuple(Vec<Id>),
    Dict(Vec<(Id, Id)>),
    Global(Global),
    NumpyType(NumpyType),
    /// An array between its creation and its state.
    Empty,
    /// An array of objects, which are in this list in row-major order.
    Objects(Id),
    Storage(Storage),
    Tensor(Tensor),
}

/// The type of an array's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NumpyType {
    pub(super) kind: Kind,
    pub(super) size: usize,
    pub(super) big_endian: bool,
}

/// What an array's numbers are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Float,
    Signed,
    Unsigned,
    Bool,
    /// No numbers, but objects.
    Object,
}

/// Numbers of a torch file. It refers to texts and tuples of the arena, so that no instruction can copy them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Storage {
    pub(super) dtype: Dtype,
    /// The text that names it within its file.
    pub(super) key: Id,
    /// How many numbers it has.
    pub(super) count: u64,
}

/// A view of a storage.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tensor {
    pub(super) storage: Id,
    /// The place of its first number in the storage.
    pub(super) offset: u64,
    /// The tuple of its axes' extents.
    pub(super) shape: Id,
    /// The tuple of its axes' distances between numbers.
    pub(super) strides: Id,
}
