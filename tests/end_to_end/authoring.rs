//! The crate that `avatar-gateway engines new` writes: built apart from this workspace, tested, and rendering.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use avatar_tests::{Site, portrait, speech};
use serde_json::{Value, json};

use crate::MOMENT;

#[test]
fn a_new_crate_builds_by_itself_and_renders() {
    let site = Site::new(&[], "");
    let written = site.command(&["engines", "new", "talking-head", "--dir", "crates"]);
    assert!(written.status.success(), "{}", text(&written));
    let crates = site.config().with_file_name("crates");
    let folder = crates.join("talking-head");
    let locked = packages(&folder);

    cargo(&folder, &["fmt", "--check"]);
    cargo(&folder, &["clippy", "--offline", "--all-targets", "--", "-D", "warnings"]);
    let tested = cargo(&folder, &["test", "--offline"]);
    assert!(text(&tested).contains("6 passed"), "{}", text(&tested));
    cargo(&folder, &["build", "--offline"]);
    // Nothing was looked for anew: the versions are those of this workspace.
    assert!(packages(&folder).is_subset(&locked), "{:?}", packages(&folder).difference(&locked));

    let library = target().join("debug/libengine_talking_head.so");
    fs::copy(library, site.engines().join("libengine_talking_head.so")).unwrap();
    let check = site.command(&["engines", "check", "--json"]);
    let entries: Value = serde_json::from_slice(&check.stdout).unwrap();
    assert!(check.status.success(), "{entries}");
    assert_eq!(
        (&entries[0]["id"], &entries[0]["readiness"]["state"], &entries[0]["warnings"]),
        (&json!("talking-head"), &json!("ready"), &json!([]))
    );

    let gateway = site.start();
    let photo = gateway.uploaded("photos", &portrait(&site.scratch()));
    let audio = gateway.uploaded("audio", &speech(&site.scratch(), 1.0));
    let params = json!({"width": 128, "height": 96, "fps": 10});
    let job = json!({"engine": "talking-head", "photo_id": photo, "audio_id": audio, "params": params});
    let job = gateway.finished(&gateway.submit(&job), MOMENT);
    assert_eq!((&job["state"], &job["video"]["frames"]), (&json!("succeeded"), &json!(10)), "{job}");
    assert_eq!((&job["video"]["width"], &job["video"]["height"]), (&json!(128), &json!(96)), "{job}");
}

#[test]
fn a_name_that_no_engine_can_have_is_refused() {
    let site = Site::new(&[], "");
    for (name, words) in [("TalkingHead", "did you mean `talkinghead`?"), ("dir", "is a setting of the gateway")] {
        let refused = site.command(&["engines", "new", name, "--dir", "crates"]);
        assert!(!refused.status.success() && text(&refused).contains(words), "{}", text(&refused));
    }
    let again = || site.command(&["engines", "new", "net"]);
    assert!(again().status.success());
    assert!(!again().status.success() && text(&again()).contains("net is there already"), "{}", text(&again()));
}

/// Runs cargo in a crate, with a target folder that is kept for the next time.
fn cargo(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO"));
    command.args(arguments).current_dir(folder).env("CARGO_TARGET_DIR", target());
    let done = command.output().expect("cargo runs");
    assert!(done.status.success(), "cargo {}: {}", arguments.join(" "), text(&done));
    done
}

fn target() -> PathBuf {
    let exe = env::current_exe().expect("a test knows its own path");
    exe.ancestors().nth(3).expect("it lies in <target>/<profile>/deps").join("authoring")
}

/// The crates that a lock file names, with their versions.
fn packages(folder: &Path) -> BTreeSet<(String, String)> {
    let text = fs::read_to_string(folder.join("Cargo.lock")).expect("it has a lock file");
    let value = |line: &str, field: &str| Some(line.strip_prefix(field)?.trim_matches('"').to_owned());
    let lines: Vec<&str> = text.lines().collect();
    let pairs = lines.windows(2).filter_map(|pair| Some((value(pair[0], "name = ")?, value(pair[1], "version = ")?)));
    pairs.collect()
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
