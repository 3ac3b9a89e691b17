//! The encoder stays in 32 bits where the decoder is in 16.

use std::collections::BTreeMap;
use std::path::Path;

use engine_golden::{uniform, weights};
use engine_torch::testing::{keys, made};
use engine_torch::{Checkpoint, Place};
use safetensors::Dtype;
use safetensors::tensor::TensorView;
use tch::no_grad;

use super::*;

fn values(key: &str, shape: &[usize]) -> Vec<f32> {
    weights::weights("", "vae", key, shape)
}

/// A checkpoint of a network of this configuration.
fn checkpoint(path: &Path, config: &VaeConfig) -> Checkpoint {
    let tensor = |(key, shape): (String, Vec<i64>)| {
        let shape: Vec<usize> = shape.iter().map(|extent| extent.unsigned_abs() as usize).collect();
        let bytes: Vec<u8> = values(&key, &shape).iter().flat_map(|number| number.to_le_bytes()).collect();
        (key, (shape, bytes))
    };
    let tensors: BTreeMap<_, _> = keys(|vs| TemporalVae::new(vs, config)).into_iter().map(tensor).collect();
    let views =
        tensors.iter().map(|(key, (shape, bytes))| (key, TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap()));
    safetensors::serialize_to_file(views, None, path).unwrap();
    Checkpoint::open(&[path], |name| Some(name.to_owned())).unwrap()
}

#[test]
fn only_the_decoder_computes_in_half() {
    let config = VaeConfig { block_out_channels: vec![32; 4], layers_per_block: 1, ..VaeConfig::default() };
    let folder = tempfile::tempdir().unwrap();
    let checkpoint = checkpoint(&folder.path().join("vae.safetensors"), &config);
    let half = Place { kind: Kind::Half, ..Place::CPU };
    let half = checkpoint.load(half, &mut |_| (), |vs| TemporalVae::new(vs, &config)).unwrap();
    let single = made(values, |vs| TemporalVae::new(vs, &config));
    let numbers = |name: &str, shape: &[i64]| {
        Tensor::from_slice(&uniform::f32s(name, shape.iter().product::<i64>() as usize, 1.0)).reshape(shape)
    };
    no_grad(|| {
        let picture = numbers("picture", &[1, 3, 16, 24]);
        assert_eq!(half.mean(&picture), single.mean(&picture));
        let latents = numbers("latents", &[3, 4, 2, 3]);
        let [half, single] = [&half, &single].map(|vae| vae.decode(&latents));
        assert_eq!((half.kind(), half.size()), (Kind::Half, vec![3, 3, 16, 24]));
        let apart = (half.to_kind(Kind::Float) - &single).abs().max().double_value(&[]);
        assert!((0.0..0.05).contains(&(apart / single.abs().max().double_value(&[]))), "{apart}");
    });
}
