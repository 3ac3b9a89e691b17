//! Stage `cfg_read`, and the order in which settings win.

use engine_ditto::motion::part::Part;
use engine_ditto::settings::Settings;
use engine_ditto::settings::config_file::Config;
use engine_ditto::stitch::blink::Blinks;
use engine_golden::Tensor;
use engine_golden::json::{list, text};
use engine_pickle::{Value as Setting, unpickle};
use serde_json::Value;

use crate::motion_records::{merged, setting};
use crate::reference::{SET, check};

#[test]
fn configurations_hold_what_the_reference_read() {
    for case in SET.cases("cfg_read") {
        let (name, path) = (text(&case["name"]), SET.path(text(&case["file"])));
        let root = unpickle(&std::fs::read(&path).unwrap()).unwrap();
        for section in ["base_cfg", "audio2motion_cfg"] {
            agree(name, root.get(section).expect(section), &case[section]);
        }
        let kwargs = root.get("default_kwargs").expect("default_kwargs");
        for (key, want) in case["scalars"].as_object().expect("scalars") {
            agree(&format!("{name} {key}"), kwargs.get(key).expect(key), want);
        }
        for record in list(&case["arrays"]) {
            let found = text(&record["path"]).split('.').fold(&root, |value, key| match value {
                Setting::List(items) => &items[key.parse::<usize>().unwrap()],
                value => value.get(key).unwrap_or_else(|| panic!("{name}: no {key}")),
            });
            let Setting::Array(array) = found else { panic!("{} is no array", record["path"]) };
            let values = array.values.iter().map(|value| *value as f32).collect();
            check(&format!("cfg_read {name} {}", record["path"]), record, &Tensor::f32(&array.shape, values));
        }
        let config = Config::read(&path).unwrap();
        let settings = Settings::merge(&[&config.settings]).unwrap();
        let scalars = &case["scalars"];
        assert_eq!(scalars["online_mode"], settings.online_mode);
        assert_eq!(scalars["overlap_v2"], settings.overlap_v2);
        assert_eq!(scalars["sampling_timesteps"], settings.sampling_timesteps);
        assert_eq!(scalars["fix_kp_cond"], settings.fix_kp_cond);
        let kept = settings.fix_kp_cond_dim.map(|kept| [kept.start, kept.end]);
        assert_eq!(scalars["fix_kp_cond_dim"], serde_json::json!(kept));
        let pitch = scalars["overall_ctrl_info"]["delta_pitch"].as_f64().map(|pitch| pitch as f32);
        assert_eq!(settings.overall_ctrl_info.delta_pitch, pitch);
    }
}

/// The values are the same; tuples are lists in JSON.
fn agree(what: &str, got: &Setting, want: &Value) {
    let (Setting::Dict(pairs), Value::Object(wanted)) = (got, want) else {
        assert_eq!(*got, setting(want), "{what}");
        return;
    };
    assert_eq!(pairs.len(), wanted.len(), "{what}");
    for (key, want) in wanted {
        agree(&format!("{what} {key}"), got.get(key).unwrap_or_else(|| panic!("{what}: no {key}")), want);
    }
}

fn one(name: &str, value: Setting) -> Setting {
    Setting::Dict(vec![(Setting::Str(name.into()), value)])
}

#[test]
fn a_caller_wins_over_the_file_and_the_file_over_the_code() {
    let file = one("overlap_v2", Setting::Int(70));
    let over_file = |caller: &Setting| merged(&[&file, caller]);
    assert_eq!(Settings::merge(&[]).unwrap(), Settings::default());
    assert_eq!(over_file(&Setting::Dict(vec![])).unwrap().overlap_v2, 70);
    assert_eq!(over_file(&one("overlap_v2", Setting::Int(75))).unwrap().overlap_v2, 75);
    let without = merged(&[&one("drive_eye", Setting::Bool(true)), &one("drive_eye", Setting::None)]);
    assert_eq!(without.unwrap().drive_eye, None);
    let gaps = Setting::List(vec![Setting::Int(8), Setting::Int(20)]);
    assert_eq!(over_file(&one("delta_eye_open_n", gaps)).unwrap().delta_eye_open_n, Blinks::Gaps(vec![8, 20]));
    let keys = Setting::List(vec![Setting::Str("exp".into()), Setting::Str("kp".into())]);
    assert_eq!(over_file(&one("fade_out_keys", keys)).unwrap().fade_out_keys, [Part::Exp], "kp is never faded");
}

#[test]
fn what_no_setting_can_be_is_refused_by_its_name() {
    let wrong = [
        ("overlap_v3", Setting::Int(1)),
        ("overlap_v2", Setting::Int(80)),
        ("overlap_v2", Setting::None),
        ("sampling_timesteps", Setting::Int(0)),
        ("crop_scale", Setting::Float(f64::NAN)),
        ("emo", Setting::Int(8)),
        ("emo", Setting::List(vec![])),
        ("fade_type", Setting::Str("d1".into())),
        ("fix_kp_cond_dim", Setting::List(vec![Setting::Int(3), Setting::Int(2)])),
        ("use_d_keys", Setting::List(vec![Setting::Str("mouth".into())])),
        ("overall_ctrl_info", one("delta_pich", Setting::Int(2))),
        ("ch_info", Setting::Dict(vec![])),
    ];
    for (name, value) in wrong {
        let error = merged(&[&one(name, value.clone())]).expect_err(name);
        assert_eq!(error.name, name, "{value:?}");
    }
}
