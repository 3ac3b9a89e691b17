//! A whole set, whatever its form: every record is read, inputs are made or there, and closed-form networks have the sums that the set tells.
//!
//! The set is the one in `GOLDEN_DIR`, or else Ditto's.

use std::path::{Path, PathBuf};
use std::{env, fs};

use engine_golden::json::{list, shape, size, text};
use engine_golden::weights::{bits_sum, weights};
use engine_golden::{Format, Picks, Set, Tensor, Values, compare};
use serde_json::Value;

fn folder() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ditto/tests/golden/set");
    env::var_os("GOLDEN_DIR").map_or(own, PathBuf::from)
}

fn json(path: &Path) -> Value {
    let bytes = fs::read(path).unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()));
    serde_json::from_slice(&bytes).expect("JSON")
}

fn set() -> (Set, Format, Value) {
    let manifest = json(&folder().join("manifest.json"));
    let format = Format::ALL.into_iter().find(|format| manifest["format"] == format.name()).expect("a known form");
    (Set::read(&folder(), format), format, manifest)
}

/// Calls `each` with every object of a value, from the outside in.
fn objects<'a>(value: &'a Value, each: &mut impl FnMut(&'a Value)) {
    match value {
        Value::Object(fields) => {
            each(value);
            fields.values().for_each(|field| objects(field, each));
        }
        Value::Array(items) => items.iter().for_each(|item| objects(item, each)),
        _ => {}
    }
}

#[test]
fn every_record_is_read_and_holds_what_it_is_compared_with() {
    let (set, format, manifest) = set();
    let (mut records, mut wholes) = (0, 0);
    let key = if format == Format::Ditto { "tol" } else { "compare" };
    objects(&manifest, &mut |record| {
        if !(record.get(key).is_some_and(Value::is_string) && record.get("tensor").is_some()) {
            return;
        }
        records += 1;
        let expected = set.expected(record);
        let picked: usize = expected.shape.iter().product();
        match &expected.picks {
            Picks::Strided { offset, stride } => {
                assert_eq!(expected.stored.len(), (picked - offset).div_ceil(*stride), "{record}");
            }
            Picks::All | Picks::PerFrame { .. } | Picks::Slice(_) | Picks::Rows(_) => {
                assert_eq!(expected.stored.len(), picked, "{record}");
            }
        }
        if expected.picks == Picks::All {
            wholes += 1;
            let same = Tensor::new(&expected.shape, expected.stored.values.clone());
            assert!(compare(&expected, &same).is_ok(), "{record}");
            if let Some(other) = spoiled(&same).filter(|_| record["compare"] != "informative") {
                assert!(compare(&expected, &other).is_err(), "anything passes {record}");
            }
        }
    });
    assert!(records > 100 && wholes > 50, "{records} records, {wholes} whole ones");
}

/// The same values but for half of them, which are far off.
fn spoiled(tensor: &Tensor) -> Option<Tensor> {
    let half = tensor.len().div_ceil(2);
    let mut other = tensor.clone();
    match &mut other.values {
        Values::F32(values) => values[..half].iter_mut().for_each(|value| *value = 3.0 * *value + 1e4),
        Values::F64(values) => values[..half].iter_mut().for_each(|value| *value = 3.0 * *value + 1e4),
        Values::I64(values) => values[..half].iter_mut().for_each(|value| *value += 1000),
        Values::U8(values) => values[..half].iter_mut().for_each(|value| *value ^= 0x80),
    }
    (half > 0).then_some(other)
}

#[test]
fn every_described_input_is_made() {
    let (set, format, manifest) = set();
    let mut inputs = 0;
    objects(&manifest["stages"], &mut |object| match format {
        Format::Ditto if ["rule", "rule_u8"].iter().any(|name| object.get(name).is_some()) => {
            assert!(!set.input(object).is_empty());
            inputs += 1;
        }
        Format::EchoMimic if object.get("source").is_some() => {
            let made = set.input(object);
            assert_eq!(made.shape, shape(&object["shape"]));
            for (index, want) in object.get("probe").map_or(&[][..], list).iter().enumerate() {
                assert_eq!(Some(made.at(index)), want.as_f64(), "{object}");
            }
            inputs += 1;
        }
        Format::DiceTalk => {
            for input in object.get("inputs").and_then(Value::as_object).into_iter().flat_map(|inputs| inputs.values())
            {
                let _ = set.input(input);
                inputs += 1;
            }
        }
        Format::RealWeights if object.get("bytes").is_some() => {
            let path = set.path(text(&object["file"]));
            assert_eq!(
                fs::metadata(&path).expect("the file is there").len(),
                size(&object["bytes"]) as u64,
                "{object}"
            );
            inputs += 1;
        }
        _ => {}
    });
    assert!(inputs > 10, "{inputs} inputs");
}

#[test]
fn closed_form_networks_have_the_sums_of_the_set() {
    let (set, format, manifest) = set();
    let networks = match format {
        Format::Ditto | Format::RealWeights => return,
        Format::EchoMimic => &manifest["models"],
        Format::DiceTalk => &manifest["networks"],
    };
    for (name, network) in networks.as_object().expect("networks by name") {
        let listed = ["tiny_", ""].map(|prefix| set.path(&format!("state_dict/{prefix}{name}.json")));
        let tensors = match (network["tensors"].as_object(), listed.iter().find(|path| path.is_file())) {
            (Some(tensors), _) => tensors.clone(),
            // A full-size list has types beside the shapes, and may not be of the network that the set has.
            (None, Some(list)) => json(list).as_object().expect("shapes by key").clone(),
            (None, None) => continue,
        };
        let shapes = tensors
            .iter()
            .map(|(key, found)| (key, shape(found.get(0).filter(|first| first.is_array()).unwrap_or(found))));
        let sum = shapes.map(|(key, shape)| bits_sum(&weights(set.prefix(), name, key, &shape)));
        let sum = sum.fold(0_u64, u64::wrapping_add);
        assert_eq!(format!("{sum:#018x}"), text(&network["bits_sum"]), "{name}");
        let count = network["tensors"].as_object().map_or_else(|| size(&network["tensors"]), |tensors| tensors.len());
        assert_eq!(tensors.len(), count, "{name}");
    }
}
