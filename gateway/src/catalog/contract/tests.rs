//! Descriptions that are right, wrong and odd.

use engine_api::{DeviceKind, Licence, Weight};
use serde_json::{Value, json};

use super::*;

fn description(change: impl FnOnce(&mut Description)) -> Description {
    let descriptor = Descriptor {
        id: "net".into(),
        name: "Net".into(),
        version: "1.0".into(),
        summary: "Makes a face talk.".into(),
        inputs: vec![vec![Input::Portrait, Input::Speech]],
        weights: vec![],
        licence: Licence::permissive("MIT"),
        devices: vec![DeviceKind::Cpu],
    };
    let steps =
        json!({"type": "integer", "minimum": 1, "maximum": 50, "default": 20, "description": "How many steps."});
    let mut description =
        Description { descriptor, streams: false, params: json!({"type": "object", "properties": {"steps": steps}}) };
    change(&mut description);
    description
}

fn refusal(change: impl FnOnce(&mut Description)) -> String {
    judge(description(change)).map(|engine| engine.odd).expect_err("it cannot be used")
}

fn oddities(change: impl FnOnce(&mut Description)) -> Vec<String> {
    judge(description(change)).expect("it can be used").odd
}

fn property(description: &mut Description, name: &str, schema: Value) {
    description.params["properties"][name] = schema;
}

fn weight(file: &str, sha256: Option<&str>) -> Weight {
    Weight {
        file: file.into(),
        source: "ann/net/a.bin".into(),
        bytes: None,
        sha256: sha256.map(str::to_owned),
        optional: false,
    }
}

#[test]
fn what_is_right_is_taken_without_a_word() {
    assert_eq!(oddities(|_| ()), [""; 0]);
    let full = "96dcf39c0341dd817b443baa30ae6ca1f2ceca159a3312e05e1d85a0f96c870b";
    assert_eq!(
        oddities(|it| it.descriptor.weights = vec![weight("deep/a.bin", Some(full)), weight("b", None)]),
        [""; 0]
    );
}

#[test]
fn an_id_must_be_one_that_configurations_can_name() {
    for (id, words) in [
        ("", "the id of the engine is empty"),
        ("My Net", "`my-net` would be one"),
        ("my_net", "`my-net` would be one"),
        ("3d", "`d` would be one"),
        ("../net", "\"../net\" is no id"),
        ("a\nb", "\"a\\nb\" is no id"),
    ] {
        let reason = refusal(|it| it.descriptor.id = id.into());
        assert!(reason.contains(words), "{id:?}: {reason}");
    }
    for id in ["default", "dir", "device", "instances", "attempts"] {
        let reason = refusal(|it| it.descriptor.id = id.into());
        assert!(reason.contains(&format!("`engines.{id}` is a setting")), "{reason}");
    }
    // Written with an underscore it is none, whatever settings there are.
    assert!(refusal(|it| it.descriptor.id = "require_commercial_use".into()).contains("is no id"));
}

#[test]
fn inputs_must_be_something_that_a_job_can_bring() {
    use Input::{Portrait, SourceVideo, Speech};
    assert!(refusal(|it| it.descriptor.inputs = vec![]).contains("it takes no inputs"));
    assert!(refusal(|it| it.descriptor.inputs.push(vec![])).contains("is empty"));
    let odd = oddities(|it| {
        it.descriptor.inputs = vec![vec![Portrait, Speech], vec![Speech, Portrait], vec![SourceVideo, SourceVideo]];
    });
    assert!(odd.len() == 2 && odd[0].contains("listed again") && odd[1].contains("twice"), "{odd:?}");
}

#[test]
fn defaults_must_be_what_their_own_schema_takes() {
    for (schema, words) in [
        (
            json!({"type": "integer", "minimum": 1, "default": 0}),
            "`odd` must be a whole number from 1 to 18446744073709551615, and was 0",
        ),
        (json!({"type": "number", "maximum": 2, "default": 2.5}), "`odd` must be a number of at most 2, and was 2.5"),
        (json!({"type": "string", "default": 7}), "`odd` must be a text, and was 7"),
        (json!({"enum": ["happy", "sad"], "default": "gay"}), "`odd` must be one of happy, sad, and was \"gay\""),
        (json!({"$ref": "#/$defs/Mood", "default": "angry"}), "`odd` must be one of happy, and was \"angry\""),
        (json!({"type": "string", "maxLength": 2, "default": "abc"}), "`odd`"),
        (json!({"type": "array", "items": {"type": "string"}, "default": [1]}), "`odd.0`"),
    ] {
        let reason = refusal(|it| {
            it.params["$defs"] = json!({"Mood": {"enum": ["happy"]}});
            property(it, "odd", schema.clone());
        });
        let all = reason.contains("a default breaks the engine's own schema") && reason.contains(words);
        assert!(all, "{schema}: {reason}");
    }
    let optional = json!({"type": ["integer", "null"], "default": null, "description": "Any."});
    assert_eq!(oddities(|it| property(it, "seed", optional)), [""; 0]);
}

#[test]
fn a_schema_must_be_that_of_an_object_and_resolve() {
    for (params, words) in [
        (json!(true), "not that of an object"),
        (json!("object"), "not that of an object"),
        (json!([]), "not that of an object"),
        (json!({"type": "string"}), "not that of an object"),
        (json!({"type": "object", "properties": {"a": {"$ref": "#/$defs/Missing"}}}), "is not usable"),
        (json!({"type": "object", "properties": {"a": {"$ref": "https://example.invalid/a.json"}}}), "is not usable"),
        (json!({"type": "object", "properties": {"a": {"type": "integer", "minimum": "x"}}}), "is not usable"),
        (json!({"type": "object", "properties": {"a": {"pattern": "("}}}), "is not usable"),
    ] {
        let reason = refusal(|it| it.params = params.clone());
        assert!(reason.contains(words), "{params}: {reason}");
    }
    assert_eq!(oddities(|it| it.params = json!({"type": "object"})), [""; 0]);
}

#[test]
fn parameters_that_are_not_described_or_must_be_given_are_odd() {
    let odd = oddities(|it| {
        property(it, "seed", json!({"type": "integer", "default": 1}));
        property(it, "mood", json!({"$ref": "#/$defs/Mood"}));
        it.params["$defs"] = json!({"Mood": {"type": "string", "description": "How it feels."}});
        it.params["required"] = json!(["mood"]);
    });
    let told =
        ["the parameter `mood` has no default: every request must give it", "the parameter `seed` has no description"];
    assert_eq!(odd, told);
}

#[test]
fn weights_must_stay_in_their_folder_and_be_hashed_right() {
    for file in ["../a.bin", "/etc/passwd", "a/../../b", ""] {
        let reason = refusal(|it| it.descriptor.weights = vec![weight(file, None)]);
        assert!(reason.contains("no path inside a folder"), "{file}: {reason}");
    }
    let reason = refusal(|it| it.descriptor.weights = vec![weight("a.bin", Some("abc"))]);
    assert!(reason.contains("a.bin: \"abc\" is no SHA-256"), "{reason}");
    let odd = oddities(|it| it.descriptor.weights = vec![weight("a.bin", None), weight("a.bin", None)]);
    assert!(odd.len() == 1 && odd[0].contains("twice"), "{odd:?}");
    let odd = oddities(|it| it.descriptor.weights = vec![Weight { source: "by mail".into(), ..weight("a.bin", None) }]);
    assert!(odd.len() == 1 && odd[0].contains("by mail"), "{odd:?}");
}

#[test]
fn what_people_read_is_a_line_of_text() {
    let odd = oddities(|it| {
        let descriptor = &mut it.descriptor;
        (descriptor.name, descriptor.version) = (" ".into(), String::new());
        (descriptor.summary, descriptor.devices) = ("One.\nTwo.".into(), vec![]);
    });
    let words = ["its name is empty", "its version is empty", "its summary is more than a line", "no kind of device"];
    assert!(odd.len() == 4 && odd.iter().zip(words).all(|(odd, words)| odd.contains(words)), "{odd:?}");
    let odd = oddities(|it| it.descriptor.devices = vec![DeviceKind::Cpu, DeviceKind::Cuda, DeviceKind::Cpu]);
    assert!(odd.len() == 1 && odd[0].contains("names Cpu twice"), "{odd:?}");
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let reason = refusal(|it| {
        (it.descriptor.id, it.descriptor.inputs) = (String::new(), vec![]);
        property(it, "steps", json!({"type": "integer", "default": "many"}));
    });
    assert_eq!(reason.matches("; ").count(), 2, "{reason}");
}
