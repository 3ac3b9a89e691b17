//! The command line of the kit: what it lists, what it refuses, and whose inputs and settings it takes.

use std::process::Output;

use avatar_tests::{Site, portrait, speech};
use serde_json::Value;

use super::{TESTCARD, Tried};

#[test]
fn checks_are_listed_and_unknown_ones_refused() {
    let site = Site::new(&[], "");
    let listed = site.command(&["engines", "test", "--list", "--only", "seeds", "--json"]);
    let list: Value = serde_json::from_slice(&listed.stdout).unwrap();
    let names: Vec<_> = list.as_array().unwrap().iter().map(|check| check["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["seeds.same", "seeds.fresh", "seeds.other"]);

    let wrong = ["engines", "test", "testcard", "--only", "seed", "--params", "[1]", "--set", "x"];
    let refused = site.command(&wrong);
    assert_eq!(refused.status.code(), Some(2));
    for words in ["did you mean `seeds`?", "--params: it is no JSON object", "--set x: write it as --set name=value"] {
        assert!(error(&refused).contains(words), "{}", error(&refused));
    }
}

#[test]
fn a_plugin_that_is_not_there_is_told() {
    let site = Site::new(&["testcard"], "");
    for (plugin, words) in [("tescard", "did you mean `testcard`?"), ("./libx.so", "there is no file ./libx.so")] {
        let refused = site.command(&["engines", "test", plugin]);
        assert!(!refused.status.success() && error(&refused).contains(words), "{}", error(&refused));
    }
}

#[test]
fn an_authors_inputs_and_settings_are_taken() {
    let site = Site::new(&["puppet", "testcard"], "[engines.testcard]\nflaw = \"blank\"\n");
    let (photo, audio) = (portrait(&site.scratch()), speech(&site.scratch(), 0.6));
    let own = ["--photo", photo.to_str().unwrap(), "--audio", audio.to_str().unwrap()];
    let small = ["puppet", "--params", r#"{"max_size": 128, "fps": 10}"#, "--only", "rendering.completes"];
    let tried = Tried::of(&site, &[&small[..], &own].concat());
    tried.passes();
    assert!(
        tried.report["checks"][0]["measured"].as_str().unwrap().starts_with("6 frames of 128x128"),
        "{:#}",
        tried.report
    );

    let shows = [&TESTCARD[..], &["--only", "rendering.shows"]].concat();
    Tried::of(&site, &shows).fails_alone("rendering.shows");
    Tried::of(&site, &[&shows[..], &["--set", "flaw=null"]].concat()).passes();

    let text = site.scratch().join("notes.txt");
    std::fs::write(&text, "no picture").unwrap();
    let refused = site.command(&["engines", "test", "puppet", "--photo", text.to_str().unwrap()]);
    assert!(!refused.status.success() && error(&refused).contains("--photo "), "{}", error(&refused));
}

fn error(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
