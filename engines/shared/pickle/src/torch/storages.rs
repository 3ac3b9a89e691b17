//! Where the numbers of a file lie, and which of them a tensor is made of.

use std::collections::{HashMap, HashSet};

use super::error::TorchFault;
use super::names::named;
use crate::dtype::Dtype;
use crate::machine::Objects;
use crate::numpy::MAX_AXES;
use crate::torch_objects::number;
use crate::value::{Id, Node, Storage, Tensor, Value};

/// A tensor of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredTensor {
    /// Its key, behind the keys of the dictionaries that it lies in and dots.
    pub name: String,
    /// What its numbers are.
    pub dtype: Dtype,
    /// The extent of each axis.
    pub shape: Vec<usize>,
    /// The distance between neighbours along each axis in the file, in numbers.
    pub strides: Vec<usize>,
    /// Where its first number lies in the file, in bytes.
    at: u64,
}

/// A part of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    /// Where it begins.
    pub(super) at: u64,
    /// Its bytes.
    pub(super) length: u64,
}

/// Storages by their keys.
pub(super) type Storages<'a> = HashMap<&'a str, Part>;

impl StoredTensor {
    /// How many bytes its numbers take, without gaps.
    #[must_use]
    pub fn byte_len(&self) -> usize {
        self.shape.iter().product::<usize>() * self.dtype.size()
    }

    /// Whether its numbers lie in row-major order without gaps.
    #[must_use]
    pub fn is_contiguous(&self) -> bool {
        let mut next = 1;
        let fits = |(extent, stride): (&usize, &usize)| {
            let fits = *extent == 1 || *stride == next;
            next *= extent;
            fits
        };
        self.shape.contains(&0) || self.shape.iter().zip(&self.strides).rev().all(fits)
    }

    /// Where its first number lies in the file, in bytes.
    pub(super) fn at(&self) -> u64 {
        self.at
    }

    /// How many bytes lie from its first to its last number in the file, and with it.
    pub(super) fn span(&self) -> usize {
        let axes = self.shape.iter().zip(&self.strides);
        let last: usize = axes.map(|(extent, stride)| extent.saturating_sub(1) * stride).sum();
        (last + 1) * self.dtype.size()
    }

    /// Lays the numbers of the span side by side.
    pub(super) fn gather(&self, span: &[u8], bytes: &mut [u8]) {
        let size = self.dtype.size();
        let mut index = vec![0; self.shape.len()];
        let mut place = 0;
        for number in bytes.chunks_exact_mut(size) {
            number.copy_from_slice(&span[place * size..][..size]);
            for axis in (0..index.len()).rev() {
                index[axis] += 1;
                if index[axis] < self.shape[axis] {
                    place += self.strides[axis];
                    break;
                }
                place -= (index[axis] - 1) * self.strides[axis];
                index[axis] = 0;
            }
        }
    }
}

/// How large a storage is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Size {
    /// In numbers.
    pub(super) count: u64,
    /// In bytes.
    pub(super) bytes: u64,
}

/// How large each storage is that the pickle mentions.
pub(super) fn sizes(nodes: &[Node]) -> Result<HashMap<&str, Size>, TorchFault> {
    let mut sizes = HashMap::new();
    for storage in nodes.iter().filter_map(storage_of) {
        let (key, count) = (key_of(nodes, storage), storage.count);
        let bytes = count.checked_mul(storage.dtype.size() as u64);
        let size = Size { count, bytes: bytes.ok_or_else(|| fault(key, "it is larger than any file".into()))? };
        if *sizes.entry(key).or_insert(size) != size {
            return Err(fault(key, "it has two sizes".into()));
        }
    }
    Ok(sizes)
}

/// The storages that the pickle mentions, where `find` knows them.
pub(super) fn in_archive(
    nodes: &[Node],
    find: impl Fn(&str) -> Result<Part, TorchFault>,
) -> Result<Storages<'_>, TorchFault> {
    let mut storages = HashMap::new();
    for (key, Size { bytes, .. }) in sizes(nodes)? {
        let part = find(key)?;
        if part.length != bytes {
            return Err(fault(key, format!("it has {} bytes, but {bytes} are told", part.length)));
        }
        storages.insert(key, part);
    }
    Ok(storages)
}

/// All tensors, each within its storage.
pub(super) fn tensors(objects: &Objects, storages: &Storages<'_>) -> Result<Vec<StoredTensor>, TorchFault> {
    let mut names = HashSet::new();
    let tensors = named(objects)?.into_iter().map(|(name, tensor)| {
        let wrong = |reason: String| TorchFault::Tensor { name: name.clone(), reason };
        if !names.insert(name.clone()) {
            return Err(wrong("two tensors have this name".into()));
        }
        stored(&objects.nodes, name.clone(), tensor, storages).map_err(wrong)
    });
    tensors.collect()
}

fn stored(nodes: &[Node], name: String, tensor: Tensor, storages: &Storages<'_>) -> Result<StoredTensor, String> {
    let storage = storage_of(&nodes[tensor.storage]).ok_or("it has no storage")?;
    let part = storages.get(key_of(nodes, storage)).ok_or("its storage is not in the file")?;
    let (shape, strides) = (extents(nodes, tensor.shape)?, extents(nodes, tensor.strides)?);
    if shape.len() != strides.len() {
        return Err(format!("it has the shape {shape:?}, but strides {strides:?}"));
    }
    let size = storage.dtype.size() as u64;
    let held = part.length / size;
    let count = shape.iter().try_fold(1_u64, |product, extent| product.checked_mul(*extent as u64));
    let mut axes = shape.iter().zip(&strides);
    let last = axes.try_fold(tensor.offset, |last, (extent, stride)| {
        last.checked_add((extent.saturating_sub(1) as u64).checked_mul(*stride as u64)?)
    });
    // More numbers than are stored would be copies of them, which no network's file has.
    let fits = match (count, last) {
        (Some(0), _) => true,
        (Some(count), Some(last)) => count <= held && last < held,
        _ => false,
    };
    if !fits {
        let offset = tensor.offset;
        return Err(format!(
            "shape {shape:?}, strides {strides:?} and offset {offset} exceed its {held} stored numbers"
        ));
    }
    let at = if count == Some(0) { part.at } else { part.at + tensor.offset * size };
    Ok(StoredTensor { name, dtype: storage.dtype, shape, strides, at })
}

fn extents(nodes: &[Node], id: Id) -> Result<Vec<usize>, String> {
    let Node::Tuple(axes) = &nodes[id] else {
        return Err("its shape is no tuple".into());
    };
    if axes.len() > MAX_AXES {
        return Err(format!("it has {} axes; {MAX_AXES} are read", axes.len()));
    }
    let extent = |axis: &Id| number(nodes, *axis).and_then(|extent| usize::try_from(extent).ok());
    axes.iter().map(extent).collect::<Option<_>>().ok_or_else(|| "its shape is not made of sizes".into())
}

fn storage_of(node: &Node) -> Option<Storage> {
    match node {
        Node::Storage(storage) => Some(*storage),
        _ => None,
    }
}

fn key_of(nodes: &[Node], storage: Storage) -> &str {
    match &nodes[storage.key] {
        Node::Value(Value::Str(key)) => key,
        _ => "",
    }
}

fn fault(key: &str, reason: String) -> TorchFault {
    TorchFault::Storage { key: key.to_owned(), reason }
}
