//! Published weights in the older form of `torch.save`, where `REAL_WEIGHTS` names a folder with them.

use avatar_prerequisites::real_weights;
use engine_pickle::Dtype;
use engine_pickle::torch::TorchFile;

/// The numbers of all tensors in row-major order, in the order of the file, as CRC-32.
fn sum(file: &TorchFile) -> u32 {
    let mut bytes = Vec::new();
    for tensor in file.tensors() {
        assert_eq!(tensor.dtype, Dtype::F32, "{}", tensor.name);
        bytes.extend(file.read(&tensor.name).unwrap_or_else(|error| panic!("{error}")));
    }
    engine_golden::crc32(&bytes)
}

#[test]
fn published_networks_have_the_numbers_that_python_reads() {
    for (name, tensors, numbers, crc32) in [
        ("pnet.pt", 13, 6_632, 0xb508_8f2d),
        ("rnet.pt", 16, 100_178, 0x1dcb_4917),
        ("onet.pt", 21, 389_040, 0x3b57_4e69),
        ("flownet.pkl", 160, 3_038_015, 0xe604_507c),
    ] {
        let Some(path) = real_weights(name) else { continue };
        let file = TorchFile::open(&path).unwrap();
        let found: usize = file.tensors().iter().map(|tensor| tensor.shape.iter().product::<usize>()).sum();
        assert_eq!((file.tensors().len(), found), (tensors, numbers), "{name}");
        assert_eq!(sum(&file), crc32, "{name}: {:08x}", sum(&file));
    }
}

#[test]
fn axes_may_lie_in_another_order_in_the_file() {
    let Some(path) = real_weights("pnet.pt") else { return };
    let file = TorchFile::open(&path).unwrap();
    let first = file.get("conv1.weight").unwrap();
    assert_eq!((&first.shape[..], &first.strides[..]), (&[10, 3, 3, 3][..], &[1, 10, 30, 90][..]));
    assert!(!first.is_contiguous());
}
