//! Pickles from anywhere: nothing but plain values comes out, and nothing runs, panics or grows without end.

use std::path::Path;
use std::sync::LazyLock;

use engine_pickle::{UnpickleError, Value, unpickle};
use proptest::prelude::*;

static PUBLISHED: LazyLock<Vec<u8>> = LazyLock::new(|| {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ditto/tests/golden/set/cfg_online.pkl"))
        .expect("the file is there")
});

#[test]
fn names_that_could_run_are_refused_by_name() {
    let refused = |bytes: &[u8], name: &str| assert_eq!(unpickle(bytes), Err(UnpickleError::Global(name.into())));
    refused(b"\x80\x02cos\nsystem\n\x8c\x02ls\x85R.", "os.system");
    refused(b"\x80\x04\x8c\x08builtins\x8c\x04eval\x93.", "builtins.eval");
    refused(b"\x80\x02c_codecs\nencode\n.", "_codecs.encode");
}

#[test]
fn objects_that_run_when_made_have_no_instructions() {
    for opcode in [b'i', b'o', 0x81, 0x92, 0x82, b'P', b'Q', 0x97] {
        let bytes = [0x80, 4, b'(', opcode, b'.'];
        assert_eq!(unpickle(&bytes), Err(UnpickleError::Opcode { opcode, at: 3 }));
    }
}

#[test]
fn plain_values_of_all_kinds_are_read() {
    let read = |bytes: &[u8]| unpickle(bytes).unwrap();
    assert_eq!(read(b"\x80\x02J\xff\xff\xff\xff."), Value::Int(-1));
    assert_eq!(read(b"\x80\x02\x8a\x02\x00\xff."), Value::Int(-256));
    assert_eq!(read(b"\x80\x02G\x3f\xf8\0\0\0\0\0\0."), Value::Float(1.5));
    assert_eq!(read(b"\x80\x04]\x94(K\x01Ne."), Value::List(vec![Value::Int(1), Value::None]));
    assert_eq!(read(b"\x80\x02}q\0X\x01\0\0\0a\x88s."), Value::Dict(vec![(Value::Str("a".into()), Value::Bool(true))]));
}

#[test]
fn nesting_without_end_is_refused() {
    // A list that holds itself.
    assert!(matches!(unpickle(b"\x80\x04]\x94h\0a."), Err(UnpickleError::TooLarge(_))));
    // Each list holds the one before twice.
    let mut doubling = b"\x80\x04]\x94".to_vec();
    for level in 0..60u8 {
        doubling.extend([b'h', level, b'h', level, 0x86, 0x94]);
    }
    doubling.push(b'.');
    assert!(matches!(unpickle(&doubling), Err(UnpickleError::TooLarge(_))));
    let deep = [b"\x80\x02".to_vec(), vec![b']'; 5000], vec![b'a'; 4999], b".".to_vec()].concat();
    assert!(matches!(unpickle(&deep), Err(UnpickleError::TooLarge(_))));
}

#[test]
fn many_arrays_of_the_same_bytes_are_refused() {
    const LENGTH: u32 = 60_000;
    let mut bytes = b"\x80\x04\x8c\x12numpy.core.numeric\x8c\x0b_frombuffer\x93\x94B".to_vec();
    bytes.extend(LENGTH.to_le_bytes());
    bytes.extend(vec![1; LENGTH as usize]);
    bytes.extend(b"\x94\x8c\x05numpy\x8c\x05dtype\x93\x8c\x02b1\x85R\x94J");
    bytes.extend(LENGTH.to_le_bytes());
    bytes.extend(b"\x85\x94\x8c\x01C\x94");
    let array = b"h\0(h\x01h\x02h\x03h\x04tR";
    let one = unpickle(&[&bytes, &array[..], b"."].concat());
    assert!(matches!(one, Ok(Value::Array(array)) if array.values == [1.0; LENGTH as usize]));
    let many = unpickle(&[bytes, array.repeat(100), b".".to_vec()].concat());
    assert_eq!(many, Err(UnpickleError::TooLarge("arrays")));
}

#[test]
fn every_cut_of_a_published_file_is_an_error() {
    for length in (0..PUBLISHED.len()).step_by(7) {
        assert!(unpickle(&PUBLISHED[..length]).is_err(), "{length} bytes are enough");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_give_a_value_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = unpickle(&bytes);
    }

    #[test]
    fn any_instructions_give_a_value_or_an_error(
        opcodes in proptest::collection::vec(
            proptest::sample::select(b"(N\x88\x89K\x01]})\x85\x86\x87tasue\x94h\x00h\x01\x93Rb.".to_vec()), 0..200),
    ) {
        let _ = unpickle(&[&[0x80, 4], opcodes.as_slice(), b"."].concat());
    }

    #[test]
    fn a_published_file_with_other_bytes_gives_a_value_or_an_error(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
        head in any::<bool>(),
    ) {
        let mut bytes = PUBLISHED.clone();
        for (at, byte) in changes {
            // Most of the file is numbers; what is in front has the instructions.
            let reach = if head { 1200 } else { bytes.len() };
            let at = at.index(reach);
            bytes[at] = byte;
        }
        let _ = unpickle(&bytes);
    }
}
