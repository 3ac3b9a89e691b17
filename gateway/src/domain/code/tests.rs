//! Holds the registry to its form, and the table in docs/api.md to the registry.

use std::fs;
use std::path::Path;

use crate::domain::code::stored::StoredCode;
use crate::domain::code::{Code, Seen};

#[test]
fn the_registry_is_sorted_and_whole() {
    assert!(Code::ALL.is_sorted_by(|one, next| one.as_str() < next.as_str()));
    for code in Code::ALL {
        let entry = code.entry();
        let is_word = |word: &str| word.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_');
        assert!(entry.name.split_once('.').is_some_and(|(family, what)| is_word(family) && is_word(what)), "{entry:?}");
        assert!(!entry.meaning.is_empty() && !entry.remedy.is_empty() && !entry.seen.is_empty(), "{entry:?}");
        let is_error = |seen: &Seen| !matches!(seen, Seen::Status(status) if !(400..600).contains(status));
        assert!(entry.seen.iter().all(is_error), "{entry:?}");
    }
}

#[test]
fn every_code_is_known_by_its_name() {
    for code in Code::ALL {
        assert_eq!(code.as_str().parse::<Code>().unwrap(), *code);
        assert_eq!(serde_json::from_value::<Code>(serde_json::json!(code)).unwrap(), *code);
    }
    assert!("engine.tired".parse::<Code>().is_err() && serde_json::from_str::<Code>("\"ok\"").is_err());
}

#[test]
fn a_word_of_another_version_is_told_as_it_stands() {
    for word in ["engine.panic", "engine.tired", ""] {
        let stored: StoredCode = word.parse().unwrap();
        let read: StoredCode = serde_json::from_value(serde_json::json!(word)).unwrap();
        assert_eq!((stored.as_str(), serde_json::json!(&read)), (word, serde_json::json!(word)));
        assert_eq!(
            (stored == Code::EnginePanic, read.known().is_some()),
            (word == "engine.panic", word == "engine.panic")
        );
    }
}

#[test]
fn the_table_in_docs_is_up_to_date() {
    const MARKS: [&str; 2] = ["<!-- codes: written by a test -->\n", "<!-- end of codes -->"];
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/api.md");
    let kept = fs::read_to_string(&path).unwrap();
    let (before, rest) = kept.split_once(MARKS[0]).expect("docs/api.md has the mark before the table");
    let (_, after) = rest.split_once(MARKS[1]).expect("docs/api.md has the mark after the table");
    let rows = Code::ALL.iter().map(|code| {
        let entry = code.entry();
        let seen = entry.seen.iter().map(Seen::to_string).collect::<Vec<_>>().join(", ");
        format!("| `{}` | {seen} | {} | {} |\n", entry.name, entry.meaning, entry.remedy)
    });
    let head = "| code | seen | meaning | remedy |\n|---|---|---|---|\n";
    let made = format!("{before}{}{head}{}{}{after}", MARKS[0], rows.collect::<String>(), MARKS[1]);
    if made != kept {
        fs::write(&path, made).unwrap();
        panic!("the table of codes in docs/api.md was not up to date and has been written anew: commit it");
    }
}
