//! Parameters in the form that they have in a configuration.

use engine_pickle::Value;

/// What has a form in a configuration; none is a parameter that leaves the configuration as it is.
pub(super) trait Setting {
    fn setting(&self) -> Option<Value>;
}

impl Setting for bool {
    fn setting(&self) -> Option<Value> {
        Some(Value::Bool(*self))
    }
}

impl Setting for u32 {
    fn setting(&self) -> Option<Value> {
        Some(Value::Int((*self).into()))
    }
}

impl Setting for f64 {
    fn setting(&self) -> Option<Value> {
        Some(Value::Float(*self))
    }
}

impl Setting for f32 {
    fn setting(&self) -> Option<Value> {
        Some(Value::Float((*self).into()))
    }
}

impl<T: Setting> Setting for Option<T> {
    fn setting(&self) -> Option<Value> {
        self.as_ref()?.setting()
    }
}

impl<T: Setting> Setting for Vec<T> {
    fn setting(&self) -> Option<Value> {
        Some(Value::List(self.iter().filter_map(T::setting).collect()))
    }
}

impl<T: Setting, const N: usize> Setting for [T; N] {
    fn setting(&self) -> Option<Value> {
        Some(Value::List(self.iter().filter_map(T::setting).collect()))
    }
}

/// A text of a configuration.
pub(super) fn text(text: &str) -> Value {
    Value::Str(text.into())
}

/// A mapping of a configuration, with those entries that are given.
pub(super) fn mapping(entries: &[(&str, &dyn Setting)]) -> Value {
    let given = |(name, entry): &(&str, &dyn Setting)| Some((text(name), entry.setting()?));
    Value::Dict(entries.iter().filter_map(given).collect())
}
