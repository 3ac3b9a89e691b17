//! Plugins whose description is not in order, and files that are no plugins.

use avatar_tests::Site;
use serde_json::json;

use super::Tried;

#[test]
fn what_is_wrong_with_a_description_is_found_by_its_part() {
    let site = Site::new(&[], "");
    site.add_odd_plugin("plugin_odd");
    let plugin = site.engines().join("libplugin_odd.so");
    let plugin = plugin.to_str().unwrap();
    let weights = json!([{"file": "a.bin", "source": "ann/net/a.bin"}]);
    let described = json!({"type": "integer", "default": 1, "minimum": 0});
    let property = |schema| json!({"type": "object", "properties": {"steps": schema}});
    for (variable, value, check) in [
        ("ODD_ENGINE", json!({"id": "Odd_Id"}), "description.id"),
        ("ODD_ENGINE", json!({"summary": " "}), "description.words"),
        ("ODD_ENGINE", json!({"weights": weights}), "description.licence"),
        ("ODD_ENGINE", json!({"inputs": [["speech", "speech"]]}), "description.inputs"),
        ("ODD_ENGINE", json!({"devices": []}), "description.devices"),
        ("ODD_PARAMS", json!({"type": "array"}), "description.schema"),
        (
            "ODD_PARAMS",
            property(json!({"type": "integer", "default": "x", "description": "x"})),
            "description.defaults",
        ),
        ("ODD_PARAMS", property(described), "description.texts"),
    ] {
        let value = value.to_string();
        let arguments = ["engines", "test", plugin, "--json", "--only", "description"];
        let tried = Tried::read(&site.command_with(&arguments, &[(variable, &value)]));
        tried.fails_alone(check);
    }
}

#[test]
fn what_is_no_engine_fails_one_check_and_the_others_are_not_tried() {
    let site = Site::new(&[], "");
    std::fs::write(site.engines().join("text.so"), "not a library\n").unwrap();
    site.add_odd_plugin("no_plugin");
    site.add_odd_plugin("plugin_panicking");
    for (plugin, words) in [
        ("engines/text.so", "cannot be loaded as a library"),
        ("engines/libno_plugin.so", "exports no engine"),
        ("engines/libplugin_panicking.so", "the engine panicked: in describe"),
    ] {
        let tried = Tried::of(&site, &[plugin]);
        let measured = tried.fails_alone("description.opens");
        assert!(measured.contains(words), "{plugin}: {measured}");
        assert!(tried.checks("ok").is_empty() && tried.report["engine"].is_null(), "{:#}", tried.report);
    }
    let told = site.command(&["engines", "test", "engines/text.so", "--only", "description"]);
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    assert!(told.contains("description.id        and the next ones up to description.texts, 11 in all: "), "{told}");
}
