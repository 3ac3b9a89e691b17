//! The list of installed engines, working and broken, as clients and operators see it.

use std::fs;

use avatar_tests::{Site, portrait, speech};
use serde_json::{Value, json};

use crate::MOMENT;

#[test]
fn engines_describe_themselves_and_publish_their_parameters() {
    let site = Site::new(&["testcard", "puppet"], "");
    let gateway = site.start();
    let engines = gateway.get("/v1/engines").expect(200);
    assert_eq!(gateway.get("/engines").expect(200), engines);
    let ids: Vec<_> = engines["engines"].as_array().unwrap().iter().map(|engine| &engine["id"]).collect();
    assert_eq!(ids, ["puppet", "testcard"]);

    let engine = gateway.get("/v1/engines/testcard").expect(200);
    assert_eq!((&engine["readiness"]["state"], &engine["default"]), (&json!("ready"), &json!(false)), "{engine}");
    let schema = gateway.get("/v1/engines/testcard/schema").expect(200);
    assert_eq!(schema["properties"]["width"]["default"], 320);
    assert_eq!(gateway.get("/v1/engines/tescard").expect(404)["code"], "engine.unknown");
}

#[test]
fn a_plugin_that_cannot_be_used_is_explained_and_harms_nobody() {
    let site = Site::new(&["testcard"], "");
    fs::write(site.engines().join("libengine_text.so"), "not a library\n").unwrap();
    site.add_odd_plugin("no_plugin");
    site.add_odd_plugin("plugin_other_layout");
    site.add_odd_plugin("plugin_other_version");
    site.add_odd_plugin("plugin_panicking");
    let gateway = site.start();
    for (id, words) in [
        ("text", "libengine_text.so cannot be loaded as a library"),
        ("no-plugin", "is a library but exports no engine"),
        ("plugin-other-layout", "has another ABI layout than its version"),
        ("plugin-other-version", "was built for engine ABI 2.1.0"),
        ("plugin-panicking", "the engine panicked: in describe"),
    ] {
        let readiness = &gateway.get(&format!("/v1/engines/{id}")).expect(200)["readiness"];
        assert_eq!(readiness["state"], "incompatible", "{id}: {readiness}");
        assert!(readiness["reason"].as_str().unwrap().contains(words), "{id}: {readiness}");

        let refused = gateway.post("/v1/jobs", &json!({"engine": id}));
        assert!((400..600).contains(&refused.status) && refused.status != 500, "{refused:?}");
        assert!(refused.json()["detail"].as_str().unwrap().contains(words), "{refused:?}");
    }
    assert_eq!(gateway.get("/v1/engines/testcard").expect(200)["readiness"]["state"], "ready");
}

#[test]
fn a_plugin_of_the_first_version_renders_and_its_phases_are_known() {
    let site = Site::new(&[], "");
    site.add_odd_plugin("plugin_abi_1_0");
    let gateway = site.start();
    let photo = gateway.uploaded("photos", &portrait(&site.scratch()));
    let audio = gateway.uploaded("audio", &speech(&site.scratch(), 1.0));
    let job = json!({"engine": "old", "photo_id": photo, "audio_id": audio, "params": {"frames": 25}});
    let job = gateway.finished(&gateway.submit(&job), MOMENT);
    assert_eq!((&job["state"], &job["video"]["frames"]), (&json!("succeeded"), &json!(25)), "{job}");
    assert_eq!((&job["progress"]["phase"], &job["progress"]["fraction"]), (&json!("finishing"), &json!(1.0)), "{job}");
}

#[test]
fn an_engine_with_a_wrong_option_says_what_to_correct() {
    let site = Site::new(&["testcard"], "[engines.testcard]\nmemory = 1");
    let gateway = site.start();
    let readiness = &gateway.get("/v1/engines/testcard").expect(200)["readiness"];
    assert_eq!(readiness["state"], "failed", "{readiness}");
    assert!(readiness["reason"].as_str().unwrap().contains("`memory`"), "{readiness}");
    assert!(readiness["remedy"].as_str().unwrap().contains("[engines.testcard]"), "{readiness}");
}

#[test]
fn an_engine_that_may_not_be_used_commercially_is_refused_where_that_is_required() {
    let config =
        "[engines]\ndefault = \"testcard\"\nrequire_commercial_use = true\n[server]\nlisten = \"127.0.0.1:0\"\n";
    let site = Site::new(&["testcard"], config);
    site.add_odd_plugin("plugin_good");
    let gateway = site.start();
    let engine = gateway.get("/v1/engines/good").expect(200);
    let setting = "engines.require_commercial_use";
    let says = |value: &Value| value.as_str().is_some_and(|words| words.contains(setting));
    assert_eq!(
        (&engine["licence"]["commercial_use"], &engine["readiness"]["state"]),
        (&json!(false), &json!("failed"))
    );
    assert!(says(&engine["readiness"]["reason"]) && says(&engine["readiness"]["remedy"]), "{engine}");
    let listed = gateway.get("/v1/engines").expect(200);
    assert_eq!(listed["engines"][0], engine);
    let other = &listed["engines"][1];
    assert_eq!((&other["id"], &other["readiness"]["state"]), (&json!("testcard"), &json!("ready")), "{other}");

    let photo = gateway.uploaded("photos", &portrait(&site.scratch()));
    let audio = gateway.uploaded("audio", &speech(&site.scratch(), 1.0));
    let job = |engine: &str| gateway.post("/v1/jobs", &json!({"engine": engine, "photo_id": photo, "audio_id": audio}));
    let refused = job("good").expect(503);
    assert!(refused["code"] == "engine.not_ready" && says(&refused["detail"]), "{refused}");
    job("testcard").expect(202);

    let check = site.command(&["engines", "check", "--config", "config.toml"]);
    let told = String::from_utf8_lossy(&check.stdout);
    assert!(!check.status.success() && told.contains("failed") && told.contains(setting), "{told}");
    let doctor = site.command(&["doctor", "--config", "config.toml", "--json"]);
    let findings: Vec<Value> = serde_json::from_slice(&doctor.stdout).unwrap();
    let finding = findings.iter().find(|finding| says(&finding["message"])).expect("the doctor tells it");
    assert!(finding["level"] == "warning" && says(&finding["remedy"]), "{finding}");
}

#[test]
fn an_engine_is_told_the_folder_that_its_plugin_lies_in() {
    let site = Site::new(&["testcard"], "[engines.good]\ntell_folder = true");
    site.add_odd_plugin("plugin_good");
    let gateway = site.start();
    let readiness = &gateway.get("/v1/engines/good").expect(200)["readiness"];
    let folder = Some(fs::canonicalize(site.engines()).unwrap());
    assert_eq!(readiness["reason"], format!("it lies in {folder:?}"), "{readiness}");
}

#[test]
fn a_ready_engine_says_what_it_works_with() {
    let note = "it works with its mesh";
    let site = Site::new(&["testcard"], &format!("[engines.good]\nnote = \"{note}\""));
    site.add_odd_plugin("plugin_good");
    let gateway = site.start();
    let readiness = |id: &str| gateway.get(&format!("/v1/engines/{id}")).expect(200)["readiness"].clone();
    assert_eq!(readiness("good"), json!({"state": "ready", "note": note}));
    assert_eq!(readiness("testcard"), json!({"state": "ready"}));
    for command in [["engines", "check"], ["engines", "list"]] {
        let told = site.command(&[&command[..], &["--config", "config.toml", "--json"]].concat());
        assert!(String::from_utf8_lossy(&told.stdout).contains(note), "{told:?}");
    }
    let told = site.command(&["engines", "check", "--config", "config.toml"]);
    assert!(told.status.success() && String::from_utf8_lossy(&told.stdout).contains(&format!("good: {note}")));
    let doctor = site.command(&["doctor", "--config", "config.toml", "--json"]);
    assert!(String::from_utf8_lossy(&doctor.stdout).contains(&format!("`good` is ready: {note}")), "{doctor:?}");
}

/// What `engines check` says of the odd plugin that is told these fields and this schema: the plugin's entry.
fn checked_as(site: &Site, fields: &Value, params: &Value) -> (bool, Value) {
    let variables = [("ODD_ENGINE", fields.to_string()), ("ODD_PARAMS", params.to_string())];
    let variables = variables.each_ref().map(|(name, value)| (*name, value.as_str()));
    let check = site.command_with(&["engines", "check", "--json"], &variables);
    let mut entries: Vec<Value> = serde_json::from_slice(&check.stdout).expect("it prints JSON");
    (check.status.success(), entries.pop().expect("one plugin is installed"))
}

#[test]
fn a_description_that_cannot_be_used_is_refused_and_an_odd_one_is_told() {
    let site = Site::new(&[], "");
    site.add_odd_plugin("plugin_odd");
    let object = json!({"type": "object"});
    let with = |name: &str, schema: Value| json!({"type": "object", "properties": {name: schema}});
    for (fields, params, words) in [
        (json!({"id": ""}), object.clone(), "the id of the engine is empty"),
        (json!({"id": "Talking Head"}), object.clone(), "`talking-head` would be one"),
        (json!({"id": "dir"}), object.clone(), "`engines.dir` is a setting of the gateway"),
        (json!({"inputs": []}), object.clone(), "it takes no inputs"),
        (json!({"inputs": [["speech"], []]}), object.clone(), "a combination of its inputs is empty"),
        (json!({}), with("fps", json!({"type": "integer", "maximum": 60, "default": 90})), "and was 90"),
        (json!({}), with("mood", json!({"$ref": "#/$defs/Mood"})), "is not usable"),
        (
            json!({"weights": [{"file": "../../net.bin", "source": "ann/net/net.bin"}]}),
            object.clone(),
            "no path inside a folder of weights",
        ),
    ] {
        let (succeeds, entry) = checked_as(&site, &fields, &params);
        let readiness = &entry["readiness"];
        assert!(!succeeds && readiness["state"] == "incompatible", "{fields} {params}: {entry}");
        assert!(readiness["reason"].as_str().unwrap().contains(words), "{fields} {params}: {entry}");
    }

    let odd = json!({"summary": "", "inputs": [["speech"], ["speech"]]});
    let (succeeds, entry) = checked_as(&site, &odd, &with("seed", json!({"type": "integer", "default": 1})));
    assert!(succeeds && entry["readiness"]["state"] == "ready", "{entry}");
    let told = entry["warnings"].to_string();
    for words in ["its summary is empty", "is listed again", "`seed` has no description"] {
        assert!(told.contains(words), "{words}: {told}");
    }
    let doctor = site.command_with(&["doctor", "--json"], &[("ODD_ENGINE", &odd.to_string())]);
    let findings: Vec<Value> = serde_json::from_slice(&doctor.stdout).unwrap();
    let tells = |finding: &&Value| finding["message"].as_str().unwrap().contains("its summary is empty");
    assert_eq!(findings.iter().find(tells).expect("the doctor tells it")["level"], "warning");
}

#[test]
fn two_plugins_of_one_engine_are_both_named() {
    let site = Site::new(&["testcard"], "");
    let second = site.engines().join("libengine_testcard_copy.so");
    fs::copy(site.engines().join("libengine_testcard.so"), &second).unwrap();
    let check = site.command(&["engines", "check"]);
    let told = String::from_utf8_lossy(&check.stdout);
    assert!(!check.status.success() && told.contains("are both the engine `testcard`"), "{told}");
    for name in ["libengine_testcard.so", "libengine_testcard_copy.so"] {
        assert!(told.contains(name), "{told}");
    }
}

#[test]
fn nothing_is_odd_about_the_engines_of_this_repository() {
    let site = Site::new(&["testcard", "puppet", "duix", "ditto"], "");
    let check = site.command(&["engines", "check", "--json"]);
    let entries: Vec<Value> = serde_json::from_slice(&check.stdout).expect("it prints JSON");
    assert_eq!(entries.len(), 4);
    for entry in entries {
        assert_eq!(entry["warnings"], json!([]), "{entry}");
        assert_ne!(entry["readiness"]["state"], "incompatible", "{entry}");
    }
}
