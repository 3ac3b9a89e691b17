//! Files as torch writes them.

use std::fs::File;
use std::os::unix::fs::FileExt as _;

use engine_pickle::Dtype;
use engine_pickle::torch::TorchFile;
use tempfile::TempDir;

use crate::data;
use crate::made::{Tensor, dictionary, legacy_head, numbers};

/// Name, type, shape and bytes of every tensor of the files, in their order.
fn expected() -> Vec<(&'static str, Dtype, Vec<usize>, Vec<u8>)> {
    let f32s =
        |numbers: &[i16]| numbers.iter().flat_map(|number| f32::from(*number).to_le_bytes()).collect::<Vec<u8>>();
    let count = |first: i16, count: i16| (first..first + count).collect::<Vec<i16>>();
    let reversed: Vec<i16> = (0..24).map(|index| 2 + index / 12 + 2 * (index / 4 % 3) + 6 * (index % 4)).collect();
    vec![
        ("conv.weight", Dtype::F32, vec![2, 3, 2], f32s(&count(1, 12))),
        ("reversed", Dtype::F32, vec![2, 3, 4], f32s(&reversed)),
        ("scalar", Dtype::I64, vec![], 3_i64.to_le_bytes().to_vec()),
        ("empty", Dtype::F32, vec![0, 5], vec![]),
        ("part", Dtype::F32, vec![2, 3], f32s(&[107, 109, 111, 115, 117, 119])),
        ("row", Dtype::F32, vec![1, 4], f32s(&count(120, 4))),
        // 5, 6 and 7 as 16-bit floats.
        ("parameter", Dtype::F16, vec![3], [0x4500_u16, 0x4600, 0x4700].map(u16::to_le_bytes).concat()),
        ("types.DoubleStorage", Dtype::F64, vec![5], [0.0_f64, 1.0, 2.0, 3.0, 4.0].map(f64::to_le_bytes).concat()),
        ("types.FloatStorage", Dtype::F32, vec![5], f32s(&count(1, 5))),
        (
            "types.HalfStorage",
            Dtype::F16,
            vec![5],
            [0x4000_u16, 0x4200, 0x4400, 0x4500, 0x4600].map(u16::to_le_bytes).concat(),
        ),
        (
            "types.BFloat16Storage",
            Dtype::BF16,
            vec![5],
            [0x4040_u16, 0x4080, 0x40A0, 0x40C0, 0x40E0].map(u16::to_le_bytes).concat(),
        ),
        ("types.LongStorage", Dtype::I64, vec![5], [4_i64, 5, 6, 7, 8].map(i64::to_le_bytes).concat()),
        ("types.IntStorage", Dtype::I32, vec![5], [5_i32, 6, 7, 8, 9].map(i32::to_le_bytes).concat()),
        ("types.ShortStorage", Dtype::I16, vec![5], [6_i16, 7, 8, 9, 10].map(i16::to_le_bytes).concat()),
        ("types.CharStorage", Dtype::I8, vec![5], vec![7, 8, 9, 10, 11]),
        ("types.ByteStorage", Dtype::U8, vec![5], vec![8, 9, 10, 11, 12]),
        ("types.BoolStorage", Dtype::Bool, vec![5], vec![1, 0, 1, 0, 1]),
    ]
}

#[test]
fn every_form_holds_the_same_tensors() {
    for (name, above) in [("archive.pt", "model_state_dict."), ("protocol4.pt", "model_state_dict."), ("legacy.pt", "")]
    {
        let file = TorchFile::open(&data(name)).unwrap();
        let expected = expected();
        assert_eq!(file.tensors().len(), expected.len(), "{name}");
        for (tensor, (key, dtype, shape, bytes)) in file.tensors().iter().zip(expected) {
            assert_eq!(tensor.name, format!("{above}{key}"), "{name}");
            assert_eq!((tensor.dtype, &tensor.shape), (dtype, &shape), "{name} {key}");
            assert_eq!(tensor.byte_len(), bytes.len(), "{name} {key}");
            assert_eq!(file.read(&tensor.name).unwrap(), bytes, "{name} {key}");
        }
    }
}

#[test]
fn tensors_say_how_they_lie() {
    let file = TorchFile::open(&data("legacy.pt")).unwrap();
    let strides = |name: &str| (file.get(name).unwrap().strides.clone(), file.get(name).unwrap().is_contiguous());
    assert_eq!(strides("conv.weight"), (vec![6, 2, 1], true));
    assert_eq!(strides("reversed"), (vec![1, 2, 6], false));
    assert_eq!(strides("part"), (vec![8, 2], false));
    // There is only one row: how far the next one would be does not matter.
    assert_eq!(strides("row"), (vec![999, 1], true));
    assert_eq!(strides("empty"), (vec![5, 1], true));
}

#[test]
fn callers_may_bring_their_own_memory() {
    let path = data("archive.pt");
    let file = TorchFile::open(&path).unwrap();
    let mut bytes = [0; 6];
    file.read_into("model_state_dict.parameter", &mut bytes).unwrap();
    assert_eq!(bytes, [0, 0x45, 0, 0x46, 0, 0x47]);
    let error = file.read_into("model_state_dict.parameter", &mut [0; 5]).unwrap_err().to_string();
    assert_eq!(
        error,
        format!(r#"{}: tensor "model_state_dict.parameter": it has 6 bytes, and 5 are wanted"#, path.display())
    );
    let error = file.read("parameter").unwrap_err().to_string();
    assert_eq!(error, format!(r#"{}: tensor "parameter": the file has no such tensor"#, path.display()));
}

#[test]
fn files_larger_than_memory_are_read_in_parts() {
    // The file has a hole where most of its numbers would be.
    let count: i64 = 100 << 30;
    let large = Tensor { key: "0", count, shape: vec![count], strides: vec![1], ..Tensor::plain() };
    let small = Tensor { key: "1", ..Tensor::plain() };
    let pickle = dictionary(&[("large", large.instructions()), ("small", small.instructions())]);
    let head = legacy_head(&pickle, &["0", "1"]);
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("large.pt");
    let file = File::create_new(&path).expect("the folder takes a file");
    let second = head.len() as u64 + 8 + 4 * count as u64;
    for (bytes, at) in [
        (&head[..], 0),
        (&count.to_le_bytes(), head.len() as u64),
        (&6_i64.to_le_bytes(), second),
        (&numbers(6), second + 8),
    ] {
        file.write_all_at(bytes, at).expect("the file system knows holes");
    }
    let file = TorchFile::open(&path).unwrap();
    assert_eq!(file.get("large").unwrap().byte_len(), 4 * count as usize);
    assert_eq!(file.read("small").unwrap(), numbers(6));
}
