//! Networks without checkpoints, for tests: their tensors are made as they are asked for.

use std::cell::RefCell;
use std::collections::BTreeMap;

use tch::{Kind, Tensor};

use crate::device::Place;
use crate::var_path::{Fault, Root, Source, VarPath};

/// Builds a network on the processor whose tensors `values` makes, by whole key and shape, in row-major order.
///
/// # Panics
/// If `values` gives another number of values than the shape holds.
pub fn made<N>(values: impl Fn(&str, &[usize]) -> Vec<f32>, network: impl FnOnce(&VarPath<'_>) -> N) -> N {
    let source = Made(|key: &str, shape: &[i64]| {
        let extents: Vec<usize> = shape.iter().map(|&extent| extent.unsigned_abs() as usize).collect();
        Tensor::from_slice(&values(key, &extents)).reshape(shape)
    });
    network(&Root::new(&source, Place::CPU, &mut |_| ()).path())
}

/// The key and shape of every tensor that a network asks for. No weights are made, so that it may have its full size.
///
/// # Panics
/// If it asks for one twice.
pub fn keys<N>(network: impl FnOnce(&VarPath<'_>) -> N) -> BTreeMap<String, Vec<i64>> {
    let asked = RefCell::new(BTreeMap::new());
    let source = Made(|key: &str, shape: &[i64]| {
        let before = asked.borrow_mut().insert(key.to_owned(), shape.to_vec());
        assert!(before.is_none(), "the network asks twice for {key}");
        Tensor::zeros([1], (Kind::Float, Place::CPU.device)).expand(shape, false)
    });
    network(&Root::new(&source, Place::CPU, &mut |_| ()).path());
    asked.into_inner()
}

struct Made<F>(F);

impl<F: Fn(&str, &[i64]) -> Tensor> Source for Made<F> {
    fn tensor(&self, key: &str, shape: &[i64]) -> Result<Tensor, Fault> {
        Ok((self.0)(key, shape))
    }
}
