//! The binary's other commands: exit status 0 only on success, and otherwise a remedy on stderr.

use std::process::Output;

use avatar_tests::Site;

#[test]
fn engines_check_succeeds_only_if_every_engine_is_ready() {
    let site = Site::new(&["testcard"], "");
    let good = site.command(&["engines", "check"]);
    assert!(good.status.success(), "{}", error(&good));
    assert!(String::from_utf8_lossy(&good.stdout).contains("testcard"));

    site.add_odd_plugin("no_plugin");
    let bad = site.command(&["engines", "check"]);
    assert!(!bad.status.success());
    assert!(String::from_utf8_lossy(&bad.stdout).contains("exports no engine"));
}

#[test]
fn a_wrong_configuration_is_refused_with_all_its_faults() {
    let site = Site::new(&[], "[server]\nlisten = \"0.0.0.0\"\n[storage]\ndata = \"x\"\n");
    let refused = site.command(&["serve", "--config", "config.toml"]);
    assert!(!refused.status.success());
    for words in ["server.listen", "storage.data", "line 4"] {
        assert!(error(&refused).contains(words), "{words}: {}", error(&refused));
    }
}

#[test]
fn a_data_folder_is_used_by_one_gateway() {
    let site = Site::new(&[], "");
    let _first = site.start();
    let second = site.command(&["serve", "--listen", "127.0.0.1:0"]);
    assert!(!second.status.success());
    assert!(error(&second).contains("another gateway uses"), "{}", error(&second));
}

fn error(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
