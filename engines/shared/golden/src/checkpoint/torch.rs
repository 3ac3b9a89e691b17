//! Files as `torch.save` writes them: a zip archive, or in older versions pickles in a row.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use zip::CompressionMethod;
use zip::write::{FileOptions, ZipWriter};

use super::pickle::{Pickle, Storage};
use super::weight::{Bits, Weight};

/// What lies around the tensors of a file.
pub enum Wrapping {
    /// Nothing.
    Plain,
    /// OpenAI's: a dictionary with sizes, and the tensors in another one.
    Whisper(Vec<(&'static str, u64)>),
}

/// Writes a zip archive.
///
/// # Errors
/// The file cannot be written.
pub fn write(path: &Path, tensors: &[Weight<'_>], bits: Bits, wrapping: &Wrapping) -> io::Result<()> {
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

/// torch's class of a storage.
fn class(bits: Bits) -> &'static str {
    match bits {
        Bits::Single => "FloatStorage",
        Bits::Half => "HalfStorage",
    }
}

fn described(tensors: &[Weight<'_>], bits: Bits, wrapping: &Wrapping) -> Vec<u8> {
    let items = |pickle: &mut Pickle| {
        for (number, tensor) in tensors.iter().enumerate() {
            pickle.text(&tensor.key);
            let storage = Storage { key: &number.to_string(), class: class(bits), location: "cpu", is_in_a_row: false };
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

/// How the tensors of an older file lay in memory.
#[derive(Clone, Copy, PartialEq)]
pub enum Origin {
    /// On the processor, with their axes in reverse order, as those of networks that were converted.
    Reversed,
    /// On a GPU, row by row.
    Gpu,
}

/// Writes pickles in a row, in 32 bits.
///
/// # Errors
/// The file cannot be written.
pub fn write_legacy(path: &Path, tensors: &[Weight<'_>], origin: Origin) -> io::Result<()> {
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
    let location = if origin == Origin::Gpu { "cuda:0" } else { "cpu" };
    let mut object = Pickle::new();
    object.ordered_dictionary(|pickle| {
        for (number, tensor) in tensors.iter().enumerate() {
            pickle.text(&tensor.key);
            let strides = match origin {
                Origin::Reversed => (0..tensor.shape.len()).map(|axis| tensor.shape[..axis].iter().product()).collect(),
                Origin::Gpu => tensor.strides(),
            };
            let (key, class) = (&number.to_string(), class(Bits::Single));
            pickle.tensor(&Storage { key, class, location, is_in_a_row: true }, &tensor.shape, &strides);
        }
    });
    file.write_all(&object.finished())?;
    let mut keys = Pickle::new();
    keys.list(|pickle| (0..tensors.len()).for_each(|number| pickle.text(&number.to_string())));
    file.write_all(&keys.finished())?;
    for tensor in tensors {
        let values = match origin {
            Origin::Reversed => reversed(&(tensor.values)(), &tensor.shape),
            Origin::Gpu => (tensor.values)(),
        };
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
