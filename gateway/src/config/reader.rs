//! Takes typed values out of the layers and collects what is wrong with them, so that all of it is told at once.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Number, Value as Json};
use toml::Value;

use crate::config::fault::{ConfigFaults, Fault};
use crate::config::kind::{Kind, is_engine_id};
use crate::config::layers::{Layers, Node, Origin, variable};

/// Every key with its default and a comment.
pub(super) const DEFAULTS: &str = include_str!("../../../config/default.toml");

/// How alike two keys must be, from 0 to 1, for one to be taken for the other's misspelling.
const ALIKE: f64 = 0.7;

/// Reads each key once. Keys that are left at the end are unknown.
pub(super) struct Reader {
    given: Layers,
    defaults: Layers,
    /// Where the keys that have been read were written.
    origins: BTreeMap<String, Origin>,
    known: BTreeSet<String>,
    faults: Vec<Fault>,
}

impl Reader {
    /// A reader of what was given, with the faults met in gathering it.
    pub(super) fn new(given: Layers, faults: Vec<Fault>) -> Self {
        let defaults = Layers::of_defaults(DEFAULTS);
        Self { given, defaults, origins: BTreeMap::new(), known: BTreeSet::new(), faults }
    }

    /// The value of a key of `default.toml`.
    pub(super) fn value<T>(&mut self, key: &str, kind: Kind<'_, T>) -> T {
        self.value_or(key, kind, None)
    }

    /// The value of a key; where it is not given, `inherited` or the one of `default.toml`.
    pub(super) fn value_or<T>(&mut self, key: &str, kind: Kind<'_, T>, inherited: Option<T>) -> T {
        self.given(key, &kind).or(inherited).unwrap_or_else(|| {
            match self.defaults.take(key) {
                Some(Node::Value(default)) => kind.read(&default),
                _ => None,
            }
            .expect("default.toml holds a value of the right kind for every key; a test reads it")
        })
    }

    /// The value of a key where it is given. A wrong value is a fault and counts as none.
    pub(super) fn given<T>(&mut self, key: &str, kind: &Kind<'_, T>) -> Option<T> {
        self.known.insert(key.to_owned());
        let node = self.given.take(key)?;
        if let Some(origin) = node.origin() {
            self.origins.insert(key.to_owned(), origin);
        }
        let found = match node {
            Node::Value(setting) => match kind.read(&setting) {
                Some(value) => return Some(value),
                None => in_words(&setting.value),
            },
            Node::Table(_) => "a table".to_owned(),
        };
        self.fault(key, format!("found {found}"), format!("write {}", kind.expected));
        None
    }

    /// The ids of the engines with a table of their own: of what is left of `[engines]`, the tables.
    pub(super) fn engine_tables(&mut self) -> Vec<String> {
        let Some(engines) = self.given.table("engines") else { return Vec::new() };
        let tables = engines.iter().filter(|(_, node)| matches!(node, Node::Table(_)));
        let (ids, others): (Vec<String>, Vec<String>) =
            tables.map(|(id, _)| id.clone()).partition(|id| is_engine_id(id));
        for id in others {
            let node = engines.remove(&id);
            let place = node.and_then(|node| node.origin()).map(|origin| format!(" ({origin})")).unwrap_or_default();
            self.faults.push(Fault::new(
                format!("engines.{id}{place}: no engine has such an id"),
                "engine ids consist of lower-case letters, digits and hyphens",
            ));
        }
        ids
    }

    /// All that is left in a table, whatever its keys.
    pub(super) fn rest(&mut self, table: &str) -> Map<String, Json> {
        let Some(Node::Table(rest)) = self.given.take(table) else { return Map::new() };
        let mut map = Map::new();
        for (name, node) in rest {
            let key = format!("{table}.{name}");
            self.origins.extend(node.origin().map(|origin| (key.clone(), origin)));
            match json(node.into_value()) {
                Some(value) => {
                    map.insert(name, value);
                }
                None => self.fault(&key, "found a number that is not finite".to_owned(), "write a finite one"),
            }
        }
        map
    }

    /// Notes that something is wrong with the value of a key that has been read.
    pub(super) fn fault(&mut self, key: &str, problem: String, remedy: impl Into<String>) {
        let place = self.origins.get(key).map_or_else(|| "default".to_owned(), Origin::to_string);
        self.faults.push(Fault::new(format!("{key} ({place}): {problem}"), remedy));
    }

    /// Refuses the keys that nobody has read, and tells all that is wrong.
    pub(super) fn finish(mut self) -> Result<(), ConfigFaults> {
        let sections: BTreeSet<&str> = self.known.iter().map(|key| section(key)).collect();
        let mut unknown_sections = BTreeSet::new();
        for (key, origin) in self.given.leftovers() {
            let fault = if sections.contains(key.as_str()) {
                Fault::new(format!("{key} ({origin}): found a value for a section"), "set the keys in it one by one")
            } else if sections.contains(section(&key)) {
                unknown_key(&key, &origin, self.known.iter().map(String::as_str))
            } else if unknown_sections.insert(section(&key).to_owned()) {
                unknown_key(section(&key), &origin, sections.iter().copied())
            } else {
                continue;
            };
            self.faults.push(fault);
        }
        ConfigFaults::of(self.faults).map_or(Ok(()), Err)
    }
}

/// A key that means nothing, with the known one that it may have been meant for.
fn unknown_key<'a>(key: &str, origin: &Origin, known: impl Iterator<Item = &'a str>) -> Fault {
    let last = |key: &'a str| key.rsplit('.').next().unwrap_or(key);
    let own = key.rsplit('.').next().unwrap_or(key);
    let likeness = |known: &'a str| {
        // The right name in the wrong section counts as well.
        strsim::normalized_damerau_levenshtein(key, known).max(strsim::normalized_damerau_levenshtein(own, last(known)))
    };
    let nearest = known.map(|known| (likeness(known), known)).max_by(|a, b| a.0.total_cmp(&b.0));
    let remedy = match nearest {
        Some((likeness, known)) if likeness >= ALIKE => {
            let known = match origin {
                Origin::Environment { .. } => variable(known),
                Origin::File { .. } | Origin::Option { .. } => known.to_owned(),
            };
            format!("did you mean {known}?")
        }
        _ => "remove it".to_owned(),
    };
    Fault::new(format!("{key} ({origin}): there is no such setting"), remedy)
}

fn section(key: &str) -> &str {
    key.split('.').next().unwrap_or(key)
}

fn in_words(value: &Value) -> String {
    match value {
        Value::Table(_) => "a table".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::String(_) => format!("the text {value}"),
        Value::Datetime(_) => format!("the date {value}"),
        Value::Integer(_) | Value::Float(_) => format!("the number {value}"),
        Value::Boolean(_) => value.to_string(),
    }
}

/// The value for an engine, which is given JSON; `None` for numbers that JSON lacks.
fn json(value: Value) -> Option<Json> {
    Some(match value {
        Value::String(text) => Json::String(text),
        Value::Integer(number) => Json::from(number),
        Value::Float(number) => Json::Number(Number::from_f64(number)?),
        Value::Boolean(flag) => Json::Bool(flag),
        Value::Datetime(date) => Json::String(date.to_string()),
        Value::Array(items) => Json::Array(items.into_iter().map(json).collect::<Option<_>>()?),
        Value::Table(table) => {
            Json::Object(table.into_iter().map(|(name, value)| Some((name, json(value)?))).collect::<Option<_>>()?)
        }
    })
}
