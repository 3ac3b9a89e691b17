//! Pickles as Python writes them for tensors and what holds them, in protocol 2.

/// A pickle that grows.
pub(crate) struct Pickle(Vec<u8>);

impl Pickle {
    pub(crate) fn new() -> Self {
        Self(vec![0x80, 2])
    }

    /// The whole pickle.
    pub(crate) fn finished(mut self) -> Vec<u8> {
        self.0.push(b'.');
        self.0
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.0.push(b'X');
        self.0.extend(u32::try_from(text.len()).expect("a short text").to_le_bytes());
        self.0.extend(text.as_bytes());
    }

    pub(crate) fn number(&mut self, number: u64) {
        self.0.push(b'J');
        self.0.extend(i32::try_from(number).expect("a count of numbers").to_le_bytes());
    }

    pub(crate) fn yes(&mut self) {
        self.0.push(0x88);
    }

    pub(crate) fn tuple(&mut self, items: impl FnOnce(&mut Self)) {
        self.0.push(b'(');
        items(self);
        self.0.push(b't');
    }

    pub(crate) fn numbers(&mut self, numbers: &[usize]) {
        self.tuple(|pickle| numbers.iter().for_each(|number| pickle.number(*number as u64)));
    }

    pub(crate) fn list(&mut self, items: impl FnOnce(&mut Self)) {
        self.0.extend(b"](");
        items(self);
        self.0.push(b'e');
    }

    /// A dictionary, whose items are keys and values in turn.
    pub(crate) fn dictionary(&mut self, items: impl FnOnce(&mut Self)) {
        self.0.extend(b"}(");
        items(self);
        self.0.push(b'u');
    }

    pub(crate) fn ordered_dictionary(&mut self, items: impl FnOnce(&mut Self)) {
        self.empty_ordered_dictionary();
        self.0.push(b'(');
        items(self);
        self.0.push(b'u');
    }

    fn empty_ordered_dictionary(&mut self) {
        self.global("collections", "OrderedDict");
        self.0.extend(b")R");
    }

    fn global(&mut self, module: &str, name: &str) {
        self.0.extend(format!("c{module}\n{name}\n").bytes());
    }

    /// A tensor over the whole of a storage.
    pub(crate) fn tensor(&mut self, storage: &Storage<'_>, shape: &[usize], strides: &[usize]) {
        self.global("torch._utils", "_rebuild_tensor_v2");
        self.tuple(|pickle| {
            pickle.tuple(|pickle| {
                pickle.text("storage");
                pickle.global("torch", storage.class);
                pickle.text(storage.key);
                pickle.text(storage.location);
                pickle.number(shape.iter().product::<usize>() as u64);
                if storage.is_in_a_row {
                    pickle.0.push(b'N'); // not a part of another one
                }
            });
            pickle.0.push(b'Q'); // what names the storage
            pickle.number(0);
            pickle.numbers(shape);
            pickle.numbers(strides);
            pickle.0.push(0x89); // no gradients
            pickle.empty_ordered_dictionary();
        });
        self.0.push(b'R');
    }
}

/// The numbers of a tensor, which lie elsewhere.
pub(crate) struct Storage<'a> {
    /// Its name.
    pub(crate) key: &'a str,
    /// The device that it was on: `cpu`, `cuda:0`.
    pub(crate) location: &'a str,
    /// torch's class of it.
    pub(crate) class: &'a str,
    /// Whether it is named as files of pickles in a row name it.
    pub(crate) is_in_a_row: bool,
}
