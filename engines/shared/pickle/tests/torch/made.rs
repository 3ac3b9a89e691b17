//! Files made by hand, so that every part of them can be wrong.

/// A pickle of a dictionary, from its keys and the instructions that make their values.
pub(crate) fn dictionary(entries: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = b"\x80\x02}(".to_vec();
    for (key, value) in entries {
        bytes.extend(text(key));
        bytes.extend(value);
    }
    bytes.extend(b"u.");
    bytes
}

/// The instructions that make a tensor.
#[derive(Clone)]
pub(crate) struct Tensor {
    pub(crate) class: &'static str,
    pub(crate) key: &'static str,
    pub(crate) count: i64,
    pub(crate) offset: i64,
    pub(crate) shape: Vec<i64>,
    pub(crate) strides: Vec<i64>,
}

impl Tensor {
    /// Six numbers of f32 in two rows.
    pub(crate) fn plain() -> Self {
        Self { class: "FloatStorage", key: "0", count: 6, offset: 0, shape: vec![2, 3], strides: vec![3, 1] }
    }

    pub(crate) fn instructions(&self) -> Vec<u8> {
        let mut bytes = b"ctorch._utils\n_rebuild_tensor_v2\n((".to_vec();
        bytes.extend(text("storage"));
        bytes.extend(format!("ctorch\n{}\n", self.class).bytes());
        bytes.extend(text(self.key));
        bytes.extend(text("cpu"));
        bytes.extend(whole(self.count));
        bytes.extend(b"tQ");
        bytes.extend(whole(self.offset));
        for axes in [&self.shape, &self.strides] {
            bytes.push(b'(');
            axes.iter().for_each(|axis| bytes.extend(whole(*axis)));
            bytes.push(b't');
        }
        bytes.extend(b"\x89ccollections\nOrderedDict\n)RtR");
        bytes
    }
}

/// The instruction for a text.
pub(crate) fn text(text: &str) -> Vec<u8> {
    [b"X", &(text.len() as u32).to_le_bytes()[..], text.as_bytes()].concat()
}

/// The instruction for a whole number.
pub(crate) fn whole(number: i64) -> Vec<u8> {
    [&[0x8a, 8], &number.to_le_bytes()[..]].concat()
}

/// A file of the older form with one storage.
pub(crate) fn legacy(pickle: &[u8], key: &str, count: i64, numbers: &[u8]) -> Vec<u8> {
    [&legacy_head(pickle, &[key])[..], &count.to_le_bytes(), numbers].concat()
}

/// What stands in front of the storages in a file of the older form.
pub(crate) fn legacy_head(pickle: &[u8], keys: &[&str]) -> Vec<u8> {
    let system = dictionary(&[("little_endian", vec![0x88])]);
    let keys: Vec<u8> = keys.iter().flat_map(|key| text(key)).collect();
    let magic = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";
    [magic, &b"\x80\x02M\xe9\x03."[..], &system, pickle, b"\x80\x02](", &keys, b"e."].concat()
}

/// A zip archive. In a large one all places and sizes stand in the fields for archives of 4 GB and more.
pub(crate) fn zip(entries: &[(&str, &[u8])], is_large: bool) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for (name, data) in entries {
        let name = format!("archive/{name}");
        let [length, header] = [data.len() as u64, bytes.len() as u64];
        // As torch does, so that numbers lie where they can be mapped into memory.
        let padding = [0; 9];
        bytes.extend(b"PK\x03\x04\0\0\0\x08\0\0\0\0\0\0\0\0\0\0");
        bytes.extend([(length as u32).to_le_bytes(), (length as u32).to_le_bytes()].concat());
        bytes.extend([(name.len() as u16).to_le_bytes(), (padding.len() as u16).to_le_bytes()].concat());
        bytes.extend([name.as_bytes(), &padding, data].concat());
        let short = |word: u64| if is_large { [0xFF; 4] } else { (word as u32).to_le_bytes() };
        let long = [&[1, 0, 24, 0][..], &length.to_le_bytes(), &length.to_le_bytes(), &header.to_le_bytes()].concat();
        let extra = if is_large { [&[9, 9, 1, 0, 7][..], &long].concat() } else { Vec::new() };
        directory.extend(b"PK\x01\x02\0\0\0\0\0\x08\0\0\0\0\0\0\0\0\0\0");
        directory.extend([short(length), short(length)].concat());
        directory.extend([(name.len() as u16).to_le_bytes(), (extra.len() as u16).to_le_bytes()].concat());
        directory.extend([0; 10]);
        directory.extend([&short(header), name.as_bytes(), &extra].concat());
    }
    let (at, count) = (bytes.len() as u64, entries.len() as u64);
    let length = directory.len() as u64;
    bytes.extend(directory);
    if is_large {
        let record = bytes.len() as u64;
        bytes.extend(b"PK\x06\x06\x2c\0\0\0\0\0\0\0\x2d\0\x2d\0\0\0\0\0\0\0\0\0");
        bytes.extend([count, count, length, at].map(u64::to_le_bytes).concat());
        bytes.extend([&b"PK\x06\x07\0\0\0\0"[..], &record.to_le_bytes(), &[1, 0, 0, 0]].concat());
    }
    let short = |word: u64| if is_large { [0xFF; 4] } else { (word as u32).to_le_bytes() };
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend([(count as u16).to_le_bytes(), (count as u16).to_le_bytes()].concat());
    bytes.extend([&short(length)[..], &short(at), &[0, 0]].concat());
    bytes
}

/// The bytes of 1, 2, 3 ... as f32.
pub(crate) fn numbers(count: u8) -> Vec<u8> {
    (1..=count).flat_map(|number| f32::from(number).to_le_bytes()).collect()
}
