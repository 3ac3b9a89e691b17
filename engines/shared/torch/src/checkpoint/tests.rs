//! Checkpoints that fit a network, and those that do not, with all that is told of the latter.

use std::collections::HashMap;
use std::fs;

use safetensors::Dtype;
use safetensors::tensor::TensorView;
use tch::Kind;

use super::*;

/// A file with tensors of so many numbers, each its place.
fn file(folder: &Path, name: &str, tensors: &[(&str, &[usize])]) -> PathBuf {
    let numbers = |shape: &[usize]| (0..shape.iter().product::<usize>()).flat_map(|i| (i as f32).to_le_bytes());
    let data: Vec<(&str, Vec<usize>, Vec<u8>)> =
        tensors.iter().map(|(key, shape)| (*key, shape.to_vec(), numbers(shape).collect())).collect();
    let views: HashMap<&str, TensorView<'_>> = data
        .iter()
        .map(|(key, shape, bytes)| (*key, TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap()))
        .collect();
    let path = folder.join(name);
    fs::write(&path, safetensors::serialize(views, None).unwrap()).unwrap();
    path
}

fn load<N>(checkpoint: &Checkpoint, network: impl FnOnce(&VarPath<'_>) -> N) -> Result<N, CheckpointError> {
    checkpoint.load(Place::CPU, &mut |_| (), network)
}

fn same(name: &str) -> Option<String> {
    Some(name.to_owned())
}

#[test]
fn a_network_gets_its_tensors_by_their_keys() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "net.safetensors", &[("a.to_q.weight", &[2, 3]), ("b", &[1]), ("c.d", &[4])]);
    let checkpoint = Checkpoint::open(&[path], same).unwrap();
    let mut bytes = 0;
    let [weight, single, below] = checkpoint
        .load(Place { kind: Kind::Half, ..Place::CPU }, &mut |loaded| bytes += loaded, |vs| {
            let c = vs.in_f32() / "c";
            assert_eq!((vs.place().kind, c.place()), (Kind::Half, Place::CPU));
            [(&(vs / "a") / "to_q").tensor("weight", &[2, 3]), vs.tensor_f32("b", &[1]), c.tensor("d", &[4])]
        })
        .unwrap();
    assert_eq!([&weight, &single, &below].map(Tensor::kind), [Kind::Half, Kind::Float, Kind::Float]);
    assert_eq!(bytes, 6 * 2 + 4 + 4 * 4);
    assert_eq!(Vec::<Vec<f64>>::try_from(&weight.to_kind(Kind::Double)).unwrap()[1], [3.0, 4.0, 5.0]);
    assert_eq!(checkpoint.elements(), 11);
}

#[test]
fn all_that_differs_is_told_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "net.safetensors", &[("a", &[2, 3]), ("b", &[1]), ("c", &[4])]);
    let checkpoint = Checkpoint::open(&[path], same).unwrap();
    let network = |vs: &VarPath<'_>| [vs.tensor("a", &[3, 2]), vs.tensor("b", &[1]), vs.tensor("d", &[5])];
    let error = load(&checkpoint, network).unwrap_err();
    let reason = "its tensors are not the network's; 1 missing: d [5]; 1 of another shape: a is [2, 3] and should be \
                  [3, 2]; 1 not of this network: c";
    assert_eq!(error.reason, reason);
}

#[test]
fn a_later_file_counts_and_names_may_be_others() {
    let folder = tempfile::tempdir().unwrap();
    let first = file(folder.path(), "one.safetensors", &[("module.a", &[2]), ("module.b", &[2]), ("other", &[9])]);
    let second = file(folder.path(), "two.safetensors", &[("a", &[3])]);
    let key = |name: &str| (name != "other").then(|| name.trim_start_matches("module.").to_owned());
    let checkpoint = Checkpoint::open(&[&first, &second], key).unwrap();
    let network = |vs: &VarPath<'_>| [vs.tensor("a", &[3]), vs.tensor("b", &[2])];
    assert_eq!(load(&checkpoint, network).unwrap().len(), 2);

    let twice = file(folder.path(), "twice.safetensors", &[("module.a", &[2]), ("a", &[2])]);
    let error = Checkpoint::open(&[twice], key).err().unwrap();
    assert_eq!(error.reason, "both a and module.a are the network's a");
}

#[test]
fn a_convolution_by_single_pixels_is_a_linear_map() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "old.safetensors", &[("a", &[2, 3, 1, 1]), ("b", &[2, 3, 1, 2])]);
    let checkpoint = Checkpoint::open(&[path], same).unwrap();
    let error = load(&checkpoint, |vs| [vs.tensor("a", &[2, 3]), vs.tensor("b", &[2, 3])]).unwrap_err();
    assert!(error.reason.ends_with("1 of another shape: b is [2, 3, 1, 2] and should be [2, 3]"), "{error}");
}

#[test]
fn files_that_are_cut_or_something_else_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "net.safetensors", &[("a", &[2, 3])]);
    let whole = fs::read(&path).unwrap();
    let refused = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        Checkpoint::open(&[&path], same).err().map(|error| error.reason).unwrap_or_default()
    };
    assert!(refused(&whole[..whole.len() - 1]).starts_with("it is cut: "));
    assert!(refused(&whole[..40]).ends_with("or ends before it"));
    assert!(refused(b"<html>not found</html>").starts_with("it is no safetensors file: "));
    assert!(refused(b"").ends_with("it is too short"));
    let lies = String::from_utf8_lossy(&whole[..]).replace("[2,3]", "[2,4]").into_bytes();
    assert!(refused(&lies).contains("has not the bytes of its shape"));
    assert!(Checkpoint::open(&[folder.path().join("none.pth")], same).err().unwrap().reason.contains("cannot be read"));
}
