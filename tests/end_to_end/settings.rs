//! What an operator is told of the settings: by the log of a gateway that starts all the same, by `config`, by `doctor`.

use std::fs;

use avatar_tests::{Gateway, Launch, Site, eventually};

use crate::MOMENT;

/// What a start, a reload, `doctor` and `config check` all tell about these settings.
const STRANGE: &str = "[server]\nopne = true\n[engines]\ndefault = \"testcrad\"\n[engines.pupet]\ndevice = \"cpu\"\n\
                       [facades.ditto]\nengine = \"dito\"\n";
const TOLD: [&str; 4] = [
    "did you mean server.open?",
    "the default engine `testcrad` is not in",
    "[engines.pupet]",
    "facades.ditto: its engine `dito` is not in",
];

#[test]
fn a_gateway_starts_with_what_it_can_work_without_and_says_what_doctor_says() {
    let site = Site::new(&["testcard"], STRANGE);
    let variables = [("AVATAR_GATEWAY_SERVER_LISTEN", "127.0.0.1:1"), ("RUST_LOG", "info,=x=y")];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let gateway = site.start_as(&Launch { variables, ..Launch::default() });
    let of_variables = ["did you mean AVATAR_GATEWAY__SERVER__LISTEN?", "RUST_LOG: \"info,=x=y\" is no filter"];
    warned_of(&gateway, &[&TOLD[..], &of_variables[..]].concat(), 1);
    assert_eq!(gateway.get("/livez").status, 200);
    gateway.hang_up();
    warned_of(&gateway, &[&TOLD[..], &of_variables[..]].concat(), 2);

    for (command, passes) in [("doctor --config config.toml", false), ("config check config.toml", true)] {
        let answer = site.command(&command.split(' ').collect::<Vec<_>>());
        assert_eq!(answer.status.success(), passes, "{command}");
        let text = String::from_utf8(answer.stdout).unwrap();
        TOLD.iter().for_each(|words| assert!(text.contains(words), "{command}: {words} is not in\n{text}"));
        assert_eq!(text.contains("failure  engines"), !passes, "a gateway starts all the same: {text}");
    }
}

/// Waits until the log has warned of all these, so often.
fn warned_of(gateway: &Gateway, told: &[&str], times: usize) {
    for words in told {
        eventually("the log warns of it", MOMENT, || {
            let log = gateway.log();
            let count = log.lines().filter(|line| line.contains("WARN") && line.contains(words)).count();
            (count == times).then_some(())
        });
    }
}

#[test]
fn rust_log_decides_what_is_logged() {
    let site = Site::new(&["testcard"], "[log]\nfilter = \"error\"\n");
    let variables = vec![("RUST_LOG".to_owned(), "avatar_gateway=debug".to_owned())];
    let gateway = site.start_as(&Launch { variables, ..Launch::default() });
    eventually("debug lines are written", MOMENT, || gateway.log().contains("DEBUG").then_some(()));
}

#[test]
fn the_settings_in_force_are_shown_with_their_origins() {
    let site = Site::new(&[], "[limits]\nimage_mb = 7\n");
    let variables = [("AVATAR_GATEWAY__SERVER__OPEN", "true")];
    let shown = site.command_with(&["config", "show", "--config", "config.toml", "--data-dir", "here"], &variables);
    assert!(shown.status.success(), "{}", String::from_utf8_lossy(&shown.stderr));
    let text = String::from_utf8(shown.stdout).unwrap();
    let line = |key: &str| text.lines().find(|line| line.starts_with(key)).unwrap_or_else(|| panic!("{key}:\n{text}"));
    assert!(line("image_mb = 7").ends_with("config.toml, line 2"), "{text}");
    assert!(line("open = true").ends_with("environment variable AVATAR_GATEWAY__SERVER__OPEN"), "{text}");
    assert!(line("data_dir = ").ends_with("/here\"  # option --data-dir"), "{text}");
    assert!(line("listen = \"127.0.0.1:8000\"").ends_with("default"), "{text}");

    fs::write(site.scratch().join("shown.toml"), &text).unwrap();
    let again = site.command(&["config", "show", "--config", "scratch/shown.toml"]);
    assert!(again.status.success(), "what is shown can be read: {}", String::from_utf8_lossy(&again.stderr));
}

#[test]
fn a_check_fails_for_faults_and_if_asked_for_warnings() {
    let site = Site::new(&["testcard"], "[engines]\ndefault = \"testcard\"\n");
    let check = |more: &[&str]| {
        let answer = site.command(&[&["config", "check"], more].concat());
        (answer.status.success(), String::from_utf8(answer.stdout).unwrap())
    };
    assert!(check(&["config.toml", "--strict"]).0);
    site.add_config("[limits]\nimage_md = 3\n");
    let (passes, text) = check(&["config.toml"]);
    assert!(passes && text.contains("did you mean limits.image_mb?"), "{text}");
    assert!(!check(&["config.toml", "--strict"]).0);
    site.add_config("image_mb = \"large\"\naudio_mb = -1\n");
    let (passes, text) = check(&["config.toml", "--json"]);
    let findings: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
    let levels: Vec<_> = findings.iter().map(|finding| finding["level"].as_str().unwrap()).collect();
    assert_eq!((passes, levels), (false, vec!["failure", "failure", "warning"]), "{text}");
    assert!(!check(&["missing.toml"]).0);
}

#[test]
fn every_command_has_help_a_page_and_completions_and_the_version_names_the_commit() {
    let site = Site::new(&[], "");
    let output = |arguments: &[&str]| {
        let answer = site.command(arguments);
        assert!(answer.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&answer.stderr));
        String::from_utf8(answer.stdout).unwrap()
    };
    let help = output(&["help"]);
    let commands: Vec<&str> = help
        .lines()
        .filter_map(|line| line.strip_prefix("  ")?.split("  ").next())
        .filter(|word| is_word(word))
        .collect();
    assert!(commands.contains(&"serve") && commands.contains(&"config") && !commands.contains(&"probe"), "{help}");
    output(&["man", "scratch/man"]);
    let script = output(&["completions", "bash"]);
    for command in commands {
        let text = output(&["help", command]);
        assert!(text.contains("Usage: avatar-gateway"), "{command}: {text}");
        if command != "help" {
            let page = site.scratch().join(format!("man/avatar-gateway-{command}.1"));
            assert!(fs::read_to_string(page).unwrap().contains(".SH SYNOPSIS"), "{command}");
        }
        assert!(script.contains(command), "{command} is not completed");
    }
    assert!(output(&["help", "keys", "add"]).contains("--scope"));
    let version = output(&["--version"]);
    let version = version.trim().strip_prefix("avatar-gateway ").unwrap();
    if let Some((_, commit)) = version.split_once(' ') {
        let commit = commit.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap();
        assert!(commit.len() >= 7 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()), "{version}");
    }
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
}
