//! Files that are cut or changed: an error or other numbers, never a panic.

use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;

use proptest::prelude::*;
use tempfile::TempDir;

use crate::made::{Tensor, legacy, numbers};
use crate::{data, open_and_read, read};

const NAMES: [&str; 3] = ["archive.pt", "protocol4.pt", "legacy.pt"];

/// What pickles of torch are made of, as pieces that fit anywhere.
const INSTRUCTIONS: &[&[u8]] = &[
    b"(",
    b"t",
    b"u",
    b"e",
    b"s",
    b"a",
    b"b",
    b"R",
    b"Q",
    b"}",
    b"]",
    b")",
    b"N",
    b"\x88",
    b"\x85",
    b"\x86",
    b"\x87",
    b"h\0",
    b"h\x01",
    b"q\x01",
    b"K\0",
    b"K\x06",
    b"\x8a\x01\xff",
    b"\x8c\x010",
    b"\x8c\x07storage",
    b"ctorch._utils\n_rebuild_tensor_v2\n",
    b"ctorch._utils\n_rebuild_parameter\n",
    b"ctorch\nFloatStorage\n",
    b"ccollections\nOrderedDict\n",
    b"cnumpy\ndtype\n",
    b"cnumpy.core.multiarray\n_reconstruct\n",
];

fn written(name: &str) -> Vec<u8> {
    fs::read(data(name)).expect("the file is there")
}

#[test]
fn every_cut_is_an_error() {
    let folder = TempDir::new().unwrap();
    for name in NAMES {
        let path = folder.path().join(name);
        fs::write(&path, written(name)).unwrap();
        let file = File::options().write(true).open(&path).unwrap();
        for length in (0..written(name).len() as u64).rev() {
            file.set_len(length).unwrap();
            assert!(open_and_read(&path).is_err(), "{length} bytes of {name} are enough");
        }
    }
}

#[test]
fn every_byte_may_be_another() {
    let folder = TempDir::new().unwrap();
    for name in NAMES {
        let path = folder.path().join(name);
        fs::write(&path, written(name)).unwrap();
        let file = File::options().write(true).open(&path).unwrap();
        for (at, byte) in (0..).zip(written(name)) {
            for change in [0xFF, 0x01, 0x80] {
                file.write_all_at(&[byte ^ change], at).unwrap();
                if let Ok(tensors) = open_and_read(&path) {
                    let held = tensors.iter().map(|(_, numbers)| numbers.len()).sum::<usize>();
                    assert!(held <= written(name).len(), "byte {at} of {name}");
                }
            }
            file.write_all_at(&[byte], at).unwrap();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn many_bytes_may_be_others(
        name in proptest::sample::select(NAMES.as_slice()),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        moved in any::<prop::sample::Index>(),
    ) {
        let mut bytes = written(name);
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let _ = read(&bytes);
        let at = moved.index(bytes.len());
        bytes.rotate_left(at);
        let _ = read(&bytes);
    }

    #[test]
    fn any_instructions_give_tensors_or_an_error(
        instructions in proptest::collection::vec(proptest::sample::select(INSTRUCTIONS), 0..60),
    ) {
        let tensor = Tensor::plain().instructions();
        let pickle = [b"\x80\x02", &tensor[..], b"q\0", &instructions.concat(), b"."].concat();
        let _ = read(&legacy(&pickle, "0", 6, &numbers(6)));
    }
}
