//! How files look: their first line, length, name and words.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::line::every_line;
use crate::product::roots;
use crate::rule::hold;
use crate::workspace::{root, sources, texts};

const LONGEST_FILE: usize = 400;

#[test]
fn files_say_what_they_are() {
    let broken = sources().into_iter().filter(|(_, source)| !source.starts_with("//! ")).map(|(file, _)| file);
    hold("the first line of a file says what it is", "begin it with a `//!` sentence", broken);
}

#[test]
fn files_hold_one_idea() {
    let broken = sources().into_iter().map(|(file, source)| (file, source.lines().count()));
    let broken =
        broken.filter(|(_, lines)| *lines > LONGEST_FILE).map(|(file, lines)| format!("{file}: {lines} lines"));
    hold(&format!("no file is longer than {LONGEST_FILE} lines"), "split it by idea", broken);
}

#[test]
fn files_are_part_of_something() {
    let (roots, sources) = (roots(), sources());
    let named: BTreeSet<PathBuf> = sources.iter().flat_map(|(file, source)| paths(Path::new(file), source)).collect();
    let broken = sources.keys().filter(|file| {
        let path = Path::new(file.as_str());
        let (Some(name), Some(folder)) = (path.file_stem().and_then(OsStr::to_str), path.parent()) else { return true };
        // A folder of its own may have its module in `mod.rs`.
        let (module, folder) = match (name, folder.file_name().and_then(OsStr::to_str), folder.parent()) {
            ("mod", Some(module), Some(parent)) => (module, parent),
            _ => (name, folder),
        };
        let is_beside = |other: &Path| other.parent() == Some(folder) || other == folder.with_extension("rs");
        let declared = format!("mod {module};");
        let declares = |source: &str| source.lines().any(|line| line.ends_with(&declared) && !line.contains("//"));
        let is_module = sources.iter().any(|(other, source)| is_beside(Path::new(other)) && declares(source));
        !(is_module || named.contains(path) || roots.contains(*file))
    });
    hold(
        "every file of code belongs to a library, a program, a test or a bench",
        "name it by a `mod` where it belongs, or delete it",
        broken.cloned(),
    );
}

/// The files that a file names by `#[path = "…"]`.
fn paths(file: &Path, source: &str) -> Vec<PathBuf> {
    let written = source.split("#[path = \"").skip(1).filter_map(|rest| rest.split('"').next());
    let from_root = |path: &str| {
        let mut whole = file.parent().map(Path::to_owned).unwrap_or_default();
        for part in Path::new(path) {
            match part.to_str() {
                Some("..") => drop(whole.pop()),
                _ => whole.push(part),
            }
        }
        whole
    };
    written.map(from_root).collect()
}

#[test]
fn files_have_names_that_say_what_they_hold() {
    let vague = ["util", "utils", "helper", "helpers", "common", "manager", "misc"];
    let broken = sources()
        .into_keys()
        .filter(|file| Path::new(file).with_extension("").iter().any(|part| vague.iter().any(|name| part == *name)));
    hold(
        &format!("no file is named {}", vague.join(", ")),
        "name it after the noun of the field that it holds",
        broken,
    );
}

#[test]
fn nothing_is_left_for_later() {
    let marks = [["TO", "DO"].concat(), ["FIX", "ME"].concat(), ["X", "XX"].concat()];
    let texts = texts();
    let broken =
        every_line(&texts).filter(|line| marks.iter().any(|mark| line.has_word(mark))).map(|line| line.place());
    hold("nothing is left for later", "do it now, or describe the limit where users read of it", broken);
}

#[test]
fn no_file_knows_its_machine() {
    let folders = ["work", "root", "home"].map(|folder| format!("/{folder}/"));
    let hosts = ["crates.%", "static.crates.%", "pypi.@", "pythonhosted.@", "npmjs.@", "deb.debian.@"]
        .map(|host| host.replace('%', "io").replace('@', "org"));
    let texts = texts();
    let broken = every_line(&texts).filter(|line| {
        let absolute = |folder: &String| {
            line.text.match_indices(folder).any(|(at, _)| {
                !line.text[..at].ends_with(|before: char| before.is_alphanumeric() || "_-.})$".contains(before))
            })
        };
        folders.iter().any(absolute) || hosts.iter().any(|host| line.text.contains(host))
    });
    hold(
        "no file names a path of one machine or the host of a package registry",
        "take paths from the configuration or the environment, and packages through their client",
        broken.map(|line| line.place()),
    );
}

#[test]
fn commands_in_documents_work_on_old_systems() {
    let texts = texts();
    let lines = every_line(&texts).filter(|line| line.file.ends_with(".md") && line.has_word("curl"));
    let broken = lines.filter(|line| line.text.contains(" --json")).map(|line| line.place());
    hold(
        "documents ask curl for nothing that Ubuntu 22.04's does not know (7.81, without `--json`)",
        "send JSON with `-H 'content-type: application/json' -d`",
        broken,
    );
}

#[test]
fn links_between_documents_lead_somewhere() {
    let mut broken = Vec::new();
    for (file, text) in texts() {
        if !file.ends_with(".md") {
            continue;
        }
        let folder = root().join(&file).parent().expect("a file lies in a folder").to_owned();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let path = target.split('#').next().unwrap_or_default();
            if !path.is_empty() && !target.contains("://") && !folder.join(path).exists() {
                broken.push(format!("{file}: {target}"));
            }
        }
    }
    hold("relative links in documents lead to files", "correct the path", broken);
}
