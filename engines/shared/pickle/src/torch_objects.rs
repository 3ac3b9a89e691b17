//! Storages, tensors and ordered dictionaries of torch's pickles.

use crate::error::UnpickleError;
use crate::globals::Global;
use crate::value::{Id, Node, Storage, Tensor, Value};

/// Longest key of a storage, in bytes; those that are written are numbers.
const MAX_KEY: usize = 64;

const MALFORMED: UnpickleError = UnpickleError::Malformed("a torch object has an unexpected form");

/// What calling a permitted name gives.
pub(super) fn reduce(nodes: &[Node], global: Global, arguments: &[Id]) -> Result<Node, UnpickleError> {
    match (global, arguments) {
        (Global::OrderedDict, []) => Ok(Node::Dict(Vec::new())),
        (Global::RebuildTensor, &[storage, offset, shape, strides, _requires_grad, _hooks, ..]) => {
            let is_tensor = matches!(nodes[storage], Node::Storage(_))
                && [shape, strides].iter().all(|id| matches!(nodes[*id], Node::Tuple(_)));
            match number(nodes, offset).filter(|_| is_tensor) {
                Some(offset) => Ok(Node::Tensor(Tensor { storage, offset, shape, strides })),
                None => Err(MALFORMED),
            }
        }
        (Global::RebuildParameter, &[data, _requires_grad, _hooks]) => match nodes[data] {
            Node::Tensor(tensor) => Ok(Node::Tensor(tensor)),
            _ => Err(MALFORMED),
        },
        _ => Err(MALFORMED),
    }
}

/// The storage that a persistent name means: ("storage", class, key, location, count), and in old files a view, of
/// which there is none. The location, such as "cuda:0", tells where the numbers once were.
pub(super) fn persistent(nodes: &[Node], name: Id) -> Result<Node, UnpickleError> {
    let Node::Tuple(parts) = &nodes[name] else {
        return Err(MALFORMED);
    };
    let (&[kind, class, key, _location, count] | &[kind, class, key, _location, count, _]) = parts.as_slice() else {
        return Err(MALFORMED);
    };
    if parts.get(5).is_some_and(|view| !matches!(nodes[*view], Node::Value(Value::None))) {
        return Err(UnpickleError::Malformed("a storage is a part of another one"));
    }
    let is_key = |id: Id| matches!(&nodes[id], Node::Value(Value::Str(key)) if key.len() <= MAX_KEY);
    let is_storage = matches!(&nodes[kind], Node::Value(Value::Str(kind)) if kind == "storage");
    match (&nodes[class], number(nodes, count)) {
        (Node::Global(Global::Storage(dtype)), Some(count)) if is_storage && is_key(key) => {
            Ok(Node::Storage(Storage { dtype: *dtype, key, count }))
        }
        _ => Err(MALFORMED),
    }
}

/// A whole number that is not negative.
pub(super) fn number(nodes: &[Node], id: Id) -> Option<u64> {
    match nodes[id] {
        Node::Value(Value::Int(number)) => u64::try_from(number).ok(),
        _ => None,
    }
}
