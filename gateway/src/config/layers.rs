//! The layers of the configuration, laid over one another: each value still knows where it was written.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::de::{DeTable, DeValue, ValueDeserializer};
use toml::{Spanned, Value};

use crate::config::fault::Fault;
use crate::config::variables::{OF_DUIX, PREFIX};

/// Values by key; what is added later hides what was there.
#[derive(Debug, Default)]
pub(super) struct Layers(Table);

type Table = BTreeMap<String, Node>;

/// What stands under a name: a value, or a table of more names.
#[derive(Debug)]
pub(super) enum Node {
    Value(Setting),
    Table(Table),
}

/// A value and where it was written.
#[derive(Debug)]
pub(super) struct Setting {
    pub(super) value: Value,
    /// The value as it was typed where nothing tells a text from a number: in the environment, on the command line.
    pub(super) typed: Option<String>,
    pub(super) origin: Origin,
}

/// Where a value was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// In a configuration file.
    File {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
    },
    /// In the environment.
    Environment {
        /// The variable's name.
        variable: String,
    },
    /// On the command line.
    Option {
        /// The option's name.
        name: &'static str,
    },
}

impl Layers {
    /// Adds the text of the defaults; it is known to be well-formed.
    pub(super) fn of_defaults(text: &str) -> Self {
        let mut layers = Self::default();
        layers.add_toml(Path::new("default.toml"), text).expect("the compiled-in defaults are TOML; a test reads them");
        layers
    }

    /// Adds a configuration file.
    pub(super) fn add_file(&mut self, path: &Path) -> Result<(), Fault> {
        let text = fs::read_to_string(path).map_err(|error| {
            Fault::new(
                format!("the configuration file {} cannot be read: {error}", path.display()),
                "name a file that exists and may be read",
            )
        })?;
        self.add_toml(path, &text)
    }

    /// Adds the variables that are meant for the gateway, over those that the Duix service reads.
    pub(super) fn add_environment(&mut self, env: &[(String, String)]) {
        let mut own = Vec::new();
        for (variable, typed) in env {
            if let Some(name) = variable.strip_prefix(PREFIX) {
                own.push((variable, name, typed));
            } else if let Some((_, key)) = OF_DUIX.iter().find(|(name, _)| name == variable) {
                self.add_variable(key, variable, typed);
            }
        }
        for (variable, name, typed) in own {
            let mut path: Vec<String> = name.to_lowercase().split("__").map(str::to_owned).collect();
            if let [section, id, _, ..] = path.as_mut_slice()
                && (section == "engines" || section == "facades")
            {
                // Shells know no hyphens in names, the ids of engines and facades no underscores.
                *id = id.replace('_', "-");
            }
            self.add(&path, Setting::typed(typed.clone(), Origin::Environment { variable: variable.clone() }));
        }
    }

    /// Adds one variable for a key that its name does not tell.
    pub(super) fn add_variable(&mut self, key: &str, variable: &str, typed: &str) {
        let path: Vec<String> = key.split('.').map(str::to_owned).collect();
        self.add(&path, Setting::typed(typed.to_owned(), Origin::Environment { variable: variable.to_owned() }));
    }

    /// Adds an option of the command line.
    pub(super) fn add_option(&mut self, key: &str, name: &'static str, typed: String) {
        let path: Vec<String> = key.split('.').map(str::to_owned).collect();
        self.add(&path, Setting::typed(typed, Origin::Option { name }));
    }

    /// Takes out what stands under a key of the form `section.name`.
    pub(super) fn take(&mut self, key: &str) -> Option<Node> {
        let (sections, name) = match key.rsplit_once('.') {
            Some((sections, name)) => (self.table(sections)?, name),
            None => (&mut self.0, key),
        };
        sections.remove(name)
    }

    /// The table under a key, if one stands there.
    pub(super) fn table(&mut self, key: &str) -> Option<&mut Table> {
        key.split('.').try_fold(&mut self.0, |table, name| match table.get_mut(name) {
            Some(Node::Table(inner)) => Some(inner),
            _ => None,
        })
    }

    /// What has not been taken: keys and where they were written.
    pub(super) fn leftovers(&self) -> Vec<(String, Origin)> {
        let mut leftovers = Vec::new();
        for (name, node) in &self.0 {
            node.visit(name, &mut |key, setting| leftovers.push((key.to_owned(), setting.origin.clone())));
        }
        leftovers
    }

    fn add_toml(&mut self, path: &Path, text: &str) -> Result<(), Fault> {
        let line_at = |offset: usize| 1 + text.as_bytes()[..offset].iter().filter(|&&byte| byte == b'\n').count();
        let origin = |offset| Origin::File { path: path.to_owned(), line: line_at(offset) };
        let table = DeTable::parse(text).and_then(|document| nodes(document.into_inner(), &origin));
        let table = table.map_err(|error| {
            let place = error.span().map_or_else(|| path.display().to_string(), |span| origin(span.start).to_string());
            let message = error.message().lines().collect::<Vec<_>>().join(", ");
            Fault::new(format!("{place}: {message}"), "correct that line")
        })?;
        overlay(&mut self.0, table);
        Ok(())
    }

    fn add(&mut self, path: &[String], setting: Setting) {
        let node = path
            .iter()
            .rev()
            .fold(Node::Value(setting), |node, name| Node::Table(BTreeMap::from([(name.clone(), node)])));
        if let Node::Table(table) = node {
            overlay(&mut self.0, table);
        }
    }
}

impl Node {
    /// Where the node, or the first value in it, was written; `None` for an empty table.
    pub(super) fn origin(&self) -> Option<Origin> {
        let mut first = None;
        self.visit("", &mut |_, setting| first = first.take().or_else(|| Some(setting.origin.clone())));
        first
    }

    /// The node as plain TOML.
    pub(super) fn into_value(self) -> Value {
        match self {
            Self::Value(setting) => setting.value,
            Self::Table(table) => {
                Value::Table(table.into_iter().map(|(name, node)| (name, node.into_value())).collect())
            }
        }
    }

    /// Every value in the node, with its key.
    pub(super) fn visit(&self, key: &str, found: &mut dyn FnMut(&str, &Setting)) {
        match self {
            Self::Value(setting) => found(key, setting),
            Self::Table(table) => table.iter().for_each(|(name, node)| node.visit(&format!("{key}.{name}"), found)),
        }
    }
}

impl Setting {
    /// A value of which only the text is known: TOML if it can be, or else a string.
    fn typed(typed: String, origin: Origin) -> Self {
        let value = ValueDeserializer::parse(&typed).and_then(Value::deserialize);
        Self { value: value.unwrap_or_else(|_| Value::String(typed.clone())), typed: Some(typed), origin }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, line } => write!(f, "{}, line {line}", path.display()),
            Self::Environment { variable } => write!(f, "environment variable {variable}"),
            Self::Option { name } => write!(f, "option {name}"),
        }
    }
}

fn nodes(table: DeTable<'_>, origin: &dyn Fn(usize) -> Origin) -> Result<Table, toml::de::Error> {
    table
        .into_iter()
        .map(|(name, value)| {
            let span = value.span();
            let node = match value.into_inner() {
                DeValue::Table(inner) => Node::Table(nodes(inner, origin)?),
                value => Node::Value(Setting {
                    value: Value::deserialize(ValueDeserializer::from(Spanned::new(span, value)))?,
                    typed: None,
                    origin: origin(name.span().start),
                }),
            };
            Ok((name.into_inner().into_owned(), node))
        })
        .collect()
}

fn overlay(under: &mut Table, over: Table) {
    for (name, node) in over {
        match (under.get_mut(&name), node) {
            (Some(Node::Table(under)), Node::Table(over)) => overlay(under, over),
            (_, node) => {
                under.insert(name, node);
            }
        }
    }
}
