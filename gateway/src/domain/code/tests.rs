//! Holds the registry to the code, in both directions, and the table in docs/api.md to the registry.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::domain::code::CODES;

/// Texts that look like a code and are none: files, fields, events, domains.
const NO_CODES: [&str; 7] =
    ["default.toml", "gateway.db", "gateway.lock", "home.arpa", "job.succeeded", "params.fps", "webhook.secret"];
/// Faults that `intake::probe` and `intake::photo` turn into the gateway's own before a client sees them.
const INSIDE: [&str; 3] = ["audio.io", "image.io", "video.io"];
/// Codes put together from a kind and what is wrong.
const PUT_TOGETHER: [&str; 12] = [
    "audio.too_large",
    "image.too_large",
    "video.too_large",
    "photo.not_found",
    "audio.not_found",
    "video.not_found",
    "photo.in_use",
    "audio.in_use",
    "video.in_use",
    "photo.held",
    "audio.held",
    "video.held",
];

#[test]
fn the_registry_has_the_codes_that_the_code_has() {
    let known: BTreeSet<String> = CODES.iter().map(|code| code.name.to_owned()).collect();
    let used = used();
    let unknown: Vec<_> = used.difference(&known).collect();
    let unused: Vec<_> = known.difference(&used).collect();
    assert!(unknown.is_empty(), "add these to CODES, or to NO_CODES if they are none: {unknown:?}");
    assert!(unused.is_empty(), "nothing makes these any more, take them out of CODES: {unused:?}");
}

#[test]
fn the_registry_is_sorted_and_whole() {
    assert!(CODES.is_sorted_by(|one, next| one.name < next.name));
    for code in CODES {
        assert!(![code.seen, code.meaning, code.remedy].contains(&""), "{code:?}");
        let is_place = |word: &str| ["job", "warning"].contains(&word) || word.parse().is_ok_and(|n: u16| n >= 400);
        assert!(code.seen.split(", ").all(is_place), "{code:?}");
    }
}

#[test]
fn the_table_in_docs_is_up_to_date() {
    const MARKS: [&str; 2] = ["<!-- codes: written by a test -->\n", "<!-- end of codes -->"];
    let path = root().join("docs/api.md");
    let kept = fs::read_to_string(&path).unwrap();
    let (before, rest) = kept.split_once(MARKS[0]).expect("docs/api.md has the mark before the table");
    let (_, after) = rest.split_once(MARKS[1]).expect("docs/api.md has the mark after the table");
    let rows = CODES.iter().map(|c| format!("| `{}` | {} | {} | {} |\n", c.name, c.seen, c.meaning, c.remedy));
    let head = "| code | seen | meaning | remedy |\n|---|---|---|---|\n";
    let made = format!("{before}{}{head}{}{}{after}", MARKS[0], rows.collect::<String>(), MARKS[1]);
    if made != kept {
        fs::write(&path, made).unwrap();
        panic!("the table of codes in docs/api.md was not up to date and has been written anew: commit it");
    }
}

/// The codes in the sources of gateway and media, without their tests.
fn used() -> BTreeSet<String> {
    let settings = settings();
    let mut used: BTreeSet<String> = BTreeSet::new();
    let mut folders = vec![root().join("gateway/src"), root().join("media/src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                folders.push(path);
            } else if name.ends_with(".rs") && !["tests.rs", "codes.rs", "testing.rs", "fixtures.rs"].contains(&&*name)
            {
                let source = fs::read_to_string(&path).unwrap();
                let code = source.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
                let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
                used.extend(
                    lines
                        .flat_map(|line| line.split('"').skip(1).step_by(2))
                        .filter(|text| is_code(text))
                        .map(Into::into),
                );
                if code.contains("{kind}.too_large") {
                    used.extend(PUT_TOGETHER.map(Into::into));
                }
            }
        }
    }
    used.retain(|text| !NO_CODES.contains(&&**text) && !INSIDE.contains(&&**text) && !settings.contains(text));
    used
}

fn is_code(text: &str) -> bool {
    let is_word =
        |word: &str| !word.is_empty() && word.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_');
    text.split_once('.').is_some_and(|(family, what)| is_word(family) && is_word(what))
}

/// The keys of the configuration, which look like codes too.
fn settings() -> BTreeSet<String> {
    let text = fs::read_to_string(root().join("config/default.toml")).unwrap();
    let table: toml::Table = text.parse().unwrap();
    let keys = |(section, value): (&String, &toml::Value)| {
        let keys = value.as_table().into_iter().flat_map(|table| table.keys());
        keys.map(|key| format!("{section}.{key}")).collect::<Vec<_>>()
    };
    table.iter().flat_map(keys).collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}
