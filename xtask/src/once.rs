//! What chores fetch or make in the target folder, once for all that use it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::tree;

/// A folder of the target folder, made unless it is there. `make` gets an empty folder to work in, and returns what in it,
/// or whether it itself, is to become the folder; the rest goes away.
pub(crate) fn folder(name: &str, make: impl FnOnce(&Path) -> Result<PathBuf>) -> Result<PathBuf> {
    let folder = tree::target()?.join(name);
    made(&folder, make)?;
    Ok(folder)
}

fn made(folder: &Path, make: impl FnOnce(&Path) -> Result<PathBuf>) -> Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    // Two at once, such as two test programs, must not write one folder: it gets its name when it is whole.
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let work = folder.with_file_name(format!("{name}-{}.part", std::process::id()));
    fs::create_dir_all(&work).with_context(|| format!("cannot make {}", work.display()))?;
    let placed = make(&work).and_then(|whole| match fs::rename(&whole, folder) {
        Err(_) if folder.is_dir() => Ok(()), // another one was faster
        renamed => renamed.with_context(|| format!("cannot write {}", folder.display())),
    });
    if work.exists() {
        fs::remove_dir_all(&work).with_context(|| format!("cannot remove {}", work.display()))?;
    }
    placed
}

#[cfg(test)]
mod tests {
    use std::fs;

    use anyhow::bail;

    use super::made;

    #[test]
    fn what_is_whole_gets_the_name_and_the_rest_goes() {
        let target = tempfile::tempdir().unwrap();
        let folder = target.path().join("tool-1.0");
        let error = made(&folder, |work| {
            fs::write(work.join("half"), "")?;
            bail!("no network")
        });
        assert_eq!(error.unwrap_err().to_string(), "no network");
        assert_eq!(fs::read_dir(&target).unwrap().count(), 0);

        made(&folder, |work| {
            fs::write(work.join("archive"), "")?;
            fs::create_dir(work.join("whole"))?;
            fs::write(work.join("whole/tool"), "")?;
            Ok(work.join("whole"))
        })
        .unwrap();
        assert!(folder.join("tool").is_file());
        assert_eq!(fs::read_dir(&target).unwrap().count(), 1);
        made(&folder, |_| bail!("it is there")).unwrap();
    }

    #[test]
    fn the_slower_one_of_two_takes_what_the_faster_one_made() {
        let target = tempfile::tempdir().unwrap();
        let folder = target.path().join("tool-1.0");
        made(&folder, |work| {
            fs::create_dir(&folder)?;
            fs::write(folder.join("tool"), "the faster one's")?;
            Ok(work.to_owned())
        })
        .unwrap();
        assert_eq!(fs::read_to_string(folder.join("tool")).unwrap(), "the faster one's");
        assert_eq!(fs::read_dir(&target).unwrap().count(), 1);
    }
}
