//! The process of the double of the Duix generator: its log, its port, its end.

use std::fs;
use std::process::{Command, Stdio};

use avatar_tests::{Behaviour, eventually};
use serde_json::json;

use crate::{MOMENT, Studio};

#[test]
fn requests_are_listed_also_after_a_restart() {
    let mut studio = Studio::new(&Behaviour::default());
    studio.run("a");
    let address = studio.generator.address().to_owned();
    studio.generator.restart(&Behaviour { busy: 1, ..Behaviour::default() });
    assert_eq!(studio.generator.address(), address);
    assert_eq!(studio.query("a")["code"], 10004, "a restart forgets");
    studio.submit(&json!({"audio_url": "voice.wav", "video_url": "face.mp4", "code": "b"}));

    assert_eq!(studio.generator.submitted(), ["a", "b"]);
    let answers = studio.generator.answers("a");
    let ends = answers.iter().filter(|answer| answer["data"]["status"] == 2).count();
    assert_eq!((ends, &answers[answers.len() - 1]["code"]), (1, &json!(10004)));
    let requests = studio.generator.requests();
    let (first, last) = (&requests[0], &requests[requests.len() - 1]);
    assert_eq!((&first["method"], &first["path"]), (&json!("POST"), &json!("/easy/submit")));
    assert_eq!(first["headers"]["content-type"], "application/json");
    assert_eq!((&first["status"], &first["answer"]["msg"]), (&json!(200), &json!(10000)));
    assert_eq!(last["answer"]["code"], 10001);
    assert_eq!(requests[1]["query"], "code=a");
}

#[test]
fn a_killed_double_forgets_and_leaves_its_files() {
    let mut studio = Studio::new(&Behaviour { wedge: 1, ..Behaviour::default() });
    studio.accepted("a");
    studio.reached("a", 20);
    studio.generator.kill();
    assert!(std::net::TcpStream::connect(studio.generator.address()).is_err());
    studio.generator.restart(&Behaviour::default());
    assert_eq!(studio.query("a")["code"], 10004);
    assert!(studio.has("a_format.mp4") && !studio.has("a-r.mp4"));
    assert_eq!(studio.run("a")["data"]["status"], 2);
}

#[test]
fn it_ends_when_its_owner_does() {
    let folder = tempfile::tempdir().unwrap();
    let mut process = Command::new(env!("CARGO_BIN_EXE_duix-generator"))
        .args(["--listen", "127.0.0.1:0", "--until-stdin-closes", "--step-ms", "5", "--fail-message", "no", "--data"])
        .arg(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    assert!(process.try_wait().unwrap().is_none());
    drop(process.stdin.take());
    eventually("it ends", MOMENT, || process.try_wait().unwrap());
    assert!(fs::exists(folder.path().join("temp")).unwrap(), "the container has it from the start");
}

#[test]
fn its_command_line_is_checked() {
    let fault = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_duix-generator")).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(fault(&[]).contains("`--data` is missing"));
    assert!(fault(&["--data", "x", "--wegde", "1"]).contains("wegde"));
    assert!(fault(&["--data", "x", "--wedge"]).contains("needs a value"));
}
