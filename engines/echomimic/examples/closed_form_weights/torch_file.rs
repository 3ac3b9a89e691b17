//! Files as `torch.save` writes them: a zip archive, or in older versions pickles in a row.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use zip::CompressionMethod;
use zip::write::{FileOptions, ZipWriter};

use crate::pickle::{Pickle, Storage};

/// A tensor whose numbers are made as they are written.
pub(crate) struct Tensor<'a> {
    pub(crate) key: String,
    pub(crate) shape: Vec<usize>,
    pub(crate) values: Box<dyn Fn() -> Vec<f32> + 'a>,
}

impl Tensor<'_> {
    fn strides(&self) -> Vec<usize> {
        let places = 0..self.shape.len();
        places.map(|axis| self.shape[axis + 1..].iter().product()).collect()
    }
}

/// In how many bits numbers are stored.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Bits {
    Single,
    Half,
}

impl Bits {
    fn class(self) -> &'static str {
        match self {
            Self::Single => "FloatStorage",
            Self::Half => "HalfStorage",
        }
    }

    fn bytes(self, values: &[f32]) -> Vec<u8> {
        match self {
            Self::Single => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
            Self::Half => values.iter().flat_map(|value| half::f16::from_f32(*value).to_le_bytes()).collect(),
        }
    }
}

/// What lies around the tensors of a file.
pub(crate) enum Wrapping {
    /// Nothing.
    Plain,
    /// OpenAI's: a dictionary with sizes, and the tensors in another one.
    Whisper(Vec<(&'static str, u64)>),
}

/// Writes a zip archive.
pub(crate) fn write(path: &Path, tensors: &[Tensor<'_>], bits: Bits, wrapping: &Wrapping) -> io::Result<()> {
    let mut archive = ZipWriter::new(BufWriter::new(File::create(path)?));
    let stored = FileOptions::default().compression_method(CompressionMethod::Stored);
    archive.start_file("archive/data.pkl", stored)?;
    archive.write_all(&described(tensors, bits, wrapping))?;
    archive.start_file("archive/version", stored)?;
    archive.write_all(b"3\n")?;
    for (number, tensor) in tensors.iter().enumerate() {
        archive.start_file_aligned(format!("archive/data/{number}"), stored, 64)?;
        archive.write_all(&bits.bytes(&(tensor.values)()))?;
    }
    archive.finish()?.flush()
}

fn described(tensors: &[Tensor<'_>], bits: Bits, wrapping: &Wrapping) -> Vec<u8> {
    let items = |pickle: &mut Pickle| {
        for (number, tensor) in tensors.iter().enumerate() {
            pickle.text(&tensor.key);
            let storage = Storage { key: &number.to_string(), class: bits.class(), is_in_a_row: false };
            pickle.tensor(&storage, &tensor.shape, &tensor.strides());
        }
    };
    let mut pickle = Pickle::new();
    match wrapping {
        Wrapping::Plain => pickle.ordered_dictionary(items),
        Wrapping::Whisper(sizes) => pickle.dictionary(|pickle| {
            pickle.text("dims");
            pickle.dictionary(|pickle| {
                for (name, size) in sizes {
                    pickle.text(name);
                    pickle.number(*size);
                }
            });
            pickle.text("model_state_dict");
            pickle.dictionary(items);
        }),
    }
    pickle.finished()
}

/// Writes pickles in a row, with the axes of each tensor in reverse order in the file, as MTCNN's are.
pub(crate) fn write_legacy(path: &Path, tensors: &[Tensor<'_>]) -> io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    // Magic number, version, and what the writing machine was like.
    file.write_all(b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.")?;
    file.write_all(b"\x80\x02M\xe9\x03.")?;
    let mut system = Pickle::new();
    system.dictionary(|pickle| {
        pickle.text("protocol_version");
        pickle.number(1001);
        pickle.text("little_endian");
        pickle.yes();
    });
    file.write_all(&system.finished())?;
    let mut object = Pickle::new();
    object.ordered_dictionary(|pickle| {
        for (number, tensor) in tensors.iter().enumerate() {
            pickle.text(&tensor.key);
            let strides: Vec<usize> =
                (0..tensor.shape.len()).map(|axis| tensor.shape[..axis].iter().product()).collect();
            let storage = Storage { key: &number.to_string(), class: Bits::Single.class(), is_in_a_row: true };
            pickle.tensor(&storage, &tensor.shape, &strides);
        }
    });
    file.write_all(&object.finished())?;
    let mut keys = Pickle::new();
    keys.list(|pickle| (0..tensors.len()).for_each(|number| pickle.text(&number.to_string())));
    file.write_all(&keys.finished())?;
    for tensor in tensors {
        let values = reversed(&(tensor.values)(), &tensor.shape);
        file.write_all(&(values.len() as u64).to_le_bytes())?;
        file.write_all(&Bits::Single.bytes(&values))?;
    }
    file.flush()
}

/// Row-major numbers with the first axis fastest instead of the last.
fn reversed(values: &[f32], shape: &[usize]) -> Vec<f32> {
    let mut reversed = vec![0.0; values.len()];
    for (place, value) in values.iter().enumerate() {
        let (mut rest, mut at) = (place, 0);
        for axis in (0..shape.len()).rev() {
            at += rest % shape[axis] * shape[..axis].iter().product::<usize>();
            rest /= shape[axis];
        }
        reversed[at] = *value;
    }
    reversed
}
