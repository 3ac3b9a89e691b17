//! Files of `numpy.save`: what is read of them, and that damaged ones are errors.

use std::path::{Path, PathBuf};

use engine_pickle::npy::{self, NpyFault};
use engine_pickle::{Array, Value};

const FILES: [&str; 6] = ["v1.npy", "v2.npy", "v3.npy", "fortran.npy", "prior.npy", "objects.npy"];

/// A file that `data/make.py` has written.
fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

fn counted(shape: &[usize]) -> Value {
    let values = (0..shape.iter().product()).map(|value: usize| value as f64).collect();
    Value::Array(Array { shape: shape.to_vec(), values })
}

/// A file of version 1 with this header.
fn made(header: &str, data: &[u8]) -> Vec<u8> {
    [b"\x93NUMPY\x01\0", &(header.len() as u16).to_le_bytes()[..], header.as_bytes(), data].concat()
}

#[test]
fn arrays_of_every_version_and_order_are_read() {
    for name in ["v1.npy", "v2.npy", "v3.npy"] {
        assert_eq!(npy::read(&data(name)).unwrap(), counted(&[1, 6]), "{name}");
    }
    assert_eq!(npy::read(&data("fortran.npy")).unwrap(), counted(&[2, 3]));
}

#[test]
fn arrays_of_objects_are_read_as_their_objects() {
    let prior = npy::read(&data("prior.npy")).unwrap();
    assert_eq!(prior.get("mu"), Some(&counted(&[1, 6])));
    let objects = npy::read(&data("objects.npy")).unwrap();
    assert_eq!(objects, Value::List(vec![Value::Str("a".into()), Value::None, Value::Int(3)]));
}

#[test]
fn types_and_shapes_are_read_as_numpy_writes_them() {
    let read = |kind: &str, shape: &str, data: &[u8]| {
        npy::parse(&made(&format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}   \n"), data))
    };
    let values =
        |shape: &[usize], values: &[f64]| Value::Array(Array { shape: shape.to_vec(), values: values.to_vec() });
    assert_eq!(read(">i2", "(2,)", &[1, 0, 0, 5]).unwrap(), values(&[2], &[256.0, 5.0]));
    assert_eq!(read("|b1", "(1, 2)", &[1, 0]).unwrap(), values(&[1, 2], &[1.0, 0.0]));
    assert_eq!(read("<f8", "()", &2.5_f64.to_le_bytes()).unwrap(), values(&[], &[2.5]));
    assert_eq!(read("<f4", "(0, 3)", &[]).unwrap(), values(&[0, 3], &[]));
    for (kind, shape) in [("<U3", "(1,)"), ("<c8", "(1,)"), ("<M8[s]", "(1,)"), ("<f4", "(2,)"), ("<f4", "(-1,)")] {
        assert!(read(kind, shape, &[0; 4]).is_err(), "{kind} {shape}");
    }
    for shape in
        ["(4611686018427387904, 4)", "(18446744073709551615, 18446744073709551615)", "(1, 1, 1, 1, 1, 1, 1, 1, 1)"]
    {
        assert!(read("<f4", shape, &[0; 4]).is_err(), "{shape}");
    }
}

#[test]
fn headers_that_are_none_are_refused() {
    for header in [
        "",
        "{}",
        "{'descr': '<f4'}",
        "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }",
        "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,), }",
        "{'descr': '<f4', 'fortran_order': 0, 'shape': (1,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'more': 1}",
        "{'descr': 'é', 'fortran_order': False, 'shape': (1,), }",
        "{'descr': '', 'fortran_order': False, 'shape': (1,), }",
    ] {
        assert!(matches!(npy::parse(&made(header, &[0; 4])), Err(NpyFault::Format(_))), "{header}");
    }
    assert!(npy::parse(b"\x93NUMPY\x04\0\0\0").is_err());
    assert!(npy::parse(b"\x93NUMPY\x02\0\xff\xff\xff\xff").is_err());
}

#[test]
fn errors_name_the_file() {
    let error = npy::read(&data("legacy.pt")).unwrap_err().to_string();
    assert!(error.starts_with(&format!("{}: it is no file of numpy.save", data("legacy.pt").display())), "{error}");
    assert!(npy::read(&data("nowhere.npy")).unwrap_err().to_string().contains("nowhere.npy: it cannot be read: "));
}

#[test]
fn damaged_files_are_errors_or_other_values() {
    for name in FILES {
        let bytes = std::fs::read(data(name)).unwrap();
        for length in 0..bytes.len() {
            assert!(npy::parse(&bytes[..length]).is_err(), "{length} bytes of {name} are enough");
        }
        for at in 0..bytes.len() {
            for change in 1..=255 {
                let mut bytes = bytes.clone();
                bytes[at] ^= change;
                let _ = npy::parse(&bytes);
            }
        }
    }
}
