//! The tensors of a pickle by their names: the keys on the way to them, with dots between.

use std::fmt::Write as _;

use crate::error::UnpickleError;
use crate::machine::{MAX_DEPTH, MAX_VALUES, Objects};
use crate::value::{Id, Node, Tensor, Value};

/// Most tensors of a file; a UNet has less than two thousand.
const MAX_TENSORS: usize = 1 << 14;
/// Longest name of a tensor, in bytes.
const MAX_NAME: usize = 512;

/// All tensors, in the order in which the pickle mentions them. What else it holds is left out.
pub(super) fn named(objects: &Objects) -> Result<Vec<(String, Tensor)>, UnpickleError> {
    let mut walk = Walk { nodes: &objects.nodes, name: String::new(), found: Vec::new(), left: MAX_VALUES };
    walk.object(objects.root, MAX_DEPTH)?;
    Ok(walk.found)
}

struct Walk<'a> {
    nodes: &'a [Node],
    /// The name of what is looked at.
    name: String,
    found: Vec<(String, Tensor)>,
    /// Objects that may still be looked at; many can be the same one.
    left: usize,
}

impl Walk<'_> {
    fn object(&mut self, id: Id, depth: usize) -> Result<(), UnpickleError> {
        self.left = self.left.checked_sub(1).ok_or(UnpickleError::TooLarge("values"))?;
        let below = depth.checked_sub(1).ok_or(UnpickleError::TooLarge("levels"))?;
        let nodes = self.nodes;
        match &nodes[id] {
            Node::Dict(pairs) => pairs.iter().try_for_each(|(key, value)| match &nodes[*key] {
                Node::Value(Value::Str(key)) => self.entry(key, *value, below),
                Node::Value(Value::Int(key)) => self.entry(key, *value, below),
                _ => Err(UnpickleError::Malformed("a key is neither a text nor a whole number")),
            }),
            Node::List(items) | Node::Tuple(items) => {
                items.iter().enumerate().try_for_each(|(place, item)| self.entry(&place, *item, below))
            }
            Node::Tensor(tensor) if self.found.len() < MAX_TENSORS => {
                self.found.push((self.name.clone(), *tensor));
                Ok(())
            }
            Node::Tensor(_) => Err(UnpickleError::TooLarge("tensors")),
            _ => Ok(()),
        }
    }

    fn entry(&mut self, key: &dyn std::fmt::Display, value: Id, depth: usize) -> Result<(), UnpickleError> {
        let length = self.name.len();
        let dot = if length > 0 { "." } else { "" };
        let written = write!(Limited(&mut self.name), "{dot}{key}");
        written.map_err(|_| UnpickleError::TooLarge("the name of an entry"))?;
        self.object(value, depth)?;
        self.name.truncate(length);
        Ok(())
    }
}

/// A name that does not grow beyond its greatest length.
struct Limited<'a>(&'a mut String);

impl std::fmt::Write for Limited<'_> {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        if self.0.len() + text.len() > MAX_NAME {
            return Err(std::fmt::Error);
        }
        self.0.push_str(text);
        Ok(())
    }
}
