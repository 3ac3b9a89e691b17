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
            "gaps": null, "control": null
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
    params.seed param.wrong_type `seed` must be a whole number of at least 0, or null, and was "x" see the engine's schema for what it takes
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
    params.feeling.happy param.out_of_range `feeling.happy` must be a number of at most 1.0, and was 2 see the engine's schema for what it takes
    params.mood param.invalid `mood` must be one of happy, neutral, null, and was "hapy" did you mean `happy`?
    params.gaps param.out_of_range `gaps` must be a whole number from -1 to 100, or a list, or null, and was 200 see the engine's schema for what it takes
    params.gaps param.invalid `gaps` must be a whole number from -1 to 100, or a list, or null, and was "often" see the engine's schema for what it takes
    params.control param.unknown there is no `pich` in `control` see the engine's schema for what it takes
    params.control.pitch param.out_of_range `control.pitch` must be a number of at most 90, and was 100 see the engine's schema for what it takes
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
