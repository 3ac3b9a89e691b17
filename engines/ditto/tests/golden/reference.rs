//! The reference set: where it lies, its manifest, its tensors and the inputs that its records describe.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::{env, fs};

use safetensors::SafeTensors;
use serde_json::Value;

use crate::rule;
use crate::tensor::{Tensor, Values};

/// The set that this run tests against.
pub(crate) static SET: LazyLock<Set> = LazyLock::new(|| Set::read(&folder()));

fn folder() -> PathBuf {
    env::var_os("GOLDEN_DIR")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/set"), PathBuf::from)
}

/// A set, read.
pub(crate) struct Set {
    folder: PathBuf,
    manifest: Value,
    tensors: HashMap<String, Tensor>,
}

impl Set {
    fn read(folder: &Path) -> Self {
        let read = |name: &str| {
            let path = folder.join(name);
            fs::read(&path).unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()))
        };
        let manifest: Value = serde_json::from_slice(&read("manifest.json")).expect("manifest.json is JSON");
        assert_eq!(manifest["format"], "ditto-golden/1", "the harness reads another format");
        let bytes = read("golden.safetensors");
        let stored = SafeTensors::deserialize(&bytes).expect("golden.safetensors is a safetensors file");
        let tensors = stored.iter().map(|(name, view)| (name.to_owned(), Tensor::stored(&view))).collect();
        Self { folder: folder.to_owned(), manifest, tensors }
    }

    /// The cases of a stage; a set without them is an error.
    pub(crate) fn cases(&self, stage: &str) -> &[Value] {
        let cases = self.manifest["stages"][stage].as_array();
        cases.filter(|cases| !cases.is_empty()).unwrap_or_else(|| panic!("the set has no cases of stage {stage:?}"))
    }

    /// The whole runs; a set without them is an error.
    pub(crate) fn runs(&self) -> &[Value] {
        let runs = list(self.part("runs"));
        assert!(!runs.is_empty(), "the set has no runs");
        runs
    }

    /// A top-level part of the manifest, such as `rule` or `tolerances`.
    pub(crate) fn part(&self, name: &str) -> &Value {
        self.manifest.get(name).unwrap_or_else(|| panic!("the manifest has no part {name:?}"))
    }

    /// A file of the set.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// A stored tensor.
    pub(crate) fn tensor(&self, name: &str) -> &Tensor {
        self.tensors.get(name).unwrap_or_else(|| panic!("golden.safetensors holds no tensor {name:?}"))
    }

    /// The input that a record describes: `rule`, `rule_u8`, `$rule`, `$tensor`, `i64` or plain nested numbers.
    pub(crate) fn input(&self, record: &Value) -> Tensor {
        if let Some(rule) = record.get("rule").or_else(|| record.get("$rule")) {
            let (key, shape, len) = key_and_shape(rule);
            let number = |name: &str, otherwise| rule.get(name).and_then(Value::as_f64).unwrap_or(otherwise);
            return Tensor::f32(&shape, rule::f32s(key, len, number("scale", 1.0), number("offset", 0.0)));
        }
        if let Some(rule) = record.get("rule_u8") {
            let (key, shape, len) = key_and_shape(rule);
            return Tensor::u8(&shape, rule::u8s(key, len));
        }
        if let Some(name) = record.get("$tensor") {
            return self.tensor(name.as_str().expect("$tensor names a tensor")).clone();
        }
        if let Some(numbers) = record.get("i64") {
            let numbers: Vec<i64> = list(numbers).iter().map(|number| number.as_i64().expect("an integer")).collect();
            return Tensor::new(&[numbers.len()], Values::I64(numbers));
        }
        let mut values = Vec::new();
        let shape = nested(record, &mut values);
        Tensor::f64(&shape, values)
    }

    /// The information record with this key, field by field; driving records have no `kp`.
    pub(crate) fn info(&self, key: &str) -> HashMap<String, Tensor> {
        let table = self.part("rule")["info_table"].as_object().expect("rule.info_table is an object");
        let field = |(name, rule): (&String, &Value)| {
            let shape = shape(&rule["shape"]);
            let len = shape.iter().product();
            let number = |part: &str| rule[part].as_f64().expect("a number");
            let values = rule::f32s(&format!("{key}/{name}"), len, number("scale"), number("offset"));
            (name.clone(), Tensor::f32(&shape, values))
        };
        table.iter().map(field).collect()
    }
}

/// A list of JSON.
pub(crate) fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("{value} is no list"))
}

/// A shape of JSON.
pub(crate) fn shape(value: &Value) -> Vec<usize> {
    list(value).iter().map(size).collect()
}

/// A size of JSON.
pub(crate) fn size(value: &Value) -> usize {
    value.as_u64().unwrap_or_else(|| panic!("{value} is no size")) as usize
}

/// A number of JSON.
pub(crate) fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

/// A text of JSON.
pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}

fn key_and_shape(rule: &Value) -> (&str, Vec<usize>, usize) {
    let shape = shape(&rule["shape"]);
    let len = shape.iter().product();
    (text(&rule["key"]), shape, len)
}

fn nested(value: &Value, values: &mut Vec<f64>) -> Vec<usize> {
    let Some(items) = value.as_array() else {
        values.push(number(value));
        return Vec::new();
    };
    let inner = items.iter().map(|item| nested(item, values)).last().unwrap_or_default();
    [&[items.len()], inner.as_slice()].concat()
}
