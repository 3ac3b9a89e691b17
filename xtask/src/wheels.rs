//! Takes libraries out of packages of the Python package index.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, anyhow};

use crate::command;
use crate::python;

/// Unpacks the files of an archive that match one of the patterns.
const UNPACK: &str = "
import fnmatch, sys, zipfile
wheel, folder, *wanted = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    names = archive.namelist()
    archive.extractall(folder, [name for name in names if any(fnmatch.fnmatch(name, one) for one in wanted)])
";

/// Packages, and what is wanted of them.
pub(crate) struct Wheels<'a> {
    /// Such as `torch==2.13.0`.
    pub(crate) packages: &'a [&'a str],
    /// Whether the packages that they depend on are fetched as well.
    pub(crate) with_dependencies: bool,
    /// Patterns of the shell over whole paths in the packages, in which `*` also stands for slashes.
    pub(crate) wanted: &'a [&'a str],
}

impl Wheels<'_> {
    /// Fetches the packages with a Python of its own, unpacks what is wanted of all into one folder, and returns that. It
    /// lies in `work`, as all else. `remedy` goes before pip's own words where pip cannot get the packages.
    pub(crate) fn unpacked(&self, work: &Path, remedy: &str) -> Result<PathBuf> {
        let (environment, wheels, unpacked) = (work.join("venv"), work.join("wheels"), work.join("unpacked"));
        python::environment(&environment)?;
        let mut pip = Command::new(environment.join("bin/python"));
        pip.args(["-m", "pip", "download", "--quiet", "--only-binary=:all:"]);
        pip.args((!self.with_dependencies).then_some("--no-deps")).args(self.packages).arg("--dest").arg(&wheels);
        command::output(&mut pip).map_err(|error| anyhow!("{remedy}\n\n{error:#}"))?;
        self.unpack(&wheels, &unpacked)?;
        Ok(unpacked)
    }

    /// Unpacks all archives of a folder, and removes each: together, some need much room.
    fn unpack(&self, wheels: &Path, folder: &Path) -> Result<()> {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        for wheel in fs::read_dir(wheels).context("pip fetched nothing")? {
            let wheel = wheel?.path();
            let mut python = Command::new("python3");
            python.args(["-c", UNPACK]).arg(&wheel).arg(folder).args(self.wanted);
            command::output(&mut python).with_context(|| format!("cannot unpack {}", wheel.display()))?;
            fs::remove_file(&wheel).with_context(|| format!("cannot remove {}", wheel.display()))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::process::Command;

    use super::Wheels;
    use crate::command;

    #[test]
    fn all_archives_go_into_one_folder_with_what_is_wanted_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (wheels, unpacked) = (folder.path().join("wheels"), folder.path().join("unpacked"));
        fs::create_dir(&wheels).unwrap();
        for (wheel, files) in [("one.whl", ["one/lib/libone.so.1", "one/setup.py"]), ("two.whl", ["two/a/b.h", "x.h"])]
        {
            let source = folder.path().join(wheel);
            for file in files {
                let path = source.join(file);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, wheel).unwrap();
            }
            let mut zip = Command::new("python3");
            zip.args(["-m", "zipfile", "-c"])
                .arg(wheels.join(wheel))
                .args(["one", "two", "x.h"].iter().filter(|name| source.join(name).exists()));
            command::output(zip.current_dir(&source)).unwrap();
        }
        let wanted = Wheels { packages: &[], with_dependencies: false, wanted: &["one/*.so*", "two/*"] };
        wanted.unpack(&wheels, &unpacked).unwrap();
        assert_eq!(fs::read_to_string(unpacked.join("one/lib/libone.so.1")).unwrap(), "one.whl");
        assert_eq!(fs::read_to_string(unpacked.join("two/a/b.h")).unwrap(), "two.whl");
        assert!(!unpacked.join("one/setup.py").exists() && !unpacked.join("x.h").exists());
        assert_eq!(fs::read_dir(&wheels).unwrap().count(), 0);

        fs::write(wheels.join("torn.whl"), "PK").unwrap();
        let error = format!("{:#}", wanted.unpack(&wheels, &unpacked).unwrap_err());
        assert!(error.contains("torn.whl") && error.contains("not a zip file"), "{error}");
    }
}
