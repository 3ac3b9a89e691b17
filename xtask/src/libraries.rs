//! Libraries that networks run on, beside the plugins that use them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// What a build of a library can compute on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Build {
    Cpu,
    /// NVIDIA GPUs, with CUDA in libraries of its own; many times the size.
    Gpu,
}

/// The files of a library: what each is called in the library's folder, and where it lies.
pub(crate) type Files = BTreeMap<PathBuf, PathBuf>;

/// Puts the files of a library into a folder, each by a rename, and removes from there what `find` finds of others. A
/// running host keeps the files that it has loaded.
pub(crate) fn place(files: &Files, folder: &Path, find: impl Fn(&Path) -> Result<Files>) -> Result<()> {
    for (name, from) in files {
        let place = folder.join(name);
        let parent = place.parent().unwrap_or(folder);
        fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
        let mut part = place.clone().into_os_string();
        part.push(".part");
        let part = PathBuf::from(part);
        copy(from, &part)?;
        fs::rename(&part, &place).with_context(|| format!("cannot write {}", place.display()))?;
        // Two names of one file are left as they are by a rename.
        remove(&part)?;
    }
    for (_, place) in find(folder)?.into_iter().filter(|(name, _)| !files.contains_key(name)) {
        remove(&place)?;
    }
    Ok(())
}

/// Gives a file another name or, where the disk is another or links are not permitted, copies it.
fn copy(from: &Path, to: &Path) -> Result<()> {
    remove(to)?;
    let from = from.canonicalize().with_context(|| format!("cannot read {}", from.display()))?;
    if fs::hard_link(&from, to).is_err() {
        fs::copy(&from, to).with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))?;
    }
    Ok(())
}

fn remove(file: &Path) -> Result<()> {
    if file.exists() {
        fs::remove_file(file).with_context(|| format!("cannot remove {}", file.display()))?;
    }
    Ok(())
}

/// The names of the files in a folder, in order.
pub(crate) fn names(folder: &Path) -> Result<Vec<String>> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut names: Vec<String> = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    Ok(names)
}
