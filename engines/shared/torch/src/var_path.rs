//! A place in a network's checkpoint: the start of a key, by which a part of the network asks for its tensors.

use std::cell::RefCell;
use std::fmt::{self, Display};
use std::ops::Div;

use tch::{Device, Kind, Tensor};

use crate::device::Place;

/// Gives a network's tensors, by whole keys. They lie on the processor, in the numbers in which they are stored.
pub(crate) trait Source {
    /// The tensor of a key, which has to have a shape.
    fn tensor(&self, key: &str, shape: &[i64]) -> Result<Tensor, Fault>;
}

/// Why a tensor cannot be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// There is none of this key.
    Missing,
    /// It has this shape instead.
    Shape(Vec<i64>),
    /// It cannot be read.
    Unreadable(String),
}

/// A fault, with what was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) key: String,
    pub(crate) shape: Vec<i64>,
    pub(crate) fault: Fault,
}

/// What the paths of one network share.
pub(crate) struct Root<'a> {
    source: &'a dyn Source,
    place: Place,
    faults: RefCell<Vec<Found>>,
    loaded: RefCell<&'a mut dyn FnMut(u64)>,
}

impl<'a> Root<'a> {
    /// `loaded` is told the bytes of each tensor in its place.
    pub(crate) fn new(source: &'a dyn Source, place: Place, loaded: &'a mut dyn FnMut(u64)) -> Self {
        Self { source, place, faults: RefCell::default(), loaded: RefCell::new(loaded) }
    }

    pub(crate) fn path(&self) -> VarPath<'_> {
        VarPath { network: self, prefix: String::new(), kind: self.place.kind }
    }

    /// What was asked for and could not be given.
    pub(crate) fn into_faults(self) -> Vec<Found> {
        self.faults.into_inner()
    }
}

/// A network's tensors as its parts ask for them; hides what they come from.
trait Tensors {
    fn device(&self) -> Device;
    fn placed(&self, key: String, shape: &[i64], kind: Kind) -> Tensor;
}

impl Tensors for Root<'_> {
    fn device(&self) -> Device {
        self.place.device
    }

    fn placed(&self, key: String, shape: &[i64], kind: Kind) -> Tensor {
        match self.source.tensor(&key, shape) {
            Ok(stored) => {
                // A GPU converts what it is sent, and the processor what it keeps.
                let placed = stored.to_device(self.place.device).to_kind(kind);
                (self.loaded.borrow_mut())((placed.numel() * kind.elt_size_in_bytes()) as u64);
                placed
            }
            Err(fault) => {
                self.faults.borrow_mut().push(Found { key, shape: shape.to_vec(), fault });
                Tensor::zeros([1], (kind, self.place.device)).expand(shape, false)
            }
        }
    }
}

/// The start of a checkpoint's keys. `&vs / "to_q"` is the path below it, as a dot is in the key.
#[derive(Clone)]
pub struct VarPath<'a> {
    network: &'a (dyn Tensors + 'a),
    prefix: String,
    kind: Kind,
}

impl VarPath<'_> {
    /// The same path, below which all is in 32 bits whatever the network computes in.
    #[must_use]
    pub fn in_f32(&self) -> Self {
        Self { kind: Kind::Float, ..self.clone() }
    }

    /// The tensor `name` of this path, in the network's place, with exactly this shape.
    ///
    /// One that cannot be had is noted, and told when the whole network has been asked for; zeros stand in for it.
    pub fn tensor(&self, name: &str, shape: &[i64]) -> Tensor {
        self.network.placed(self.key(name), shape, self.kind)
    }

    /// As [`Self::tensor`], in 32 bits whatever the network computes in.
    pub fn tensor_f32(&self, name: &str, shape: &[i64]) -> Tensor {
        self.network.placed(self.key(name), shape, Kind::Float)
    }

    /// Where what is below this path computes.
    #[must_use]
    pub fn place(&self) -> Place {
        Place { device: self.network.device(), kind: self.kind }
    }

    fn key(&self, name: impl Display) -> String {
        if self.prefix.is_empty() { name.to_string() } else { format!("{}.{name}", self.prefix) }
    }
}

/// The start of the keys, without a dot behind it.
impl Display for VarPath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.prefix)
    }
}

impl<'a, T: Display> Div<T> for &VarPath<'a> {
    type Output = VarPath<'a>;

    fn div(self, name: T) -> VarPath<'a> {
        VarPath { network: self.network, prefix: self.key(name), kind: self.kind }
    }
}

impl<'a, T: Display> Div<T> for VarPath<'a> {
    type Output = VarPath<'a>;

    fn div(self, name: T) -> VarPath<'a> {
        &self / name
    }
}
