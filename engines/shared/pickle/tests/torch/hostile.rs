//! Files that claim more than they hold, or want more than tensors.

use crate::made::{Tensor, dictionary, legacy, numbers, text, whole, zip};
use crate::read;

/// An archive with this pickle and one storage of six numbers.
fn archive(pickle: &[u8]) -> Vec<u8> {
    zip(&[("data.pkl", pickle), ("data/0", &numbers(6))], false)
}

/// Why both forms of a file with this pickle are refused: what stands behind the file's name.
fn refused(pickle: &[u8]) -> String {
    let [first, second] = [archive(pickle), legacy(pickle, "0", 6, &numbers(6))].map(|bytes| {
        let error = read(&bytes).expect_err("it is refused").to_string();
        error.split_once("weights.pt: ").expect("the error names the file").1.to_owned()
    });
    assert_eq!(first, second);
    first
}

fn one(tensor: &Tensor) -> Vec<u8> {
    dictionary(&[("weight", tensor.instructions())])
}

#[test]
fn what_is_made_by_hand_is_read() {
    let pickle = one(&Tensor::plain());
    let parts: [(&str, &[u8]); 3] = [("data.pkl", &pickle), ("byteorder", b"little"), ("data/0", &numbers(6))];
    let expected = vec![("weight".to_owned(), numbers(6))];
    for bytes in [zip(&parts, false), zip(&parts, true), legacy(&pickle, "0", 6, &numbers(6))] {
        assert_eq!(read(&bytes).unwrap(), expected);
    }
    // What follows the last storage does no harm, as torch reads no further either.
    let longer = legacy(&pickle, "0", 6, &numbers(7));
    assert_eq!(read(&longer).unwrap(), expected);
}

#[test]
fn names_that_could_run_are_refused_by_name() {
    for (module, name) in [
        ("os", "system"),
        ("builtins", "eval"),
        ("torch.jit._pickle", "build_intlist"),
        ("torch.storage", "_load_from_bytes"),
        ("torch._utils", "_rebuild_device_tensor_from_numpy"),
        ("torch", "QUInt8Storage"),
        ("__torch__", "Module"),
    ] {
        let pickle = dictionary(&[("weight", format!("c{module}\n{name}\n)R").into_bytes())]);
        assert_eq!(refused(&pickle), format!(r#"the pickle refers to "{module}.{name}", which is not permitted"#));
    }
}

#[test]
fn tensors_are_no_larger_than_their_storages() {
    let plain = Tensor::plain;
    let far = i64::MAX;
    for tensor in [
        Tensor { shape: vec![2, 4], ..plain() },
        Tensor { offset: 1, ..plain() },
        Tensor { offset: far, ..plain() },
        Tensor { strides: vec![4, 1], ..plain() },
        Tensor { strides: vec![far, 1], ..plain() },
        Tensor { shape: vec![far, far], ..plain() },
        Tensor { shape: vec![far, far, 0], strides: vec![0, 0, 0], ..plain() },
        // Copies of one number are not written out.
        Tensor { shape: vec![1 << 40], strides: vec![0], ..plain() },
        Tensor { shape: vec![7], strides: vec![0], ..plain() },
    ] {
        let reason = refused(&one(&tensor));
        assert!(reason.starts_with(r#"tensor "weight": shape ["#), "{reason}");
        assert!(reason.ends_with(" exceed its 6 stored numbers"), "{reason}");
    }
    let reason = refused(&one(&Tensor { strides: vec![1], ..plain() }));
    assert_eq!(reason, r#"tensor "weight": it has the shape [2, 3], but strides [1]"#);
    let reason = refused(&one(&Tensor { shape: vec![1; 9], strides: vec![1; 9], ..plain() }));
    assert_eq!(reason, r#"tensor "weight": it has 9 axes; 8 are read"#);
    let reason = refused(&one(&Tensor { shape: vec![-1, 3], ..plain() }));
    assert_eq!(reason, r#"tensor "weight": its shape is not made of sizes"#);
    assert!(refused(&one(&Tensor { offset: -1, ..plain() })).contains("unexpected form"));
}

#[test]
fn axes_of_one_may_have_any_stride_and_empty_ones_any_place() {
    let any = [
        Tensor { shape: vec![1, 6], strides: vec![i64::MAX, 1], ..Tensor::plain() },
        Tensor { shape: vec![6, 1], strides: vec![1, i64::MAX], ..Tensor::plain() },
    ];
    for tensor in any {
        assert_eq!(read(&archive(&one(&tensor))).unwrap()[0].1, numbers(6));
    }
    let reversed = Tensor { shape: vec![2, 1, 3], strides: vec![1, i64::MAX, 2], ..Tensor::plain() };
    let expected: Vec<u8> = [1.0_f32, 3.0, 5.0, 2.0, 4.0, 6.0].map(f32::to_le_bytes).concat();
    assert_eq!(read(&archive(&one(&reversed))).unwrap()[0].1, expected);
    let empty = Tensor { offset: i64::MAX, shape: vec![0, i64::MAX], strides: vec![i64::MAX; 2], ..Tensor::plain() };
    assert_eq!(read(&archive(&one(&empty))).unwrap()[0].1, []);
}

#[test]
fn storages_have_the_size_that_is_told() {
    let told = |count: i64| one(&Tensor { count, ..Tensor::plain() });
    let reason = |bytes: &[u8]| read(bytes).unwrap_err().to_string();
    let error = reason(&archive(&told(1 << 40)));
    assert!(error.ends_with(r#"storage "0": it has 24 bytes, but 4398046511104 are told"#), "{error}");
    let error = reason(&archive(&told(i64::MAX)));
    assert!(error.ends_with(r#"storage "0": it is larger than any file"#), "{error}");
    let error = reason(&legacy(&told(1 << 40), "0", 1 << 40, &numbers(6)));
    assert!(error.ends_with(r#"storage "0": the file ends within it"#), "{error}");
    let error = reason(&legacy(&told(6), "0", -1, &numbers(6)));
    assert!(error.ends_with(r#"storage "0": it has -1 numbers, but 6 are told"#), "{error}");
    let error = reason(&legacy(&told(6), "1", 6, &numbers(6)));
    assert!(error.ends_with(r#"storage "1": nothing that is saved refers to it"#), "{error}");
    let error = reason(&zip(&[("data.pkl", &told(6))], false));
    assert!(error.ends_with(r#"storage "data/0": the archive has no such entry"#), "{error}");
    let two = [Tensor::plain(), Tensor { count: 5, ..Tensor::plain() }].map(|tensor| tensor.instructions());
    let [first, second] = two;
    assert!(refused(&dictionary(&[("a", first), ("b", second)])).contains("it has two sizes"));
    let long = Tensor { key: "0000000000000000000000000000000000000000000000000000000000000000000", ..Tensor::plain() };
    assert!(refused(&one(&long)).contains("unexpected form"));
}

#[test]
fn names_have_one_tensor_each() {
    let tensor = || Tensor::plain().instructions();
    let twice = dictionary(&[("a", tensor()), ("a", tensor())]);
    assert_eq!(refused(&twice), r#"tensor "a": two tensors have this name"#);
    let inner = |key: &str| [b"}", &text(key)[..], &tensor(), b"s"].concat();
    let alike = dictionary(&[("a.b", tensor()), ("a", inner("b"))]);
    assert_eq!(refused(&alike), r#"tensor "a.b": two tensors have this name"#);
    let numbered = [b"\x80\x02}", &whole(7)[..], b"](", &tensor(), &tensor(), b"es."].concat();
    let names: Vec<String> = read(&archive(&numbered)).unwrap().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["7.0", "7.1"]);
}

#[test]
fn nesting_without_end_is_refused() {
    // A list that holds itself.
    let endless = dictionary(&[("weight", Tensor::plain().instructions()), ("list", b"]q\0h\0a".to_vec())]);
    assert_eq!(refused(&endless), "the pickle holds too much: levels");
    let mut doubling = [b"\x80\x02", &Tensor::plain().instructions()[..], b"q\0"].concat();
    for level in 0..60u8 {
        doubling.extend([b'h', level, b'h', level, 0x86, b'q', level + 1]);
    }
    doubling.push(b'.');
    assert!(refused(&doubling).starts_with("the pickle holds too much: "));
    let long = dictionary(&[(&"a".repeat(600), Tensor::plain().instructions())]);
    assert_eq!(refused(&long), "the pickle holds too much: the name of an entry");
}

#[test]
fn archives_are_whole_and_plain() {
    let pickle = one(&Tensor::plain());
    let reason = |bytes: &[u8]| read(bytes).unwrap_err().to_string();
    let bytes = archive(&pickle);
    let directory = bytes.windows(4).position(|word| word == b"PK\x01\x02").unwrap();
    let changed = |at: usize, value: &[u8]| {
        let mut bytes = bytes.clone();
        bytes[at..at + value.len()].copy_from_slice(value);
        bytes
    };
    // The first entry is the pickle.
    assert!(reason(&changed(directory + 10, &[8])).ends_with("it is compressed or encrypted"));
    assert!(reason(&changed(directory + 8, &[1])).ends_with("it is compressed or encrypted"));
    assert!(reason(&changed(directory + 42, &[1])).ends_with("it is not where the archive says"));
    assert!(reason(&changed(directory + 42, &[0xF0; 4])).ends_with("it lies outside of the file"));
    assert!(
        reason(&changed(directory + 20, &[0xF0, 0, 0, 0x10, 0xF0, 0, 0, 0x10])).ends_with("the file ends within it")
    );
    assert!(reason(&changed(directory, b"PK\x01\x03")).contains("its list of entries is cut or damaged"));
    assert!(reason(&changed(bytes.len() - 10, &[0xFF; 4])).contains("its list of entries is cut or damaged"));
    let twice = zip(&[("data.pkl", &pickle), ("data.pkl", &pickle)], false);
    assert!(reason(&twice).ends_with("two of its entries have the same name"));
    let big = zip(&[("data.pkl", &pickle), ("byteorder", b"big"), ("data/0", &numbers(6))], false);
    assert!(reason(&big).ends_with("its numbers do not have their lowest byte first"));
    assert!(reason(&zip(&[("data/0", &numbers(6))], false)).ends_with("it has no entry data.pkl"));
    let long = vec![b'N'; 5 << 20];
    assert!(reason(&zip(&[("data.pkl", &long)], false)).ends_with("its data.pkl is too long"));
}

#[test]
fn other_files_are_no_files_of_torch() {
    for bytes in [&b""[..], b"PK", b"\x80\x02N.", b"{\"format\": 1}", &[0; 100]] {
        let error = read(bytes).unwrap_err().to_string();
        assert!(error.ends_with("it is neither a zip archive nor a sequence of pickles"), "{error}");
    }
    let error = read(b"PK\x03\x04").unwrap_err().to_string();
    assert!(error.ends_with("its list of entries is cut or damaged"), "{error}");
}
