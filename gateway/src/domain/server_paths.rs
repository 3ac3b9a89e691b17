//! Paths of this machine in sentences that clients read: they name files relative to the folders that the operator
//! configured, or by their names alone. The log keeps the whole.

use std::cmp::Reverse;
use std::fs;
use std::path::Path;

/// The folders that sentences name files relative to.
#[derive(Debug, Clone, Default)]
pub struct ServerPaths(Vec<Folder>);

#[derive(Debug, Clone)]
struct Folder {
    /// Its absolute path, as a sentence may write it.
    written: String,
    /// What stands for the folder itself.
    itself: &'static str,
    /// What stands before the paths of what lies in it.
    before: &'static str,
}

/// A folder of the operator's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The data folder: what lies in it is told by its path in it.
    Data,
    /// The folder of the plugins.
    Engines,
    /// A folder of weights.
    Weights,
    /// The folder that clients' own paths begin at.
    Files,
}

impl ServerPaths {
    /// Has files in these folders told relative to them. Looks at the disk, to know each folder by its links as well.
    pub fn new<'a>(folders: impl IntoIterator<Item = (Place, &'a Path)>) -> Self {
        let mut written = Vec::new();
        for (place, folder) in folders {
            let (itself, before) = match place {
                Place::Data => ("the data folder", ""),
                Place::Engines => ("engines", "engines/"),
                Place::Weights => ("weights", "weights/"),
                Place::Files => ("files", "files/"),
            };
            let ways = [std::path::absolute(folder).ok(), fs::canonicalize(folder).ok()];
            // As it is displayed, and as the debug form writes it between quotes.
            let ways = ways.into_iter().flatten().flat_map(|path| [path.display().to_string(), format!("{path:?}")]);
            let ways = ways.map(|way| way.trim_matches('"').trim_end_matches('/').to_owned());
            written.extend(ways.filter(|way| !way.is_empty()).map(|written| Folder { written, itself, before }));
        }
        // Of two folders one in the other, the inner one is looked for first.
        written.sort_by_key(|folder| Reverse(folder.written.len()));
        Self(written)
    }

    /// The sentence as clients may read it.
    pub fn hide(&self, sentence: &str) -> String {
        let mut told = String::with_capacity(sentence.len());
        let mut rest = sentence;
        while let Some(start) = rest.find('/') {
            let (before, path) = rest.split_at(start);
            told.push_str(before);
            rest = self.tell_path(path, &mut told);
        }
        told + rest
    }

    /// Tells what begins with a slash, up to its end; returns what follows.
    fn tell_path<'a>(&self, path: &'a str, told: &mut String) -> &'a str {
        if let Some((shown, below)) = self.0.iter().find_map(|folder| folder.told(path)) {
            told.push_str(shown);
            return &below[tail(below, told)..];
        }
        // `file:///x` is a path, and any other `scheme://` an address.
        if path.starts_with("//") && told.ends_with("file:") {
            return path.trim_start_matches("//");
        }
        let last = told.chars().next_back();
        let end = match last {
            Some(quote @ ('"' | '\'' | '`')) => path.find(quote),
            _ => path.find(is_end),
        };
        let (path, rest) = path.split_at(end.unwrap_or(path.len()));
        let begins = last.is_none_or(|c| c.is_whitespace() || is_end(c) || "([{=!?".contains(c));
        told.push_str(if begins { shortened(path) } else { path });
        rest
    }
}

/// Passes the path behind a known folder on as it is, so that its own slashes begin nothing; returns its length.
fn tail(below: &str, told: &mut String) -> usize {
    let end = below.find(is_end).unwrap_or(below.len());
    told.push_str(&below[..end]);
    end
}

impl Folder {
    /// What is told in the place of the folder, and what follows it, if `path` is it or lies in it.
    fn told<'a>(&self, path: &'a str) -> Option<(&'static str, &'a str)> {
        let below = path.strip_prefix(&self.written)?;
        let inside = below.trim_start_matches('/');
        if inside.chars().next().is_none_or(is_end) {
            return Some((self.itself, inside));
        }
        // Not another folder whose name begins alike.
        (inside.len() < below.len()).then_some((self.before, inside))
    }
}

fn is_end(c: char) -> bool {
    c.is_whitespace() || "\"'`)]}<>,;|:".contains(c)
}

/// The name at the end of a path of this machine. The gateway's own addresses and single names, which tell nothing of it,
/// stay.
fn shortened(path: &str) -> &str {
    let bare = path.trim_end_matches('/');
    match bare.rsplit_once('/') {
        Some((folder, name)) if !folder.is_empty() && !bare.starts_with("//") && !bare.starts_with("/v1/") => name,
        _ => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hide(sentence: &str) -> String {
        let folders = [
            (Place::Data, "/srv/avatar data"),
            (Place::Engines, "/opt/engines/"),
            (Place::Weights, "/opt/engines/weights"),
            (Place::Files, "/srv/avatar data/ditto"),
        ];
        ServerPaths::new(folders.map(|(place, folder)| (place, Path::new(folder)))).hide(sentence)
    }

    #[test]
    fn files_in_the_operators_folders_are_told_relative_to_them() {
        for (whole, told) in [
            ("/srv/avatar data/work/j-1/engine/clip.rgb: No space left", "work/j-1/engine/clip.rgb: No space left"),
            ("/srv/avatar data/ditto/outputs/x.wav is not there", "files/outputs/x.wav is not there"),
            ("cannot write /srv/avatar data: read-only", "cannot write the data folder: read-only"),
            (
                "missing: /opt/engines/weights/a/b.onnx, /opt/engines/libx.so",
                "missing: weights/a/b.onnx, engines/libx.so",
            ),
            ("in \"/srv/avatar data/photos/p.png\"", "in \"photos/p.png\""),
            ("file:///srv/avatar data/x and file:/opt/engines/y", "file:x and file:engines/y"),
            ("path=/opt/engines/weights/, twice /opt/engines", "path=weights, twice engines"),
        ] {
            assert_eq!(hide(whole), told);
        }
    }

    #[test]
    fn other_files_are_told_by_their_names() {
        for (whole, told) in [
            (
                "thread 'x' panicked at /build/registry/src/foo-1.0/src/lib.rs:10:5:",
                "thread 'x' panicked at lib.rs:10:5:",
            ),
            ("open(\"/srv/my models/net.pt\") failed", "open(\"net.pt\") failed"),
            ("/srv/avatar data2/x", "avatar data2/x"),
            ("/usr/lib/libc.so.6(abort+0x1) [0x7f]", "libc.so.6(abort+0x1) [0x7f]"),
            ("a|/tmp/a/b|/tmp/c/", "a|b|c"),
        ] {
            assert_eq!(hide(whole), told);
        }
    }

    #[test]
    fn what_is_no_path_of_this_machine_stays() {
        for sentence in [
            "",
            "/",
            "25/30 frames at 3 MB/s, and/or image/png",
            "http://127.0.0.1:8383/easy/submit answered 500; see https://example.org/a/b",
            "engines/testcard/src/fault.rs:128:24 and ./a/b and ../c",
            "see /engines, /v1/jobs/1/video and /docs",
            "1 / 2 // 3",
        ] {
            assert_eq!(hide(sentence), sentence);
        }
    }

    #[test]
    fn a_folder_is_known_by_where_its_links_lead_as_well() {
        let place = tempfile::tempdir().unwrap();
        let real = fs::canonicalize(place.path()).unwrap().join("real");
        fs::create_dir(&real).unwrap();
        let link = place.path().join("data");
        std::os::unix::fs::symlink(&real, &link).unwrap();
        let paths = ServerPaths::new([(Place::Data, link.as_path())]);
        assert_eq!(paths.hide(&format!("{}/a and {}/b", link.display(), real.display())), "a and b");
    }
}
