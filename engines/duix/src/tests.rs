//! The parts that need no generator; the whole way is tested end to end, against a double of one.

use std::fs;

use engine_api::{Setup, describe};
use serde_json::{Map, json};

use super::*;
use crate::share::Note;

const JOB: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

fn options(folder: &std::path::Path) -> Options {
    let options = Map::from_iter([("data_dir".to_owned(), json!(folder))]);
    Options::read(&Setup { options, ..Setup::default() }).unwrap()
}

#[test]
fn the_schema_tells_the_generators_defaults_under_names_that_people_know() {
    let params = describe::<Duix>().params;
    let default = |name: &str| params["properties"][name]["default"].clone();
    let defaults = ["super_resolution", "watermark", "ping_pong"].map(default);
    assert_eq!(defaults, [json!(false), json!(false), json!(true)]);
    let parsed: Params = serde_json::from_value(json!({})).unwrap();
    assert_eq!(parsed, Params::default());
}

#[test]
fn options_that_cannot_be_are_named() {
    let refused = |name: &str, value: serde_json::Value| {
        let options = Map::from_iter([(name.to_owned(), value)]);
        Options::read(&Setup { options, ..Setup::default() }).unwrap_err().message
    };
    assert!(refused("poll_seconds", json!(0)).contains("poll_seconds"));
    assert!(refused("urls", json!(["ftp://x"])).contains("ftp://x"));
    assert!(refused("input_paths", json!("relative")).contains("relative"));
    assert!(refused("ulr", json!("x")).contains("ulr"));
}

#[test]
fn a_note_outlives_whoever_wrote_it_and_keeps_others_out() {
    let folder = tempfile::tempdir().unwrap();
    let share = Share::open(&options(folder.path())).unwrap();
    let mut claim = share.claim(JOB).unwrap();
    assert_eq!(claim.note(), None);
    assert!(share.claim(JOB).is_err(), "an attempt works on it");
    let long = Note { code: claim.new_code(), url: "http://a".repeat(99), result: None };
    claim.write(&long).unwrap();
    let note = Note { url: "http://a".into(), result: Some("/x-r.mp4".into()), ..long };
    claim.write(&note).unwrap();
    drop(claim);

    let mut claim = share.claim(JOB).unwrap();
    assert_eq!(claim.note(), Some(note.clone()));
    fs::write(claim.file(&format!("{}-r.mp4", note.code)), "video").unwrap();
    fs::create_dir(claim.file(&note.code)).unwrap();
    claim.clear();
    assert_eq!(fs::read_dir(folder.path().join("temp")).unwrap().count(), 0);
}

#[test]
fn a_result_is_one_of_the_jobs_own_files_or_none() {
    let folder = tempfile::tempdir().unwrap();
    let claim = Share::open(&options(folder.path())).unwrap().claim(JOB).unwrap();
    let own = format!("avatar-{JOB}-1f-r.mp4");
    assert_eq!(claim.result(&format!("/{own}")), Some(folder.path().join("temp").join(&own)));
    for name in
        ["/etc/passwd", "", "/", "..", "../avatar-x-r.mp4", "/avatar-01890a5d-ac96-774b-bcce-b302099a8058-1-r.mp4"]
    {
        assert_eq!(claim.result(name), None, "{name:?}");
    }
}

#[test]
fn a_sweep_takes_what_nobody_waits_for() {
    let folder = tempfile::tempdir().unwrap();
    let share = Share::open(&options(folder.path())).unwrap();
    let claim = share.claim(JOB).unwrap();
    let other = "01890a5d-ac96-774b-bcce-b302099a8058";
    let names = [format!("avatar-{JOB}-1-r.mp4"), format!("avatar-{other}-1-r.mp4"), "somebody-elses.mp4".to_owned()];
    for name in &names {
        fs::write(share.file(name), "x").unwrap();
    }
    fs::create_dir(share.file(&format!("avatar-{other}-1"))).unwrap();
    share.sweep();
    assert!(share.file(&names[0]).exists(), "its job is worked on");
    assert!(!share.file(&names[1]).exists() && !share.file(&format!("avatar-{other}-1")).exists());
    assert!(share.file(&names[2]).exists(), "it is not ours");
    drop(claim);
}

#[test]
fn a_folder_that_is_not_there_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let missing = options(&folder.path().join("missing"));
    assert!(Share::check(&missing).unwrap_err().contains("missing"));
    let setup = Setup {
        options: Map::from_iter([("data_dir".to_owned(), json!(folder.path().join("missing")))]),
        ..Setup::default()
    };
    assert!(matches!(Duix::check(&setup), Readiness::Failed { reason, .. } if reason.contains("missing")));
}
