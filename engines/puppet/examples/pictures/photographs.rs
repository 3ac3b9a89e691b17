//! The photographs in a folder.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use image::ImageFormat;

/// A photograph, and what its sheet is called.
pub(crate) struct Photograph {
    pub(crate) path: PathBuf,
    /// The file's name without its extension; with it where another photograph is called the same.
    pub(crate) name: String,
}

/// The PNG, JPEG and WebP pictures in a folder, by name. What a file is, its content tells.
///
/// # Errors
/// The folder cannot be read, or has no such picture; in a sentence.
pub(crate) fn within(folder: &Path) -> Result<Vec<Photograph>, String> {
    let unreadable = |error: io::Error| format!("{}: {error}", folder.display());
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_file() && is_photograph(&path).map_err(|error| format!("{}: {error}", path.display()))? {
            paths.push(path);
        }
    }
    if paths.is_empty() {
        return Err(format!("{} has no PNG, JPEG or WebP picture", folder.display()));
    }
    paths.sort();
    let mut namesakes: HashMap<String, usize> = HashMap::new();
    paths.iter().for_each(|path| *namesakes.entry(stem(path)).or_default() += 1);
    let named = |path: PathBuf| {
        let stem = stem(&path);
        let is_alone = namesakes.get(&stem) == Some(&1);
        let whole = || path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Photograph { name: if is_alone { stem } else { whole() }, path }
    };
    Ok(paths.into_iter().map(named).collect())
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

fn is_photograph(path: &Path) -> io::Result<bool> {
    let mut head = Vec::new();
    File::open(path)?.take(16).read_to_end(&mut head)?;
    let format = image::guess_format(&head);
    Ok(matches!(format, Ok(ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::WebP)))
}
