//! Tests of what a configuration may say, and of the errors about it.

use engine_pickle::{Array, Value};

use super::*;

fn one(name: &str, value: Value) -> Value {
    Value::Dict(vec![(Value::Str(name.into()), value)])
}

fn list(items: &[Value]) -> Value {
    Value::List(items.to_vec())
}

fn text(text: &str) -> Value {
    Value::Str(text.into())
}

fn read(name: &str, value: Value) -> Settings {
    Settings::merge(&[&Partial::from_pickle(&one(name, value)).expect(name)]).expect(name)
}

fn refused(name: &str, value: Value) -> String {
    let read = Partial::from_pickle(&one(name, value));
    read.and_then(|given| Settings::merge(&[&given])).expect_err(name).to_string()
}

#[test]
fn lengths_below_one_are_none() {
    for none in [Value::None, Value::Int(0), Value::Int(-1)] {
        assert_eq!(read("max_size", none.clone()).max_size, None);
        assert_eq!(read("N_d", none).n_d, None);
    }
    assert_eq!(read("N_d", Value::Int(7)).n_d, Some(7));
}

#[test]
fn emotions_are_labels_mixtures_frames_or_shares() {
    let emo = |value: Value| read("emo", value).emo;
    let labels = |labels: &[i64]| list(&labels.iter().map(|label| Value::Int(*label)).collect::<Vec<_>>());
    assert_eq!(emo(Value::Int(3)), [emotion_row(&[3])]);
    assert_eq!(emo(labels(&[3, 6])), [emotion_row(&[3, 6])]);
    assert_eq!(emo(list(&[labels(&[3]), labels(&[4, 5])])), [emotion_row(&[3]), emotion_row(&[4, 5])]);
    let shares = Array { shape: vec![2, 8], values: (0..16).map(f64::from).collect() };
    assert_eq!(emo(Value::Array(shares))[1], [8.0, 9.0, 10.0, 11.0, 12.0, 13.0, 14.0, 15.0]);
}

#[test]
fn control_by_frame_is_a_list_or_a_mapping_of_numbers_or_texts() {
    let pitch = |degrees: i64| one("delta_pitch", Value::Int(degrees));
    let turned = |degrees: f32| Control { delta_pitch: Some(degrees), ..Control::default() };
    let frames = list(&[Value::None, pitch(2)]);
    assert_eq!(read("ctrl_info", frames).ctrl_info, HashMap::from([(0, Control::default()), (1, turned(2.0))]));
    let frames = Value::Dict(vec![(Value::Int(3), pitch(1)), (text("7"), pitch(-1))]);
    assert_eq!(read("ctrl_info", frames).ctrl_info, HashMap::from([(3, turned(1.0)), (7, turned(-1.0))]));
    assert!(read("ctrl_info", Value::None).ctrl_info.is_empty());
    assert_eq!(read("overall_ctrl_info", Value::None).overall_ctrl_info, Control::default());
}

#[test]
fn a_field_that_is_no_part_may_be_named_among_the_driven_ones() {
    let parts = list(&[text("exp"), text("kp"), text("t")]);
    assert_eq!(read("use_d_keys", parts).use_d_keys, Some(vec![(Part::Exp, 1.0), (Part::T, 1.0)]));
    let gains = Value::Dict(vec![(text("pitch"), Value::Float(0.5)), (text("kp"), Value::Int(2))]);
    assert_eq!(read("use_d_keys", gains).use_d_keys, Some(vec![(Part::Pitch, 0.5)]));
}

#[test]
fn errors_name_the_setting_the_place_in_it_and_the_fault() {
    let table = [
        ("overlap_v3", Value::Int(1), "setting overlap_v3: there is no such name"),
        ("overlap_v2", Value::Int(80), "setting overlap_v2: 80 is not from 1 to 79"),
        ("max_size", Value::Int(20_000), "setting max_size: 20000 is not from 1 to 16384"),
        ("crop_scale", Value::Float(f64::NAN), "setting crop_scale: a number in it is not finite"),
        ("emo", Value::Int(8), "setting emo: labels are 0 to 7, at least one"),
        (
            "use_d_keys",
            list(&[text("mouth")]),
            "setting use_d_keys: it is neither a list of scale, pitch, yaw, roll, t and exp nor factors by these names",
        ),
        (
            "overall_ctrl_info",
            one("delta_pich", Value::Int(2)),
            "setting overall_ctrl_info: delta_pich: there is no such name",
        ),
        (
            "ctrl_info",
            Value::Dict(vec![(Value::Int(3), one("vad_alpha", text("half")))]),
            "setting ctrl_info: 3.vad_alpha: invalid type: string \"half\", expected f32",
        ),
        ("ch_info", Value::Dict(vec![]), "setting ch_info: x_s_info_lst: it is missing"),
        (
            "delta_eye_arr",
            list(&[const { Value::Float(0.5) }; 3]),
            "setting delta_eye_arr: it has 3 numbers, and needs rows of 63",
        ),
        (
            "fix_kp_cond_dim",
            list(&[Value::Int(3), Value::Int(2)]),
            "setting fix_kp_cond_dim: it is no pair of ascending numbers up to 265",
        ),
    ];
    for (name, value, want) in table {
        assert_eq!(refused(name, value), want);
    }
    let whole = Partial::from_pickle(&Value::Int(1)).unwrap_err().to_string();
    assert_eq!(whole, "setting default_kwargs: invalid type: integer `1`, expected a mapping of settings");
}
