//! The stored tensors of a set, by name.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use safetensors::SafeTensors;

use crate::tensor::Tensor;

/// The tensors of one safetensors file.
pub(crate) struct Tensors(HashMap<String, Tensor>);

impl Tensors {
    pub(crate) fn read(path: &Path) -> Self {
        let bytes = fs::read(path).unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()));
        let stored = SafeTensors::deserialize(&bytes)
            .unwrap_or_else(|error| panic!("{} is no safetensors file: {error}", path.display()));
        Self(stored.iter().map(|(name, view)| (name.to_owned(), Tensor::stored(&view))).collect())
    }

    pub(crate) fn get(&self, name: &str) -> &Tensor {
        self.0.get(name).unwrap_or_else(|| panic!("golden.safetensors holds no tensor {name:?}"))
    }
}
