//! Numbers, as pydantic takes them: also from texts, and whole ones also with `.0`.

use std::num::{IntErrorKind, ParseIntError};

use serde_json::{Map, Value, json};

use crate::domain::params;
use crate::http::facades::error::Refusal;
use crate::http::facades::fastapi::fields::Fields;

/// What a number may be.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Range {
    /// At least.
    pub(crate) ge: Option<i64>,
    /// At most.
    pub(crate) le: Option<i64>,
}

impl Fields {
    /// A whole number of 64 bits that may be left out; one beyond is taken for the nearest.
    pub(crate) fn integer(&mut self, name: &'static str, range: Range) -> Option<i64> {
        let number = self.large_integer(name, range)?;
        Some(i64::try_from(number).unwrap_or(if number < 0 { i64::MIN } else { i64::MAX }))
    }

    /// A whole number that may be left out, as large as seeds are and larger.
    pub(crate) fn large_integer(&mut self, name: &'static str, range: Range) -> Option<i128> {
        let value = self.values.get(name)?.clone();
        let number = match &value {
            Value::String(text) => match whole(text) {
                Some(number) => number,
                None => {
                    let msg = "Input should be a valid integer, unable to parse string as an integer";
                    self.fault("int_parsing", name, msg, value, None);
                    return None;
                }
            },
            Value::Bool(flag) => i128::from(*flag),
            Value::Number(number) => match params::whole(number) {
                Some(whole) => whole,
                None => {
                    let msg = "Input should be a valid integer, got a number with a fractional part";
                    self.fault("int_from_float", name, msg, value, None);
                    return None;
                }
            },
            _ => {
                self.fault("int_type", name, "Input should be a valid integer", value, None);
                return None;
            }
        };
        self.within(name, number, range, value).then_some(number)
    }

    /// A number that may be left out. It may be infinite, or none at all.
    pub(crate) fn float(&mut self, name: &'static str) -> Option<f64> {
        let value = self.values.get(name)?.clone();
        match &value {
            Value::Number(number) => return number.as_f64(),
            Value::Bool(flag) => return Some(f64::from(u8::from(*flag))),
            // Rust reads what Python reads: 1e1, inf, nan.
            Value::String(text) => {
                if let Ok(number) = text.trim().parse() {
                    return Some(number);
                }
                let msg = "Input should be a valid number, unable to parse string as a number";
                self.fault("float_parsing", name, msg, value, None);
            }
            _ => self.fault("float_type", name, "Input should be a valid number", value, None),
        }
        None
    }

    /// A number that may be left out or null.
    pub(crate) fn optional_float(&mut self, name: &'static str) -> Option<f64> {
        if self.has(name) { self.float(name) } else { None }
    }

    fn within(&mut self, name: &'static str, number: i128, range: Range, value: Value) -> bool {
        let Range { ge, le } = range;
        if let Some(least) = ge.filter(|least| number < i128::from(*least)) {
            let msg = format!("Input should be greater than or equal to {least}");
            self.fault("greater_than_equal", name, &msg, value, Some(json!({"ge": least})));
            return false;
        }
        if let Some(most) = le.filter(|most| number > i128::from(*most)) {
            let msg = format!("Input should be less than or equal to {most}");
            self.fault("less_than_equal", name, &msg, value, Some(json!({"le": most})));
            return false;
        }
        true
    }
}

/// A number in the path, which must be whole.
pub(crate) fn path_number(name: &'static str, text: &str) -> Result<i64, Refusal> {
    let values = Map::from_iter([(name.to_owned(), json!(text))]);
    let mut fields = Fields::new("path", values);
    fields.integer(name, Range::default()).ok_or_else(|| fields.refusal())
}

/// `512` and `512.0`, but neither ` 512` nor `7.5`. Of more digits than anybody reads, the nearest that there are.
fn whole(text: &str) -> Option<i128> {
    let digits = match text.split_once('.') {
        Some((digits, zeros)) if !zeros.is_empty() && zeros.bytes().all(|byte| byte == b'0') => digits,
        Some(_) => return None,
        None => text,
    };
    digits
        .parse()
        .or_else(|error: ParseIntError| match error.kind() {
            IntErrorKind::PosOverflow => Ok(i128::MAX),
            IntErrorKind::NegOverflow => Ok(i128::MIN),
            _ => Err(error),
        })
        .ok()
}
