//! What requests are told about their parameters.

use crate::domain::params::*;
use crate::testing;
use engine_api::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Emotion {
    /// With a doc comment, schemars spells the enumeration as `oneOf`.
    Neutral,
    Happy,
}

#[derive(Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[allow(dead_code, reason = "only its schema is used")]
struct Sample {
    #[schemars(range(min = 0.0, max = 2.0))]
    mouth_gain: f32,
    #[schemars(range(min = 1, max = 60))]
    fps: u32,
    emotion: Emotion,
    mood: Option<Emotion>,
    seed: Option<u64>,
    feeling: Option<Feeling>,
    gaps: Option<Gaps>,
    control: Option<Control>,
    #[schemars(range(min = 64, max = 1920), extend("multipleOf" = 2))]
    width: u32,
    stress: f32,
}

#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
enum Feeling {
    One(Word),
    Mixed(Mixture),
    Frames(#[schemars(length(min = 1))] Vec<Mixture>),
}

#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Word {
    Happy,
    Surprised,
}

#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
enum Mixture {
    Evenly(#[schemars(length(min = 1))] Vec<Word>),
    Shares(Shares),
}

#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Shares {
    #[schemars(range(min = 0.0, max = 1.0))]
    happy: Option<f32>,
}

#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
enum Gaps {
    Each(#[schemars(range(min = -1, max = 100))] i32),
    Turns(Vec<u32>),
}

#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Control {
    #[schemars(range(min = -90, max = 90))]
    pitch: Option<f32>,
    look: Option<Word>,
}

impl Default for Sample {
    fn default() -> Self {
        Self {
            mouth_gain: 1.0,
            fps: 25,
            emotion: Emotion::Neutral,
            mood: None,
            seed: None,
            feeling: None,
            gaps: None,
            control: None,
            width: 640,
            stress: 1.0,
        }
    }
}

fn parameters() -> Parameters {
    testing::parameters(schemars::schema_for!(Sample).to_value())
}

fn complete(value: Value) -> Result<Map<String, Value>, Vec<String>> {
    let Value::Object(given) = value else { panic!("tests give objects") };
    parameters().complete(given).map_err(|faults| {
        faults.told().iter().map(|f| format!("{} {} {} {}", f.field, f.code, f.message, f.remedy)).collect()
    })
}

#[test]
fn defaults_are_filled_in() {
    let complete = complete(json!({"fps": 30})).unwrap();
    assert_eq!(
        Value::Object(complete),
        json!({
            "mouth_gain": 1.0, "fps": 30, "emotion": "neutral", "mood": null, "seed": null, "feeling": null,
            "gaps": null, "control": null, "width": 640, "stress": 1.0
        })
    );
}

#[test]
fn every_fault_is_named_at_once() {
    let faults = complete(json!({
        "mouth_gian": 1, "fps": 1000, "emotion": "angry", "seed": "x", "mouth_gain": true, "mood": 3
    }))
    .unwrap_err();
    insta::assert_snapshot!(faults.join("\n"), @r#"
    params.mouth_gian param.unknown there is no parameter `mouth_gian` did you mean `mouth_gain`?
    params.emotion param.invalid `emotion` must be one of happy, neutral, and was "angry" see the engine's schema for what it takes
    params.fps param.out_of_range `fps` must be a whole number from 1 to 60, and was 1000 see the engine's schema for what it takes
    params.mood param.invalid `mood` must be one of happy, neutral, null, and was 3 see the engine's schema for what it takes
    params.mouth_gain param.wrong_type `mouth_gain` must be a number from 0.0 to 2.0, and was true see the engine's schema for what it takes
    params.seed param.wrong_type `seed` must be a whole number from 0 to 18446744073709551615, or null, and was "x" see the engine's schema for what it takes
    "#);
}

#[test]
fn a_fault_is_told_of_the_variant_that_was_meant() {
    let wrong = [
        json!({"feeling": "hapy"}),
        json!({"feeling": "zzz"}),
        json!({"feeling": 3}),
        json!({"feeling": []}),
        json!({"feeling": ["hapy"]}),
        json!({"feeling": {"hapy": 1}}),
        json!({"feeling": {"happy": 2}}),
        json!({"mood": "hapy"}),
        json!({"gaps": 200}),
        json!({"gaps": "often"}),
        json!({"control": {"pich": 1}}),
        json!({"control": {"pitch": 100}}),
        json!({"control": 1}),
    ];
    let told = wrong.map(|wrong| complete(wrong).unwrap_err().join("\n"));
    insta::assert_snapshot!(told.join("\n"), @r#"
    params.feeling param.invalid `feeling` must be one of happy, surprised, null, or a list, or an object, and was "hapy" did you mean `happy`?
    params.feeling param.invalid `feeling` must be one of happy, surprised, null, or a list, or an object, and was "zzz" see the engine's schema for what it takes
    params.feeling param.invalid `feeling` must be one of happy, surprised, null, or a list, or an object, and was 3 see the engine's schema for what it takes
    params.feeling param.invalid `feeling` must be one of happy, surprised, null, or a list, or an object, and was [] see the engine's schema for what it takes
    params.feeling param.invalid `feeling` must be one of happy, surprised, null, or a list, or an object, and was ["hapy"] see the engine's schema for what it takes
    params.feeling param.unknown there is no `hapy` in `feeling` see the engine's schema for what it takes
    params.feeling.happy param.out_of_range `feeling.happy` must be a number from 0.0 to 1.0, or null, and was 2 see the engine's schema for what it takes
    params.mood param.invalid `mood` must be one of happy, neutral, null, and was "hapy" did you mean `happy`?
    params.gaps param.out_of_range `gaps` must be a whole number from -1 to 100, or a list, or null, and was 200 see the engine's schema for what it takes
    params.gaps param.invalid `gaps` must be a whole number from -1 to 100, or a list, or null, and was "often" see the engine's schema for what it takes
    params.control param.unknown there is no `pich` in `control` see the engine's schema for what it takes
    params.control.pitch param.out_of_range `control.pitch` must be a number from -90 to 90, or null, and was 100 see the engine's schema for what it takes
    params.control param.invalid `control` must be an object, or null, and was 1 see the engine's schema for what it takes
    "#);
}

#[test]
fn a_long_value_is_cut_in_the_message() {
    let faults = complete(json!({"emotion": "x".repeat(10_000)})).unwrap_err();
    assert!(faults[0].len() < 250);
}

#[test]
fn words_are_guessed_whatever_their_case_and_wherever_they_stand() {
    let told = |given: Value| complete(given).unwrap_err().join("\n");
    assert!(told(json!({"emotion": "HAPY"})).ends_with("did you mean `happy`?"));
    let nested = told(json!({"control": {"look": "surprized"}}));
    let expected = "`control.look` must be one of happy, surprised, and was \"surprized\" did you mean `surprised`?";
    assert!(nested.ends_with(expected), "{nested}");
}

#[test]
fn whole_numbers_are_whole_however_they_are_written() {
    let given = json!({
        "fps": 25.0, "seed": 1e19, "gaps": [3.0, 4e2], "mouth_gain": 1.0, "control": {"pitch": 2.0},
        "feeling": [["happy"], {"happy": 1.0}]
    });
    let complete = complete(given).unwrap();
    assert_eq!(complete["fps"], json!(25));
    assert_eq!(complete["seed"], json!(10_000_000_000_000_000_000_u64));
    assert_eq!(complete["gaps"], json!([3, 400]));
    assert_eq!((&complete["mouth_gain"], &complete["control"]["pitch"]), (&json!(1.0), &json!(2.0)), "any number");
    serde_json::from_value::<Sample>(Value::Object(complete)).expect("the engine reads what it was sent");
    for (seed, read) in [(json!(-0.0), json!(0)), (json!(u64::MAX), json!(u64::MAX)), (json!(9.0), json!(9))] {
        let Value::Object(given) = json!({"seed": seed}) else { panic!("an object") };
        assert_eq!(parameters().complete(given).unwrap()["seed"], read, "{seed}");
    }
}

#[test]
fn whole_numbers_are_found_wherever_a_schema_says_integer() {
    let whole = json!({"type": "integer"});
    let schemas = [
        whole.clone(),
        json!({"type": ["null", "integer"]}),
        json!({"enum": [1, 2, "auto"]}),
        json!({"const": 2}),
        json!({"oneOf": [{"const": 1}, {"const": 2}]}),
        json!({"allOf": [{"$ref": "#/$defs/whole"}]}),
        json!({"anyOf": [{"$ref": "#"}, {"type": "string"}, {"$ref": "#/$defs/whole"}]}),
        json!({"if": {"type": "string"}, "then": {"minLength": 1}, "else": {"type": "integer"}}),
    ];
    for x in schemas {
        let listed = json!({"prefixItems": [{"type": "string"}, x], "items": {"items": x}});
        let named = json!({"patternProperties": {"^[0-9]$": x}, "additionalProperties": {"additionalProperties": x}});
        let properties = json!({"x": x, "listed": listed, "named": named});
        let schema = json!({"type": "object", "properties": properties, "$defs": {"whole": whole}});
        let given = json!({"x": 2.0, "listed": ["a", 2.0, [2.0, 2.0]], "named": {"1": 2.0, "b": {"c": 2.0}}});
        let read = json!({"x": 2, "listed": ["a", 2, [2, 2]], "named": {"1": 2, "b": {"c": 2}}});
        let Value::Object(given) = given else { panic!("an object") };
        assert_eq!(Value::Object(testing::parameters(schema).complete(given).unwrap()), read, "{x}");
    }
}

#[test]
fn what_an_engines_types_cannot_hold_is_refused_and_published_so() {
    let parameters = parameters();
    let published = |name: &str, bound: &str| parameters.schema()["properties"][name][bound].clone();
    assert_eq!((published("seed", "minimum"), published("seed", "maximum")), (json!(0), json!(u64::MAX)));
    assert_eq!((published("fps", "minimum"), published("fps", "maximum")), (json!(1), json!(60)), "they are narrower");
    assert_eq!(parameters.schema()["$defs"]["Gaps"]["anyOf"][1]["items"]["maximum"], json!(u32::MAX));
    for (given, told) in [
        (
            json!({"seed": 18_446_744_073_709_551_616.0}),
            "from 0 to 18446744073709551615, or null, and was 18446744073709551616",
        ),
        (json!({"seed": -1}), "from 0 to 18446744073709551615, or null, and was -1 "),
        (json!({"seed": 1e300}), "from 0 to 18446744073709551615, or null, and was 1e+300"),
        (
            json!({"gaps": [4_294_967_296_u64]}),
            "`gaps.0` must be a whole number from 0 to 4294967295, and was 4294967296",
        ),
        (json!({"stress": 1e39}), "and was 1e+39"),
    ] {
        let faults = complete(given.clone()).unwrap_err().join("\n");
        assert!(faults.contains("param.out_of_range") && faults.contains(told), "{given}: {faults}");
    }
    // Of a number without a format, what JSON's whole numbers hold.
    let any = testing::parameters(json!({"properties": {"x": {"type": "integer", "exclusiveMinimum": -1e30}}}));
    let bounds = json!({"type": "integer", "exclusiveMinimum": -1e30, "minimum": i64::MIN, "maximum": u64::MAX});
    assert_eq!(any.schema()["properties"]["x"], bounds);
}

#[test]
fn each_fault_has_a_sentence_of_its_own() {
    let parameters = testing::parameters(json!({"type": "object", "properties": {
        "width": {"type": "integer", "minimum": 64, "maximum": 1920, "multipleOf": 2},
        "share": {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
        "step": {"type": ["number", "null"], "multipleOf": 0.25},
        "name": {"type": "string", "minLength": 2, "maxLength": 3, "pattern": "^[a-z]*$"},
        "id": {"type": "string", "format": "uuid"},
        "names": {"type": "array", "minItems": 1, "maxItems": 2, "uniqueItems": true},
        "shares": {"type": "object", "minProperties": 1, "maxProperties": 1},
        "inner": {"properties": {"side": {"type": "integer", "maximum": 50, "multipleOf": 8}}},
    }}));
    let wrong = json!([
        {"width": 641}, {"width": 1921}, {"width": 63.0}, {"share": 0}, {"step": 0.3}, {"name": "a"}, {"name": "abcd"},
        {"name": "A1"}, {"id": "me"}, {"names": []}, {"names": [1, 2, 3]}, {"names": [1, 1]}, {"shares": {}},
        {"shares": {"a": 1, "b": 2}}, {"inner": {"side": 49}}, {"inner": {"side": 51}}
    ]);
    let told = wrong.as_array().unwrap().iter().map(|wrong| {
        let faults = parameters.complete(wrong.as_object().unwrap().clone()).unwrap_err();
        let Fault { code, message, remedy, .. } = &faults.told()[0];
        format!("{code}: {message}; {remedy}")
    });
    insta::assert_snapshot!(told.collect::<Vec<_>>().join("\n"), @r#"
    param.invalid: `width` must be a multiple of 2, and was 641; give 640 or 642
    param.out_of_range: `width` must be a multiple of 2 from 64 to 1920, and was 1921; see the engine's schema for what it takes
    param.out_of_range: `width` must be a multiple of 2 from 64 to 1920, and was 63.0; see the engine's schema for what it takes
    param.out_of_range: `share` must be a number above 0 and of at most 1, and was 0; see the engine's schema for what it takes
    param.invalid: `step` must be a multiple of 0.25, and was 0.3; give 0.25 or 0.5
    param.invalid: `name` must be a text of at least 2 characters, and was "a"; see the engine's schema for what it takes
    param.invalid: `name` must be a text of at most 3 characters, and was "abcd"; see the engine's schema for what it takes
    param.invalid: `name` must be a text that matches ^[a-z]*$, and was "A1"; see the engine's schema for what it takes
    param.invalid: `id` must be a text of the format uuid, and was "me"; see the engine's schema for what it takes
    param.invalid: `names` must be a list of at least 1 entry, and was []; see the engine's schema for what it takes
    param.invalid: `names` must be a list of at most 2 entries, and was [1,2,3]; see the engine's schema for what it takes
    param.invalid: `names` must be a list without repetitions, and was [1,1]; see the engine's schema for what it takes
    param.invalid: `shares` must be an object of at least 1 member, and was {}; see the engine's schema for what it takes
    param.invalid: `shares` must be an object of at most 1 member, and was {"a":1,"b":2}; see the engine's schema for what it takes
    param.invalid: `inner.side` must be a multiple of 8, and was 49; give 48
    param.out_of_range: `inner.side` must be a multiple of 8 of at most 50, and was 51; see the engine's schema for what it takes
    "#);
}

#[test]
fn a_slip_in_a_short_name_is_told_as_well() {
    let known = ["fps", "seed", "width", "x"];
    let nearest = |name| super::nearest(name, known.into_iter());
    assert_eq!((nearest("fsp"), nearest("fp"), nearest("sed")), (Some("fps"), Some("fps"), Some("seed")));
    assert_eq!((nearest("y"), nearest("abc"), nearest("height")), (None, None, None));
}
