//! Holds the rules of the house that no compiler knows: who may depend on whom, and how files look.
//!
//! Each message names the rule, every place that breaks it, and what to do.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

const LONGEST_FILE: usize = 500;

/// This file, which has to name what it looks for.
const ITSELF: &str = "tests/tidy.rs";

#[test]
fn dependencies_go_one_way() {
    let mut broken = Vec::new();
    for (folder, package) in crates() {
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let Some(target) = dependency["path"].as_str().map(|path| relative(Path::new(path))) else { continue };
            let in_tests = dependency["kind"] == "dev";
            if !may_depend(Role::of(&folder), Role::of(&target), in_tests) {
                broken.push(format!("{folder} -> {target}{}", if in_tests { " (in tests)" } else { "" }));
            }
        }
    }
    hold(
        "engines use engines/shared, media and engine-api; the gateway uses media and engine-api, and no engine even \
         in tests; media and engine-api use no crate of the workspace, samples none but in tests; engines/shared/pickle \
         and vision use none; and all but the tools use samples and prerequisites, and engines engines/shared/golden, in \
         tests alone",
        "move what both sides need down into media or engine-api, or reach the engine as a plugin",
        broken,
    );
}

#[test]
fn what_every_engine_shares_needs_no_backend() {
    let plain = [Role::SharedWithoutBackend, Role::ForTestsOfEngines];
    let mut broken = Vec::new();
    for (folder, package) in crates().into_iter().filter(|(folder, _)| plain.contains(&Role::of(folder))) {
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let name = dependency["name"].as_str().unwrap_or_default();
            if ["ort", "tch", "torch-sys"].contains(&name) {
                broken.push(format!("{folder} -> {name}"));
            }
        }
    }
    hold(
        "engines/shared/pickle, vision and golden name no library that runs networks, so that no engine links another's",
        "give and take plain numbers, and leave tensors of a backend to the crate that has that backend",
        broken,
    );
}

#[test]
fn every_crate_has_the_workspaces_lints() {
    let broken = crates().into_keys().filter(|folder| {
        let manifest = text(&root().join(folder).join("Cargo.toml"));
        !manifest.split("\n[").any(|table| table.starts_with("lints]\nworkspace = true"))
    });
    hold("every crate has the workspace's lints", "add `[lints]` with `workspace = true` to its Cargo.toml", broken);
}

#[test]
fn libraries_are_named_where_they_are_at_home() {
    let homes: [(&str, &[&str]); 3] = [
        ("abi_stable", &["engine-api/src/abi", "engine-api/tests/", ITSELF]),
        ("sqlx", &["gateway/src/store/", ITSELF]),
        ("axum", &["gateway/src/http/", "gateway/src/http.rs", ITSELF]),
    ];
    let sources = sources();
    for (library, homes) in homes {
        let broken =
            every_line(&sources).filter(|line| !line.is_in(homes) && line.names(library)).map(|line| line.place());
        hold(
            &format!("`{library}` is named only in {}", homes.join(", ")),
            "let that module offer what is needed in the project's own types",
            broken,
        );
    }
}

#[test]
fn unsafe_code_stands_at_the_boundary() {
    let homes = ["engine-api/src/abi", "engine-api/tests/abi_1_0/abi", "engine-api/tests/plugins/", ITSELF];
    let mut broken = Vec::new();
    for (file, source) in sources() {
        let mut previous = "";
        for (number, line) in source.lines().enumerate() {
            let line = Line { file: &file, number: number + 1, text: line };
            let pardoned = [line.text, previous].iter().any(|text| text.contains("allow(unsafe_code)] //"));
            // A word of the pages' security policy, and no code.
            let is_policy = line.text.contains("'unsafe-inline'");
            if line.names("unsafe") && !is_policy && !pardoned && !line.is_in(&homes) {
                broken.push(line.place());
            }
            previous = line.text;
        }
    }
    hold(
        "unsafe code stands in engine-api/src/abi* alone, or on a line that calls a C API",
        "find a safe way; or put `#[allow(…)] // reason` on the line above the call",
        broken,
    );
}

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

/// What a crate is to the others, by the folder that it lies in.
#[derive(Clone, Copy, PartialEq)]
enum Role {
    Contract,
    Media,
    Samples,
    SharedByEngines,
    /// Pickles and pixels: what engines of every backend share.
    SharedWithoutBackend,
    /// Comparing with golden sets.
    ForTestsOfEngines,
    Engine,
    Gateway,
    Tool,
    Prerequisites,
}

impl Role {
    fn of(folder: &str) -> Self {
        match folder {
            "engine-api" => Self::Contract,
            "media" => Self::Media,
            "samples" => Self::Samples,
            "gateway" => Self::Gateway,
            "tests" | "xtask" => Self::Tool,
            "tests/prerequisites" => Self::Prerequisites,
            "engines/shared/golden" => Self::ForTestsOfEngines,
            "engines/shared/pickle" | "engines/shared/vision" => Self::SharedWithoutBackend,
            _ if folder.starts_with("engines/shared/") => Self::SharedByEngines,
            _ if folder.starts_with("engines/") => Self::Engine,
            _ => panic!("give the crate in {folder} a role in tests/tidy.rs"),
        }
    }
}

fn may_depend(from: Role, on: Role, in_tests: bool) -> bool {
    use Role::*;
    match (from, on) {
        (Gateway, Contract | Media) => true,
        (Engine | SharedByEngines, Contract | Media | SharedByEngines | SharedWithoutBackend) => true,
        (Tool, Contract | Media | Samples | Prerequisites) => true,
        (Engine | SharedByEngines | SharedWithoutBackend, ForTestsOfEngines | Prerequisites) => in_tests,
        (Engine | SharedByEngines | Gateway, Samples) | (Gateway, Prerequisites) | (Samples, Media) => in_tests,
        _ => false,
    }
}

/// What cargo knows of every crate of the workspace, by the folder that it lies in.
fn crates() -> BTreeMap<String, Value> {
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version=1", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(metadata.status.success(), "{}", String::from_utf8_lossy(&metadata.stderr));
    let metadata: Value = serde_json::from_slice(&metadata.stdout).expect("cargo writes JSON");
    let packages = metadata["packages"].as_array().expect("a workspace has packages");
    let folder = |package: &Value| {
        let manifest = Path::new(package["manifest_path"].as_str()?);
        manifest.parent().map(relative)
    };
    packages.iter().map(|package| (folder(package).expect("a crate lies in a folder"), package.clone())).collect()
}

/// One line of one file.
struct Line<'a> {
    file: &'a str,
    number: usize,
    text: &'a str,
}

impl Line<'_> {
    fn is_in(&self, places: &[&str]) -> bool {
        places.iter().any(|place| self.file.starts_with(place))
    }

    /// Whether the code of the line, without its comment, has the word.
    fn names(&self, word: &str) -> bool {
        let code = match self.text.trim_start().starts_with("//") {
            true => "",
            false => self.text.split(" //").next().unwrap_or_default(),
        };
        words(code).any(|found| found == word)
    }

    fn has_word(&self, word: &str) -> bool {
        words(self.text).any(|found| found == word)
    }

    fn place(&self) -> String {
        format!("{}:{}: {}", self.file, self.number, self.text.trim())
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric() && letter != '_')
}

fn every_line(texts: &BTreeMap<String, String>) -> impl Iterator<Item = Line<'_>> {
    texts.iter().flat_map(|(file, text)| {
        text.lines().enumerate().map(move |(number, text)| Line { file, number: number + 1, text })
    })
}

/// Every Rust file of the workspace with its text.
fn sources() -> BTreeMap<String, String> {
    texts().into_iter().filter(|(file, _)| file.ends_with(".rs")).collect()
}

/// Every text that people write, by its path from the root.
fn texts() -> BTreeMap<String, String> {
    let kinds = ["rs", "toml", "md", "sql", "sh", "yml", "yaml", "html", "css", "js", "json", "run", "snap"];
    let mut texts = BTreeMap::new();
    let mut folders: Vec<PathBuf> = vec![root().into()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the repository can be read") {
            let path = entry.expect("the repository can be read").path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let written = path.extension().and_then(|kind| kind.to_str()).unwrap_or(name);
            if path.is_dir() {
                let made = [".git", "target", "data", "demo", "weights", "vendor"].contains(&name);
                folders.extend((!made).then_some(path));
            } else if kinds.contains(&written) {
                texts.insert(relative(&path), text(&path));
            }
        }
    }
    texts
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("this crate lies in the repository")
}

fn relative(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).to_string_lossy().into_owned()
}

fn hold(rule: &str, remedy: &str, broken: impl IntoIterator<Item = String>) {
    let broken: BTreeSet<String> = broken.into_iter().collect();
    let list = broken.iter().map(|place| format!("\n  {place}")).collect::<String>();
    assert!(broken.is_empty(), "\nrule: {rule}\nbroken by:{list}\nremedy: {remedy}\n");
}
