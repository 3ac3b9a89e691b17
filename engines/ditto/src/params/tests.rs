//! Tests of what parameters mean, and of what their schema says.

use std::collections::HashMap;
use std::path::Path;

use engine_api::Emotion;
use serde_json::{Map, Value, json};

use super::emotion::label;
use super::*;
use crate::motion::condition::{EMOTIONS, emotion_row};
use crate::motion::part::Part;
use crate::numbers::Row;
use crate::settings::Settings;
use crate::settings::config_file::Config;
use crate::stitch::blink::Blinks;
use crate::stitch::control::Control;
use crate::stitch::fade::Fade;

fn params(given: Value) -> Params {
    serde_json::from_value(given).expect("parameters")
}

fn configuration(name: &str) -> Config {
    let set = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/set");
    Config::read(&set.join(format!("cfg_{name}.pkl"))).expect("a configuration")
}

/// The settings without a configuration.
fn alone(given: Value) -> Settings {
    params(given).settings(None).expect("settings")
}

fn schema() -> Value {
    schemars::schema_for!(Params).to_value()
}

#[test]
fn what_is_null_is_as_if_it_were_not_there() {
    assert_eq!(params(json!({})), Params::default());
    let names = schema()["properties"].as_object().unwrap().clone();
    let nulls: Map<String, Value> = names.keys().map(|name| (name.clone(), Value::Null)).collect();
    assert_eq!(params(Value::Object(nulls)), Params::default());
    let defaults: Map<String, Value> =
        names.iter().map(|(name, property)| (name.clone(), property["default"].clone())).collect();
    assert_eq!(params(Value::Object(defaults)), Params::default());
    assert_eq!(alone(json!({})), Settings::default());
}

#[test]
fn every_parameter_is_described_and_every_number_has_its_range() {
    fn walk(place: &str, schema: &Value) {
        match schema {
            Value::Object(fields) => {
                let kinds: Vec<&str> = match &fields.get("type") {
                    Some(Value::String(kind)) => vec![kind],
                    Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
                    _ => vec![],
                };
                if kinds.contains(&"number") || kinds.contains(&"integer") {
                    assert!(fields.contains_key("minimum") && fields.contains_key("maximum"), "{place}: no range");
                }
                if kinds.contains(&"array") {
                    assert!(fields.contains_key("maxItems"), "{place}: a list of any length");
                }
                if kinds.contains(&"object") {
                    assert_eq!(fields["additionalProperties"], false, "{place}: takes any name");
                }
                if let Some(Value::Object(properties)) = fields.get("properties") {
                    for (name, property) in properties {
                        assert!(property["description"].is_string(), "{place}/{name}: no description");
                    }
                }
                fields.iter().for_each(|(name, inner)| walk(&format!("{place}/{name}"), inner));
            }
            Value::Array(items) => items.iter().for_each(|inner| walk(place, inner)),
            _ => {}
        }
    }
    walk("", &schema());
}

#[test]
fn each_parameter_changes_its_setting() {
    type Change = fn(&mut Settings);
    let row = vec![0.5; 63];
    let table: [(&str, Value, Change); 31] = [
        ("corrected", json!(true), |settings| settings.corrected = true),
        ("emotion", json!("happy"), |settings| settings.emo = vec![emotion_row(&[3])]),
        ("steps", json!(7), |settings| settings.sampling_timesteps = 7),
        ("pitch", json!(3), |settings| settings.overall_ctrl_info.delta_pitch = Some(3.0)),
        ("yaw", json!(-4.5), |settings| settings.overall_ctrl_info.delta_yaw = Some(-4.5)),
        ("roll", json!(5), |settings| settings.overall_ctrl_info.delta_roll = Some(5.0)),
        ("fade_in", json!(5), |settings| settings.fade_type = Fade::First),
        ("fade_out", json!(5), |settings| settings.fade_type = Fade::First),
        ("fade_type", json!("s"), |settings| settings.fade_type = Fade::Source),
        ("fade_out_keys", json!(["t"]), |settings| settings.fade_out_keys = vec![Part::T]),
        ("max_size", json!(640), |settings| settings.max_size = Some(640)),
        ("template_n_frames", json!(9), |settings| settings.template_n_frames = Some(9)),
        ("crop_scale", json!(2.5), |settings| settings.crop_scale = 2.5),
        ("crop_vx_ratio", json!(0.1), |settings| settings.crop_vx_ratio = 0.1),
        ("crop_vy_ratio", json!(0.2), |settings| settings.crop_vy_ratio = 0.2),
        ("crop_flag_do_rot", json!(false), |settings| settings.crop_flag_do_rot = false),
        ("smo_k_s", json!(5), |settings| settings.smo_k_s = 5),
        ("smo_k_d", json!(0), |settings| settings.smo_k_d = 0),
        ("eye_f0_mode", json!(true), |settings| settings.eye_f0_mode = true),
        ("overlap_v2", json!(20), |settings| settings.overlap_v2 = 20),
        ("fix_kp_cond", json!(2), |settings| settings.fix_kp_cond = 2),
        ("fix_kp_cond_dim", json!([1, 202]), |settings| settings.fix_kp_cond_dim = Some(1..202)),
        ("use_d_keys", json!(["exp"]), |settings| settings.use_d_keys = Some(vec![(Part::Exp, 1.0)])),
        ("use_d_keys", json!({"exp": 1.5}), |settings| settings.use_d_keys = Some(vec![(Part::Exp, 1.5)])),
        ("relative_d", json!(false), |settings| settings.relative_d = false),
        ("drive_eye", json!(false), |settings| settings.drive_eye = Some(false)),
        ("delta_eye_arr", json!([row, row]), |settings| settings.delta_eye_arr = Some(vec![[0.5; 63]; 2])),
        ("delta_eye_open_n", json!(-1), |settings| settings.delta_eye_open_n = Blinks::Never),
        ("delta_eye_open_n", json!([30, 40]), |settings| settings.delta_eye_open_n = Blinks::Gaps(vec![30, 40])),
        ("delta_eye_open_n", json!(50), |settings| settings.delta_eye_open_n = Blinks::Gaps(vec![50])),
        ("flag_stitching", json!(false), |settings| settings.flag_stitching = false),
    ];
    for (name, value, change) in table {
        let mut want = Settings::default();
        change(&mut want);
        assert_eq!(alone(json!({name: value})), want, "{name}");
    }
}

#[test]
fn bounds_are_rows_of_a_motion_vector() {
    let bounds = |min: f32, max: f32| json!({"v_min_max_for_clip": {"min": vec![min; 265], "max": vec![max; 265]}});
    let read = alone(bounds(-1.5, 2.0)).v_min_max_for_clip.expect("bounds");
    assert_eq!((read.min, read.max), ([-1.5; 265], [2.0; 265]));
    let crossed = params(bounds(1.0, 0.0)).settings(None).unwrap_err();
    assert_eq!(
        crossed.to_string(),
        "setting v_min_max_for_clip: the least value of number 0 is above its greatest; let it be below"
    );
}

#[test]
fn control_is_of_all_frames_or_of_some() {
    let fields = json!({
        "fade_alpha": 0.5, "fade_out_keys": ["exp"], "delta_pitch": 1, "delta_yaw": 2, "delta_roll": 3, "alpha_pitch": 4,
        "alpha_yaw": 5, "alpha_roll": 6, "delta_exp": vec![0.25; 63], "vad_alpha": 0.75
    });
    let control = Control {
        fade_alpha: Some(0.5),
        fade_out_keys: Some(vec![Part::Exp]),
        delta_pitch: Some(1.0),
        delta_yaw: Some(2.0),
        delta_roll: Some(3.0),
        alpha_pitch: Some(4.0),
        alpha_yaw: Some(5.0),
        alpha_roll: Some(6.0),
        delta_exp: Some(Row([0.25; 63])),
        vad_alpha: Some(0.75),
    };
    assert_eq!(alone(json!({"overall_ctrl_info": fields})).overall_ctrl_info, control);
    let some = alone(json!({"ctrl_info": {"3": fields, "07": {}}})).ctrl_info;
    assert_eq!(some, HashMap::from([(3, control.clone()), (7, Control::default())]));
    let each = alone(json!({"ctrl_info": [{}, fields]})).ctrl_info;
    assert_eq!(each, HashMap::from([(0, Control::default()), (1, control)]));
    for wrong in [json!({"-1": {}}), json!({"": {}}), json!({"12345678": {}}), json!([{"delta_pich": 1}])] {
        assert!(serde_json::from_value::<Params>(json!({"ctrl_info": wrong})).is_err(), "{wrong}");
    }
}

#[test]
fn an_emotion_is_a_name_a_mixture_or_a_list_of_mixtures() {
    let rows = |emotion: Value| alone(json!({"emotion": emotion})).emo;
    let labels = Emotion::ALL.map(label);
    assert_eq!(labels, [4, 3, 5, 0, 6, 1, 2, 7]);
    for name in Emotion::ALL {
        assert_eq!(rows(json!(name)), [emotion_row(&[label(name)])]);
    }
    assert_eq!(rows(json!(["happy", "surprised"])), [emotion_row(&[3, 6])]);
    let mut shares = [0.0; EMOTIONS];
    (shares[3], shares[6]) = (0.75, 0.25);
    assert_eq!(rows(json!({"happy": 0.6, "surprised": 0.2})), [shares]);
    assert_eq!(rows(json!({"happy": 1})), [std::array::from_fn(|label| if label == 3 { 1.0 } else { 0.0 })]);
    let frames = json!([["neutral"], {"happy": 0.6, "surprised": 0.2}, ["sad", "fear"]]);
    assert_eq!(rows(frames), [emotion_row(&[4]), shares, emotion_row(&[5, 2])]);
    for wrong in [json!("hapy"), json!(3), json!(["happy", ["sad"]]), json!({"hapy": 1})] {
        assert!(serde_json::from_value::<Params>(json!({"emotion": wrong})).is_err(), "{wrong}");
    }
    for empty in [json!([]), json!({}), json!({"happy": 0}), json!([["happy"], {"sad": 0}])] {
        let error = params(json!({"emotion": empty})).settings(None).unwrap_err();
        assert_eq!(error.to_string(), "setting emotion: an entry has no share above 0; give it at least one");
    }
}

#[test]
fn a_client_wins_over_the_configuration_and_that_over_the_code() {
    let config = configuration("offline");
    let settings = |given: Value| params(given).settings(Some(&config)).expect("settings");
    let configured = settings(json!({}));
    assert_eq!(configured, Settings::merge(&[&config.settings]).unwrap());
    assert_eq!(configured.emo.len(), 600);
    assert_eq!((configured.fix_kp_cond, Settings::default().fix_kp_cond), (1, 0));

    let words = ["ch_info", "v_min_max_for_clip", "delta_eye_arr"];
    let all = |word: &str| words.iter().map(|name| ((*name).to_owned(), json!(word))).collect::<Map<_, _>>();
    assert_eq!(settings(Value::Object(all("configured"))), configured);
    let without = settings(Value::Object(all("none")));
    assert!(without.ch_info.is_none() && without.v_min_max_for_clip.is_none() && without.delta_eye_arr.is_none());
    assert!(alone(json!({"ch_info": "configured"})).ch_info.is_none());

    assert_eq!(settings(json!({"fix_kp_cond": 0, "emotion": "sad"})).emo, [emotion_row(&[5])]);
    assert_eq!(settings(json!({"fix_kp_cond": 0})).fix_kp_cond, 0);
    assert_eq!(settings(json!({"fix_kp_cond_dim": [0, 0]})).fix_kp_cond_dim, Some(0..0));
    assert_eq!(settings(json!({"template_n_frames": 0})).template_n_frames, None);
    assert_eq!(settings(json!({"fade_type": "", "fade_in": 4})).fade_type, Fade::Off);
    assert_eq!(alone(json!({"fade_in": 0})).fade_type, Fade::Off);
}

#[test]
fn a_turn_of_the_head_wins_over_all_but_control_of_its_frame() {
    let config = configuration("offline");
    let overall = |given: Value| params(given).settings(Some(&config)).expect("settings").overall_ctrl_info;
    let turned =
        |pitch, yaw, roll| Control { delta_pitch: pitch, delta_yaw: yaw, delta_roll: roll, ..Control::default() };
    assert_eq!(overall(json!({})), turned(Some(2.0), None, None));
    assert_eq!(overall(json!({"yaw": 10})), turned(Some(2.0), Some(10.0), None));
    assert_eq!(overall(json!({"pitch": 0})), turned(Some(0.0), None, None));
    assert_eq!(overall(json!({"overall_ctrl_info": {}})), Control::default());
    let both = json!({"overall_ctrl_info": {"delta_pitch": 7, "delta_roll": 8}, "pitch": 9});
    assert_eq!(overall(both), turned(Some(9.0), None, Some(8.0)));
}

#[test]
fn a_stream_has_overlaps_that_it_can_have() {
    let online = |given: Value| {
        let Value::Object(mut given) = given else { panic!("an object") };
        given.insert("online_mode".into(), json!(true));
        params(Value::Object(given))
    };
    let bare = online(json!({})).settings(None).expect("settings");
    assert_eq!((bare.online_mode, bare.overlap_v2, bare.sampling_timesteps), (true, 70, 10));
    assert_eq!(online(json!({"steps": 20})).settings(None).expect("settings").sampling_timesteps, 20);
    let published = online(json!({})).settings(Some(&configuration("online"))).expect("settings");
    assert_eq!((published.online_mode, published.overlap_v2), (true, 70));
    assert!(!params(json!({})).settings(Some(&configuration("online"))).expect("settings").online_mode);
    for overlap in [40, 54, 57, 79] {
        assert!(online(json!({"overlap_v2": overlap})).settings(None).is_ok(), "{overlap}");
    }
    let told = |overlap: u32| online(json!({"overlap_v2": overlap})).settings(None).unwrap_err().to_string();
    assert_eq!(
        told(39),
        "setting overlap_v2: with 39, a stream would leave out the beginning of the speech; in `online_mode` give 40 to \
         54 or 57 to 79, 70 is usual"
    );
    assert_eq!(
        told(55),
        "setting overlap_v2: a stream cannot begin with 55 frames of silence; in `online_mode` give 40 to 54 or 57 to \
         79, 70 is usual"
    );
    assert!(told(56).contains("56"));
}

#[test]
fn what_is_no_setting_is_read_beside_them() {
    let given = params(json!({"seed": u64::MAX, "duration": 1.5, "exact_length": false, "fade_out": 12}));
    assert_eq!((given.seed(), given.duration(), given.exact_length()), (u64::MAX, Some(1.5), false));
    assert_eq!((given.fade_in(), given.fade_out()), (None, Some(12)));
    assert!(params(json!({})).exact_length());
    assert!(serde_json::from_value::<Params>(json!({"sede": 1})).is_err());
}
