//! Parameters under the names of one service, translated to those of an engine.
//!
//! A client's parameter finds the engine's by name, or else by what it means. What an engine has no name for is left out,
//! and the job says so.

use std::cmp::Ordering;

use serde_json::{Map, Value, json};

use crate::domain::params::{Numbers, Parameters, same, written};

/// The emotions of the field, in the order in which Ditto numbers them.
pub const EMOTIONS: [&str; 8] = ["angry", "disgusted", "fear", "happy", "neutral", "sad", "surprised", "contempt"];

/// Other names of some of them.
const ALSO: [(&str, &str); 8] = [
    ("angry", "anger"),
    ("disgusted", "disgust"),
    ("fear", "fearful"),
    ("fear", "afraid"),
    ("happy", "happiness"),
    ("sad", "sadness"),
    ("surprised", "surprise"),
    ("contempt", "contemptuous"),
];

/// Sizes that an engine may have instead of width and height.
const LONG_SIDE: [&str; 2] = ["max_size", "size"];
const SHORT_SIDE: [&str; 1] = ["min_resolution"];

/// One parameter as a client has sent it.
#[derive(Debug, Clone)]
pub struct ClientParam {
    /// What the client calls it.
    pub name: &'static str,
    /// What it means.
    pub concept: Concept,
    /// Its value; of an emotion, one of [`EMOTIONS`].
    pub value: Value,
}

/// What parameters of several engines mean alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Concept {
    /// What the face shows.
    Emotion,
    /// Denoising steps.
    Steps,
    /// The seed of all chance; below 0, any.
    Seed,
    /// Pixels across.
    Width,
    /// Pixels down.
    Height,
    /// Pixels of the shorter side.
    ShortSide,
    /// Pictures per second.
    Fps,
    /// How closely the speech is followed.
    Guidance,
    /// Seconds of video, at most.
    Duration,
    /// Nothing that others know: only an engine with a parameter of this very name takes it.
    Own,
}

impl Concept {
    /// What engines call it.
    fn names(self) -> &'static [&'static str] {
        match self {
            Self::Emotion => &["emotion"],
            Self::Steps => &["inference_steps", "sampling_steps", "sampling_timesteps", "steps"],
            Self::Seed => &["seed"],
            Self::Width => &["width"],
            Self::Height => &["height"],
            Self::ShortSide => &SHORT_SIDE,
            Self::Fps => &["fps"],
            Self::Guidance => &["cfg", "guidance_scale"],
            Self::Duration => &["duration", "preview_duration"],
            Self::Own => &[],
        }
    }
}

impl ClientParam {
    fn is_any_seed(&self) -> bool {
        self.concept == Concept::Seed && self.value.as_f64().is_some_and(|seed| seed < 0.0)
    }
}

/// A client's parameters as an engine takes them.
#[derive(Debug, Default, PartialEq)]
pub struct Translated {
    /// Parameters that the engine takes.
    pub params: Map<String, Value>,
    /// What became of the others.
    pub warnings: Vec<String>,
}

/// Translates the parameters of a client to those of `engine`.
pub fn translate(engine: &str, parameters: &Parameters, client_params: &[ClientParam]) -> Translated {
    let mut translated = Translated::default();
    let mut unknown = Vec::new();
    for param in client_params {
        let names = std::iter::once(param.name).chain(param.concept.names().iter().copied());
        let name = names.into_iter().find(|name| parameters.property(name).is_some());
        match (name, param.is_any_seed()) {
            (Some(name), true) => translated.take_any_seed(parameters, name),
            (Some(name), false) => translated.take(engine, parameters, param, name),
            (None, true) => {}
            (None, false) => unknown.push(param),
        }
    }
    translated.sizes(engine, parameters, &mut unknown);
    if !unknown.is_empty() {
        let names: Vec<String> = unknown.iter().map(|param| format!("`{}`", param.name)).collect();
        let names = names.join(", ");
        translated.warnings.push(format!("the engine `{engine}` renders without what it does not know: {names}"));
    }
    translated
}

impl Translated {
    /// Gives a client's parameter to the engine's parameter `name`, as near as its schema allows.
    fn take(&mut self, engine: &str, parameters: &Parameters, param: &ClientParam, name: &str) {
        let text = |value: &Value| value.as_str().map_or_else(|| written(value), str::to_owned);
        let property = parameters.property(name).map(|property| parameters.resolve(property));
        let nearest = property.and_then(|property| nearest(parameters, property, param));
        // The schema may ask for more than is looked at here.
        let Some(value) = nearest.filter(|value| fits(parameters, name, value)) else {
            let (sent, name) = (text(&param.value), param.name);
            self.warnings.push(format!("the engine `{engine}` does not take {sent} for `{name}` and uses its default"));
            return;
        };
        let changed = match (value.as_number(), param.value.as_number()) {
            (Some(taken), Some(sent)) => !same(taken, sent),
            _ => false,
        };
        if changed {
            let (sent, taken) = (text(&param.value), text(&value));
            let name = param.name;
            self.warnings.push(format!("the engine `{engine}` does not take {sent} for `{name}`: it became {taken}"));
        }
        self.params.insert(name.to_owned(), value);
    }

    /// Any seed, from an engine that knows that wish; others take their default, which is as good as any.
    fn take_any_seed(&mut self, parameters: &Parameters, name: &str) {
        let any = json!(-1);
        if fits(parameters, name, &any) {
            self.params.insert(name.to_owned(), any);
        }
    }

    /// Sizes are told by one side or by two.
    fn sizes(&mut self, engine: &str, parameters: &Parameters, unknown: &mut Vec<&ClientParam>) {
        let sides = unknown.iter().filter(|param| matches!(param.concept, Concept::Width | Concept::Height));
        let sides: Vec<Value> = sides.map(|param| param.value.clone()).filter(Value::is_number).collect();
        let known = |names: &[&'static str]| names.iter().copied().find(|name| parameters.property(name).is_some());
        let by_length =
            |one: &&Value, other: &&Value| one.as_f64().partial_cmp(&other.as_f64()).unwrap_or(Ordering::Equal);
        let (longest, shortest) = (sides.iter().max_by(by_length), sides.iter().min_by(by_length));
        let one_side = known(&LONG_SIDE).zip(longest).or(known(&SHORT_SIDE).zip(shortest));
        if let Some((name, side)) = one_side {
            unknown.retain(|param| !matches!(param.concept, Concept::Width | Concept::Height));
            self.take(engine, parameters, &ClientParam { name, concept: Concept::Own, value: side.clone() }, name);
        }
        let Some(at) = unknown.iter().position(|param| param.concept == Concept::ShortSide) else { return };
        let both = ["width", "height"];
        let names: &[&'static str] = match known(&LONG_SIDE) {
            Some("max_size") => &["max_size"],
            Some(_) => &["size"],
            None if both.iter().all(|name| parameters.property(name).is_some()) => &both,
            None => return,
        };
        let param = unknown.remove(at);
        for name in names {
            self.take(engine, parameters, param, name);
        }
    }
}

/// Whether the engine takes a value for a parameter.
fn fits(parameters: &Parameters, name: &str, value: &Value) -> bool {
    parameters.complete(Map::from_iter([(name.to_owned(), value.clone())])).is_ok()
}

/// The value of a client's parameter as a property takes it.
fn nearest(parameters: &Parameters, property: &Value, param: &ClientParam) -> Option<Value> {
    let kinds: Vec<&str> = match property.get("type") {
        Some(Value::String(kind)) => vec![kind],
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => vec![],
    };
    let is = |kind: &str| kinds.contains(&kind);
    match &param.value {
        Value::String(word) => {
            let word = word.as_str();
            match parameters.choices(property) {
                Some(choices) => {
                    let same = |choice: &String| {
                        let choice = choice.to_lowercase();
                        choice == word || ALSO.iter().any(|(known, also)| *known == word && *also == choice)
                    };
                    choices.into_iter().find(same).map(Value::String)
                }
                None if is("integer") && param.concept == Concept::Emotion => {
                    EMOTIONS.iter().position(|emotion| *emotion == word).map(|place| json!(place))
                }
                None => is("string").then(|| json!(word)),
            }
        }
        Value::Bool(flag) => is("boolean").then_some(Value::Bool(*flag)),
        Value::Number(sent) => Numbers::of(property)?.nearest(sent),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    fn parameters(properties: Value) -> Parameters {
        let params = json!({"type": "object", "properties": properties, "additionalProperties": false});
        testing::parameters(params)
    }

    fn translated(properties: Value, client_params: &[(&'static str, Concept, Value)]) -> (Value, String) {
        let client_params =
            client_params.iter().cloned().map(|(name, concept, value)| ClientParam { name, concept, value });
        let translated = translate("x", &parameters(properties), &client_params.collect::<Vec<_>>());
        (Value::Object(translated.params), translated.warnings.join("\n"))
    }

    #[test]
    fn an_emotion_is_a_word_or_a_number() {
        for (place, emotion) in EMOTIONS.into_iter().enumerate() {
            let param = [("emotion", Concept::Emotion, json!(emotion))];
            assert_eq!(
                translated(json!({"emotion": {"type": "integer"}}), &param),
                (json!({"emotion": place}), String::new())
            );
        }
        let words = json!({"oneOf": [{"const": "Happy"}, {"const": "surprise"}]});
        let mixtures = json!({"anyOf": [{"type": "array"}, {"type": "object"}]});
        let besides = json!({"anyOf": [{"anyOf": [words, mixtures, {"type": "array"}]}, {"type": "null"}]});
        for words in [words, besides].map(|words| json!({"emotion": words})) {
            let param = |word: &str| [("emotion", Concept::Emotion, json!(word))];
            assert_eq!(translated(words.clone(), &param("happy")).0, json!({"emotion": "Happy"}));
            assert_eq!(translated(words.clone(), &param("surprised")).0, json!({"emotion": "surprise"}));
            let warning = "the engine `x` does not take fear for `emotion` and uses its default";
            assert_eq!(translated(words, &param("fear")), (json!({}), warning.to_owned()));
        }
    }

    #[test]
    fn a_number_goes_as_far_as_the_engine_does() {
        let properties = json!({
            "sampling_steps": {"type": "integer", "minimum": 1, "maximum": 30},
            "seed": {"type": ["integer", "null"], "minimum": 0},
            "cfg": {"type": "number"},
        });
        let client_params = [
            ("inference_steps", Concept::Steps, json!(50)),
            ("seed", Concept::Seed, json!(7)),
            ("guidance_scale", Concept::Guidance, json!(2.5)),
            ("ref_scale", Concept::Own, json!(3.0)),
            ("crop", Concept::Own, json!(false)),
        ];
        let (params, warnings) = translated(properties, &client_params);
        assert_eq!(params, json!({"sampling_steps": 30, "seed": 7, "cfg": 2.5}));
        insta::assert_snapshot!(warnings, @r"
        the engine `x` does not take 50 for `inference_steps`: it became 30
        the engine `x` renders without what it does not know: `ref_scale`, `crop`
        ");
    }

    #[test]
    fn a_seed_keeps_all_its_digits() {
        let to = |greatest: u64, seed: Value| {
            let seeds = json!({"seed": {"type": ["integer", "null"], "minimum": 0, "maximum": greatest}});
            translated(seeds, &[("seed", Concept::Seed, seed)])
        };
        for seed in [u64::MAX, u64::MAX - 1, (1 << 53) + 1] {
            assert_eq!(to(u64::MAX, json!(seed)), (json!({"seed": seed}), String::new()));
        }
        // 2^64 has no place in JSON's whole numbers, and comes as a float.
        let (params, told) = to(u64::MAX, json!(18_446_744_073_709_551_616.0));
        assert_eq!(params, json!({"seed": u64::MAX}));
        assert!(told.ends_with("18446744073709551616 for `seed`: it became 18446744073709551615"), "{told}");
        let (params, told) = to(u64::MAX - 1, json!(u64::MAX));
        assert_eq!(params, json!({"seed": u64::MAX - 1}));
        assert!(told.ends_with("it became 18446744073709551614"), "{told}");
        assert_eq!(to(i32::MAX.unsigned_abs().into(), json!(u64::MAX)).0, json!({"seed": i32::MAX}));
    }

    #[test]
    fn what_is_nearest_is_taken_by_the_schema() {
        let nearest =
            |property: Value, sent: f64| translated(json!({"x": property}), &[("x", Concept::Own, json!(sent))]);
        let side = json!({"type": "integer", "minimum": 63, "maximum": 101, "multipleOf": 8});
        for (sent, taken) in [(0.0, 64), (75.0, 72), (76.0, 80), (1e30, 96)] {
            assert_eq!(nearest(side.clone(), sent).0, json!({"x": taken}), "{sent}");
        }
        let between = json!({"type": "integer", "exclusiveMinimum": 0, "exclusiveMaximum": 2.5});
        assert_eq!((nearest(between.clone(), -3.0).0, nearest(between, 9.0).0), (json!({"x": 1}), json!({"x": 2})));
        let above = json!({"type": "number", "exclusiveMinimum": 0.0, "maximum": 1.0});
        assert!(nearest(above, -1.0).0["x"].as_f64().is_some_and(|taken| taken > 0.0));
    }

    #[test]
    fn any_seed_is_asked_of_engines_that_know_that_wish() {
        let any = |least: i64| {
            translated(json!({"seed": {"type": "integer", "minimum": least}}), &[("seed", Concept::Seed, json!(-7))])
        };
        assert_eq!(any(-1), (json!({"seed": -1}), String::new()));
        assert_eq!(any(0), (json!({}), String::new()));
        assert_eq!(translated(json!({}), &[("seed", Concept::Seed, json!(-7))]), (json!({}), String::new()));
    }

    #[test]
    fn a_size_is_one_side_or_two() {
        let side = json!({"type": "integer", "minimum": 64, "multipleOf": 2});
        let two = [("width", Concept::Width, json!(513)), ("height", Concept::Height, json!(256))];
        let one = [("min_resolution", Concept::ShortSide, json!(300))];
        assert_eq!(translated(json!({"max_size": side}), &two[1..]).0, json!({"max_size": 256}));
        assert_eq!(translated(json!({"max_size": side}), &two).0, json!({"max_size": 514}));
        assert_eq!(translated(json!({"min_resolution": side}), &two).0, json!({"min_resolution": 256}));
        assert_eq!(translated(json!({"width": side, "height": side}), &one).0, json!({"width": 300, "height": 300}));
        assert_eq!(translated(json!({"size": side}), &one), (json!({"size": 300}), String::new()));
        assert_eq!(translated(json!({}), &one).0, json!({}));
    }

    #[test]
    fn a_value_of_another_kind_is_left_out() {
        let properties = json!({"crop": {"enum": ["none", "head"]}, "seed": {"type": "integer"}});
        let (params, warnings) = translated(properties, &[("crop", Concept::Own, json!(true))]);
        assert_eq!(params, json!({}));
        assert_eq!(warnings, "the engine `x` does not take true for `crop` and uses its default");
    }
}
