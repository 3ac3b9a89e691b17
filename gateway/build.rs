//! Migrations are compiled in; a new one must rebuild the crate. So are the sources of `engine-api`, which `avatar-gateway
//! engines new` puts into the crates that it writes.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

const CONTRACT: &str = "../engine-api/src";

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-changed=../migrations");
    println!("cargo:rerun-if-changed={CONTRACT}");
    let root = fs::canonicalize(CONTRACT)?;
    let mut sources = files(&root)?;
    sources.sort();
    let mut list = String::from("[\n");
    for source in sources {
        let name = Path::new("src").join(source.strip_prefix(&root).map_err(io::Error::other)?);
        writeln!(list, "    ({name:?}, include_str!({source:?})),").map_err(io::Error::other)?;
    }
    list.push_str("]\n");
    let out = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo sets OUT_DIR"))?;
    fs::write(Path::new(&out).join("engine_api_sources.rs"), list)
}

/// Every file below a folder.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    Ok(found)
}
