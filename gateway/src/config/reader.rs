//! Takes typed values out of the layers and collects what is wrong with them, so that all of it is told at once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Map, Number, Value as Json};
use toml::Value;

use crate::config::fault::{ConfigFaults, Fault};
use crate::config::in_force::InForce;
use crate::config::kind::Kind;
use crate::config::layers::{Layers, Node, Origin};
use crate::config::variables::{self, variable};
use crate::domain::engine_id::{RULE, is_engine_id};

/// Every key with its default and a comment.
pub(super) const DEFAULTS: &str = include_str!("../../../config/default.toml");

/// The keys of a table of `default.toml`.
pub(super) fn default_keys(table: &str) -> Vec<String> {
    let defaults: toml::Table = DEFAULTS.parse().expect("the compiled-in defaults are TOML; a test reads them");
    let keys = defaults.get(table).and_then(Value::as_table).into_iter().flatten();
    keys.map(|(key, _)| key.clone()).collect()
}

/// How alike two keys must be, from 0 to 1, for one to be taken for the other's misspelling.
const ALIKE: f64 = 0.7;
/// The same for an engine's own option and a key of every engine.
const NEARLY_THE_SAME: f64 = 0.8;

/// What reading has brought beside the values.
pub(super) struct Report {
    /// Every key that was read, with what it is set to.
    pub(super) settings: Vec<InForce>,
    /// What was written and means nothing.
    pub(super) warnings: Vec<Fault>,
}

/// Reads each key once. Keys that are left at the end are unknown.
pub(super) struct Reader {
    given: Layers,
    defaults: Layers,
    /// Where the keys that have been read were written.
    origins: BTreeMap<String, Origin>,
    known: BTreeSet<String>,
    settings: Vec<InForce>,
    faults: Vec<Fault>,
    warnings: Vec<Fault>,
}

impl Reader {
    /// A reader of what was given, with the faults met in gathering it.
    pub(super) fn new(given: Layers, faults: Vec<Fault>) -> Self {
        let defaults = Layers::of_defaults(DEFAULTS);
        let (origins, known) = (BTreeMap::new(), BTreeSet::new());
        Self { given, defaults, origins, known, settings: vec![], faults, warnings: vec![] }
    }

    /// The value of a key of `default.toml`.
    pub(super) fn value<T>(&mut self, key: &str, kind: Kind<'_, T>) -> T {
        self.value_or(key, kind, None)
    }

    /// The value of a key; where it is not given, `inherited` or the one of `default.toml`.
    pub(super) fn value_or<T>(&mut self, key: &str, kind: Kind<'_, T>, inherited: Option<T>) -> T {
        self.given(key, &kind).or(inherited).unwrap_or_else(|| {
            let Some(Node::Value(default)) = self.defaults.take(key) else {
                panic!("default.toml holds a value for every key; a test reads it");
            };
            self.settings.push(InForce::new(key, kind.shown(&default), None));
            kind.read(&default).expect("default.toml holds values of the right kinds; a test reads it")
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
                Some(value) => {
                    self.settings.push(InForce::new(key, kind.shown(&setting), Some(setting.origin)));
                    return Some(value);
                }
                None => in_words(&setting.value),
            },
            Node::Table(_) => "a table".to_owned(),
        };
        self.fault(key, format!("found {found}"), format!("write {}", kind.expected));
        None
    }

    /// Has a key be what an option of the command line says, whatever was read.
    pub(super) fn overrule(&mut self, key: &str, name: &'static str, folder: &Path) {
        let value = Value::String(folder.display().to_string());
        let setting = InForce::new(key, Some(value), Some(Origin::Option { name }));
        match self.settings.iter_mut().find(|read| read.key == key) {
            Some(read) => *read = setting,
            None => self.settings.push(setting),
        }
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
            self.warnings.push(Fault::new(
                format!("engines.{id}{place}: no engine has such an id"),
                format!("engine ids consist of {RULE}"),
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
            node.visit(&key, &mut |key, setting| {
                self.settings.push(InForce::option(key, setting.value.clone(), setting.origin.clone()));
            });
            self.doubt(table, &name, node.origin());
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

    /// Warns of an engine's own option that is nearly a key of every engine.
    fn doubt(&mut self, table: &str, name: &str, origin: Option<Origin>) {
        let keys = self.known.iter().filter_map(|key| key.strip_prefix(table)?.strip_prefix('.'));
        let likeness = |key: &str| strsim::normalized_damerau_levenshtein(name, key);
        let Some(near) =
            keys.filter(|key| likeness(key) >= NEARLY_THE_SAME).max_by(|a, b| likeness(a).total_cmp(&likeness(b)))
        else {
            return;
        };
        let place = origin.map(|origin| format!(" ({origin})")).unwrap_or_default();
        self.warnings.push(Fault::new(
            format!("{table}.{name}{place}: the gateway has no such setting, and leaves it to the engine"),
            format!("did you mean {table}.{near}?"),
        ));
    }

    /// Notes that something is strange, whatever the rest.
    pub(super) fn warning(&mut self, warning: Fault) {
        self.warnings.push(warning);
    }

    /// Warns of variables that look as if they were the gateway's.
    pub(super) fn warn_of_strays(&mut self, variables: &[String]) {
        for name in variables {
            let known = self.known.iter().map(String::as_str);
            let remedy = match meant(name, known) {
                Some(known) => format!("did you mean {known}?"),
                None => format!("names of settings begin with {}; unset it", variables::PREFIX),
            };
            self.warnings.push(Fault::new(format!("environment variable {name}: nothing reads it"), remedy));
        }
    }

    /// Notes that something is wrong with the value of a key that has been read.
    pub(super) fn fault(&mut self, key: &str, problem: String, remedy: impl Into<String>) {
        let place = self.origins.get(key).map_or_else(|| "default".to_owned(), Origin::to_string);
        self.faults.push(Fault::new(format!("{key} ({place}): {problem}"), remedy));
    }

    /// Warns of the keys that nobody has read, and tells all that is wrong.
    pub(super) fn finish(mut self) -> Result<Report, ConfigFaults> {
        let sections: BTreeSet<&str> = self.known.iter().map(|key| section(key)).collect();
        let mut unknown_sections = BTreeSet::new();
        for (key, origin) in self.given.leftovers() {
            let known = self.known.iter().map(String::as_str);
            if sections.contains(key.as_str()) {
                let problem = format!("{key} ({origin}): found a value for a section");
                self.faults.push(Fault::new(problem, "set the keys in it one by one"));
            } else if sections.contains(section(&key)) || matches!(origin, Origin::Environment { .. }) {
                self.warnings.push(unknown_key(&key, &origin, known));
            } else if unknown_sections.insert(section(&key).to_owned()) {
                self.warnings.push(unknown_key(section(&key), &origin, sections.iter().copied()));
            }
        }
        match self.faults.is_empty() {
            true => Ok(Report { settings: self.settings, warnings: self.warnings }),
            false => Err(ConfigFaults { faults: self.faults, warnings: self.warnings }),
        }
    }
}

/// A key that means nothing, with the known one that it may have been meant for.
fn unknown_key<'a>(key: &str, origin: &Origin, known: impl Iterator<Item = &'a str> + Clone) -> Fault {
    let near = match origin {
        Origin::Environment { variable } => meant(variable, known),
        Origin::File { .. } | Origin::Option { .. } => nearest_key(key, known),
    };
    let remedy = near.map_or_else(|| "remove it".to_owned(), |near| format!("did you mean {near}?"));
    Fault::new(format!("{key} ({origin}): there is no such setting"), remedy)
}

/// The variable that one of another name was meant for.
fn meant<'a>(typed: &str, known: impl Iterator<Item = &'a str> + Clone) -> Option<String> {
    variables::with_all_underscores(typed, known.clone()).or_else(|| {
        let alike = known.map(|key| (variables::likeness(typed, key), key));
        let (likeness, key) = alike.max_by(|a, b| a.0.total_cmp(&b.0))?;
        (likeness >= ALIKE).then(|| variable(key))
    })
}

/// The known key that is most like another, if one is like it.
fn nearest_key<'a>(key: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    let last = |key: &'a str| key.rsplit('.').next().unwrap_or(key);
    let own = key.rsplit('.').next().unwrap_or(key);
    let alike = strsim::normalized_damerau_levenshtein;
    // The right name in the wrong section counts as well; of several sections, the most similar one is meant.
    let likeness = |known: &'a str| (alike(key, known).max(alike(own, last(known))), alike(key, known));
    let by_likeness = |a: &(f64, f64), b: &(f64, f64)| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1));
    let (likeness, near) = known.map(|known| (likeness(known), known)).max_by(|a, b| by_likeness(&a.0, &b.0))?;
    (likeness.0 >= ALIKE).then(|| near.to_owned())
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
