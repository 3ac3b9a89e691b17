//! The secret that the gateway has made for itself, in a file of the data folder.

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::Path;

use crate::blobs::scratch::Scratch;
use crate::domain::webhook_signature::Secret;

/// The file in the data folder.
const NAME: &str = "webhook.secret";

/// The secret of the data folder, made if there is none. Deliveries may ask at once: all get the same one.
///
/// # Errors
/// `InvalidData` if the file holds no secret; else whatever the file system answers.
pub(crate) fn kept_or_made(data_dir: &Path, scratch: &Scratch) -> io::Result<Secret> {
    let file = data_dir.join(NAME);
    match read(&file) {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        known => return known,
    }
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    let secret = Secret::from_random(bytes);
    // The file gets its name when it is whole, so that nobody reads half a secret.
    let mut new = scratch.small_file()?;
    writeln!(new, "{}", secret.as_text())?;
    new.as_file().sync_all()?;
    match new.persist_noclobber(&file) {
        Ok(_) => tracing::info!(file = %file.display(), "made the secret that webhooks are signed with"),
        // Another delivery was faster.
        Err(taken) if taken.error.kind() == ErrorKind::AlreadyExists => return read(&file),
        Err(failed) => return Err(failed.error),
    }
    Ok(secret)
}

fn read(file: &Path) -> io::Result<Secret> {
    let damaged = || format!("{} holds no secret; remove it to get a new one", file.display());
    fs::read_to_string(file)?.trim().parse().map_err(|()| io::Error::new(ErrorKind::InvalidData, damaged()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::sync::Barrier;
    use std::thread;

    use tempfile::TempDir;

    use super::*;
    use crate::blobs::data_folder::DataFolder;
    use crate::blobs::space::DiskSpace;

    fn scratch(folder: &TempDir) -> Scratch {
        Scratch::open(&DataFolder::open(folder.path()).unwrap(), DiskSpace::of(folder.path())).unwrap()
    }

    #[test]
    fn a_secret_is_made_once_and_kept_from_others() {
        let folder = tempfile::tempdir().unwrap();
        let kept_or_made = || kept_or_made(folder.path(), &scratch(&folder));
        let secret = kept_or_made().unwrap();
        assert_eq!(kept_or_made().unwrap(), secret);
        let file = folder.path().join("webhook.secret");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        fs::write(&file, "nonsense").unwrap();
        assert!(kept_or_made().unwrap_err().to_string().contains("holds no secret"));
    }

    #[test]
    fn deliveries_at_once_get_the_same_secret() {
        const DELIVERIES: usize = 8;
        for _ in 0..50 {
            let folder = tempfile::tempdir().unwrap();
            let scratch = scratch(&folder);
            let start = Barrier::new(DELIVERIES);
            let ask = || {
                start.wait();
                kept_or_made(folder.path(), &scratch).unwrap().as_text()
            };
            let secrets: Vec<_> = thread::scope(|scope| {
                let asking: Vec<_> = (0..DELIVERIES).map(|_| scope.spawn(ask)).collect();
                asking.into_iter().map(|asked| asked.join().unwrap()).collect()
            });
            assert!(secrets.iter().all(|secret| *secret == secrets[0]), "{secrets:?}");
            assert_eq!(fs::read_dir(folder.path().join("work")).unwrap().count(), 0, "nothing is left behind");
        }
    }
}
