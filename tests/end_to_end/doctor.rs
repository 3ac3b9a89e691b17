//! `avatar-gateway doctor`: what is in order, what is not, and what to do about it.

use std::fs;
use std::net::TcpListener;

use avatar_tests::Site;
use serde_json::Value;

#[test]
fn a_healthy_site_is_told_so() {
    let site = Site::new(&["testcard"], "[server]\nlisten = \"127.0.0.1:0\"\n[engines]\ndefault = \"testcard\"\n");
    let answer = site.command(&["doctor", "--config", "config.toml"]);
    let text = String::from_utf8(answer.stdout).unwrap();
    assert!(answer.status.success() && text.contains("All is well."), "{text}");
    for check in
        ["configuration", "address", "handles", "data folder", "database", "FFmpeg", "fences", "engines", "devices"]
    {
        assert!(text.contains(check), "{check} is not in\n{text}");
    }
    assert!(!text.contains('\u{1b}'), "no colours where nobody sees them");
}

#[test]
fn what_is_wrong_comes_with_a_remedy() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let config = format!("[server]\nlisten = \"{}\"\n", taken.local_addr().unwrap());
    let site = Site::new(&["testcard"], &config);
    fs::create_dir_all(site.data()).unwrap();
    fs::write(
        site.data().join("gateway.db"),
        "a diary, not a database, and long enough to be taken for one".repeat(20),
    )
    .unwrap();
    site.add_odd_plugin("no_plugin");
    let answer = site.command(&["doctor", "--config", "config.toml", "--json"]);
    assert!(!answer.status.success());
    let findings: Vec<Value> = serde_json::from_slice(&answer.stdout).unwrap();
    let level = |check: &str| -> Vec<&str> {
        let of = findings.iter().filter(|finding| finding["check"] == check);
        of.map(|finding| finding["level"].as_str().unwrap()).collect()
    };
    assert_eq!((level("address"), level("database")), (vec!["failure"], vec!["failure"]), "{findings:?}");
    assert!(level("engines").contains(&"ok") && level("engines").contains(&"failure"), "no puppet: {findings:?}");
    for finding in findings.iter().filter(|finding| finding["level"] != "ok") {
        assert!(!finding["remedy"].as_str().unwrap().is_empty(), "{finding}");
    }

    let wrong = Site::new(&[], "[server]\nlistn = 1\nopen = 1\n").command(&["doctor", "--config", "config.toml"]);
    let text = String::from_utf8(wrong.stdout).unwrap();
    assert!(!wrong.status.success() && text.contains("server.open") && text.contains("listn"), "{text}");

    let exposed = Site::new(&["testcard"], "[server]\nlisten = \"0.0.0.0:0\"\n[engines]\ndefault = \"testcard\"\n");
    let told = exposed.command(&["doctor", "--config", "config.toml"]);
    let text = String::from_utf8(told.stdout).unwrap();
    assert!(!told.status.success() && text.contains("can be reached from other machines"), "{text}");
}

#[test]
fn without_its_worker_a_gateway_says_what_is_missing() {
    let site = Site::new(&["testcard"], "[server]\nlisten = \"127.0.0.1:0\"\n");
    let refused = site.command_without_worker(&["serve", "--config", "config.toml"]);
    let told = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success(), "{told}");
    assert!(told.contains("avatar-worker") && told.contains("install it beside"), "{told}");

    let answer = site.command_without_worker(&["doctor", "--config", "config.toml", "--json"]);
    let findings: Vec<Value> = serde_json::from_slice(&answer.stdout).unwrap();
    let worker: Vec<&Value> = findings.iter().filter(|finding| finding["check"] == "worker").collect();
    assert!(!answer.status.success() && worker.len() == 1, "{findings:?}");
    assert!(worker[0]["message"].as_str().unwrap().contains("install it beside"), "{findings:?}");
}
