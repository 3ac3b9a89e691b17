//! Values as input of serde: any type that serde can read is read out of a pickle's value, and errors say where they are.

use std::collections::HashSet;
use std::fmt::{self, Display};

use serde::de::value::SeqDeserializer;
use serde::de::{self, Deserialize, DeserializeSeed, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

use crate::value::Value;

/// Why a value is not what a type needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeserializeError {
    path: Vec<String>,
    reason: String,
}

impl DeserializeError {
    /// Where the fault is: keys of mappings and places of lists, from the outermost on. Empty for the value as a whole.
    #[must_use]
    pub fn path(&self) -> &[String] {
        &self.path
    }

    /// What is wrong there.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    fn within(mut self, step: impl Display) -> Self {
        self.path.insert(0, step.to_string());
        self
    }
}

impl Display for DeserializeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.is_empty() {
            true => f.write_str(&self.reason),
            false => write!(f, "{}: {}", self.path.join("."), self.reason),
        }
    }
}

impl std::error::Error for DeserializeError {}

impl de::Error for DeserializeError {
    fn custom<T: Display>(reason: T) -> Self {
        Self { path: Vec::new(), reason: reason.to_string() }
    }

    /// The field is where the fault is, and those that are expected may be too many to tell.
    fn unknown_field(field: &str, _: &'static [&'static str]) -> Self {
        Self::custom("there is no such name").within(field)
    }

    fn missing_field(field: &'static str) -> Self {
        Self::custom("it is missing").within(field)
    }
}

/// Reads a type out of a value.
///
/// A mapping's key that occurs twice has its last value, as in Python. An array is read as nested lists of floating-point
/// numbers, one without axes as a number.
///
/// # Errors
/// Where the type needs something else.
pub fn from_value<'de, T: Deserialize<'de>>(value: &'de Value) -> Result<T, DeserializeError> {
    T::deserialize(value)
}

impl<'de> IntoDeserializer<'de, DeserializeError> for &'de Value {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> de::Deserializer<'de> for &'de Value {
    type Error = DeserializeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DeserializeError> {
        match self {
            Value::None => visitor.visit_unit(),
            Value::Bool(flag) => visitor.visit_bool(*flag),
            Value::Int(number) => visitor.visit_i64(*number),
            Value::Float(number) => visitor.visit_f64(*number),
            Value::Str(text) => visitor.visit_borrowed_str(text),
            Value::Bytes(bytes) => visitor.visit_borrowed_bytes(bytes),
            Value::List(items) => visitor.visit_seq(Items { items: items.iter(), place: 0 }),
            Value::Dict(pairs) => visitor.visit_map(Pairs { pairs: last_of_each(pairs).into_iter(), value: None }),
            Value::Array(array) => Axes { shape: &array.shape, values: &array.values }.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DeserializeError> {
        match self {
            Value::None => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, DeserializeError> {
        visitor.visit_newtype_struct(self)
    }

    /// A text is a variant without content; other variants are not read.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DeserializeError> {
        match self {
            Value::Str(name) => visitor.visit_enum(name.as_str().into_deserializer()),
            _ => self.deserialize_any(visitor),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

/// The pairs of a mapping without those whose key comes again later. Keys that are no texts and no whole numbers are all
/// kept.
fn last_of_each(pairs: &[(Value, Value)]) -> Vec<&(Value, Value)> {
    let (mut texts, mut numbers) = (HashSet::new(), HashSet::new());
    let mut kept: Vec<&(Value, Value)> = Vec::with_capacity(pairs.len());
    for pair in pairs.iter().rev() {
        let is_last = match &pair.0 {
            Value::Str(text) => texts.insert(text.as_str()),
            Value::Int(number) => numbers.insert(*number),
            _ => true,
        };
        if is_last {
            kept.push(pair);
        }
    }
    kept.reverse();
    kept
}

struct Items<'de> {
    items: std::slice::Iter<'de, Value>,
    place: usize,
}

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = DeserializeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, DeserializeError> {
        let Some(item) = self.items.next() else { return Ok(None) };
        let place = self.place;
        self.place += 1;
        seed.deserialize(item).map(Some).map_err(|error| error.within(place))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

struct Pairs<'de> {
    pairs: std::vec::IntoIter<&'de (Value, Value)>,
    /// The pair whose key has been read last.
    value: Option<&'de (Value, Value)>,
}

impl<'de> MapAccess<'de> for Pairs<'de> {
    type Error = DeserializeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, DeserializeError> {
        self.value = self.pairs.next();
        self.value.map(|(key, _)| seed.deserialize(key)).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, DeserializeError> {
        let (key, value) = self.value.take().ok_or_else(|| de::Error::custom("a value is read before its key"))?;
        seed.deserialize(value).map_err(|error| match key {
            Value::Str(text) => error.within(text),
            Value::Int(number) => error.within(number),
            _ => error,
        })
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.pairs.len())
    }
}

/// What is left of an array below some of its axes.
#[derive(Clone, Copy)]
struct Axes<'de> {
    shape: &'de [usize],
    values: &'de [f64],
}

impl<'de> IntoDeserializer<'de, DeserializeError> for Axes<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> de::Deserializer<'de> for Axes<'de> {
    type Error = DeserializeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DeserializeError> {
        match (self.shape.split_first(), self.values) {
            (Some((count, below)), values) => {
                let len = below.iter().product::<usize>();
                let part = |place: usize| Axes { shape: below, values: &values[place * len..][..len] };
                visitor.visit_seq(SeqDeserializer::new((0..*count).map(part)))
            }
            (None, [number]) => visitor.visit_f64(*number),
            (None, _) => Err(de::Error::custom("an array does not fill its shape")),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DeserializeError> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, DeserializeError> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;
    use crate::value::Array;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Camera {
        name: Option<String>,
        zoom: f32,
        #[serde(default)]
        path: Vec<Vec<f32>>,
        #[serde(default)]
        mode: Mode,
    }

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Mode {
        #[default]
        Still,
        Moving,
    }

    fn text(text: &str) -> Value {
        Value::Str(text.into())
    }

    fn mapping(pairs: &[(&str, Value)]) -> Value {
        Value::Dict(pairs.iter().map(|(name, value)| (text(name), value.clone())).collect())
    }

    fn error_of(pairs: &[(&str, Value)]) -> String {
        from_value::<Camera>(&mapping(pairs)).unwrap_err().to_string()
    }

    #[test]
    fn values_become_types() {
        let path = Value::Array(Array { shape: vec![2, 3], values: vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0] });
        let all = mapping(&[("name", text("left")), ("zoom", Value::Int(2)), ("path", path), ("mode", text("moving"))]);
        let path = vec![vec![0.0, 1.0, 2.0], vec![3.0, 4.0, 5.0]];
        let camera = Camera { name: Some("left".into()), zoom: 2.0, path, mode: Mode::Moving };
        assert_eq!(from_value(&all), Ok(camera));
        let some = mapping(&[("name", Value::None), ("zoom", Value::Float(0.5))]);
        assert_eq!(from_value(&some), Ok(Camera { name: None, zoom: 0.5, path: vec![], mode: Mode::Still }));
        let number = Value::Array(Array { shape: vec![], values: vec![1.5] });
        assert_eq!(from_value(&number), Ok(1.5));
    }

    #[test]
    fn keys_may_be_numbers_and_of_equal_ones_the_last_counts() {
        let pairs = [(7, "a"), (3, "b"), (7, "c")].map(|(key, value)| (Value::Int(key), text(value)));
        let read: BTreeMap<u32, String> = from_value(&Value::Dict(pairs.to_vec())).unwrap();
        assert_eq!(read, BTreeMap::from([(3, "b".into()), (7, "c".into())]));
        let twice = mapping(&[("zoom", Value::None), ("zoom", Value::Int(1))]);
        assert_eq!(from_value::<Camera>(&twice).unwrap().zoom, 1.0);
    }

    #[test]
    fn errors_say_where_they_are() {
        let zoom = ("zoom", Value::Int(1));
        assert_eq!(error_of(&[]), "zoom: it is missing");
        assert_eq!(error_of(&[("zoom", text("x"))]), "zoom: invalid type: string \"x\", expected f32");
        assert_eq!(error_of(&[zoom.clone(), ("focus", Value::None)]), "focus: there is no such name");
        let path = Value::List(vec![Value::List(vec![]), Value::List(vec![Value::Int(1), Value::Bool(true)])]);
        assert_eq!(error_of(&[zoom.clone(), ("path", path)]), "path.1.1: invalid type: boolean `true`, expected f32");
        assert!(error_of(&[zoom, ("mode", text("fast"))]).starts_with("mode: unknown variant `fast`"));
    }
}
