//! The plugins in a folder.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::host::library::Stamp;

/// The plugins in a folder, in the order of their names, with the stamps of those that can be looked at. There are none in a
/// folder that does not exist. Blocks on the disk.
///
/// # Errors
/// The folder cannot be read now, which says nothing of its plugins.
pub(super) fn plugins(folder: &Path) -> io::Result<Vec<(PathBuf, Option<Stamp>)>> {
    let is_library =
        |path: &PathBuf| path.extension().is_some_and(|extension| extension == "so" || extension == "dylib");
    let files = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(vec![]),
        files => files?,
    };
    let files = files.map(|file| file.map(|file| file.path())).collect::<io::Result<Vec<PathBuf>>>()?;
    let mut plugins: Vec<_> = files.into_iter().filter(is_library).collect();
    plugins.sort();
    Ok(plugins.into_iter().map(|plugin| (plugin.clone(), Stamp::of(&plugin).ok())).collect())
}

/// The id in a plugin's file name: `libengine_dice_talk.so` is `dice-talk`.
pub(super) fn file_id(library: &Path) -> String {
    let stem = library.file_stem().map(|stem| stem.to_string_lossy().replace('_', "-")).unwrap_or_default();
    let stem = stem.trim_start_matches("lib").trim_start_matches("engine-");
    if stem.is_empty() { "unnamed".into() } else { stem.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_gives_the_id() {
        assert_eq!(file_id(Path::new("/x/libengine_dice_talk.so")), "dice-talk");
        assert_eq!(file_id(Path::new("broken.so")), "broken");
    }

    /// `cargo xtask engine` puts ONNX Runtime there, with libraries that are no plugins.
    #[test]
    fn folders_beside_the_plugins_are_not_searched() {
        let folder = tempfile::tempdir().unwrap();
        let runtime = folder.path().join("onnxruntime");
        fs::create_dir(&runtime).unwrap();
        for name in ["libonnxruntime.so.1.31.1", "libonnxruntime_providers_shared.so"] {
            fs::write(runtime.join(name), "").unwrap();
        }
        fs::write(folder.path().join("libengine_net.so"), "").unwrap();
        let found: Vec<PathBuf> = plugins(folder.path()).unwrap().into_iter().map(|(plugin, _)| plugin).collect();
        assert_eq!(found, [folder.path().join("libengine_net.so")]);
    }

    #[test]
    fn a_folder_that_is_gone_has_no_plugins_and_one_that_cannot_be_read_says_nothing() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(plugins(&folder.path().join("gone")).unwrap(), []);
        fs::write(folder.path().join("file"), "").unwrap();
        plugins(&folder.path().join("file")).unwrap_err();
    }
}
