//! The settings in force, each with where it comes from, for people.

use std::fmt::Write;

use toml::Value;
use url::Url;

use crate::config::layers::Origin;

/// Parts of the names of engines' own options that nobody is shown.
const SECRETS: [&str; 5] = ["secret", "token", "password", "passwd", "api_key"];

/// One setting that is in force.
#[derive(Debug, Clone, PartialEq)]
pub struct InForce {
    /// Its key.
    pub key: String,
    /// What it is set to; `None` for a secret.
    value: Option<Value>,
    /// Where it was written; `None` for a default.
    pub origin: Option<Origin>,
}

impl InForce {
    /// A setting as people may be shown it; `value` is `None` where they may not.
    pub(super) fn new(key: &str, value: Option<Value>, origin: Option<Origin>) -> Self {
        Self { key: key.to_owned(), value: value.map(without_password), origin }
    }

    /// An engine's own option, which is a secret if its name says so.
    pub(super) fn option(key: &str, value: Value, origin: Origin) -> Self {
        let name = key.rsplit('.').next().unwrap_or(key).to_lowercase();
        let is_secret = SECRETS.iter().any(|part| name.contains(part)) || name == "key";
        Self::new(key, (!is_secret).then_some(value), Some(origin))
    }
}

/// The settings as a configuration file that would have the same in force, but for its secrets.
pub fn as_toml(settings: &[InForce]) -> String {
    let section = |setting: &InForce| setting.key.rsplit_once('.').map_or("", |(section, _)| section).to_owned();
    let mut sections: Vec<String> = Vec::new();
    for setting in settings {
        let section = section(setting);
        if !sections.contains(&section) {
            sections.push(section);
        }
    }
    let mut text = String::new();
    for name in sections {
        let lines = settings.iter().filter(|setting| section(setting) == name).map(line);
        let lines: Vec<(String, String)> = lines.collect();
        let width = lines.iter().map(|(line, _)| line.chars().count()).filter(|width| *width <= 50).max().unwrap_or(0);
        let header: Vec<String> = name.split('.').map(quoted).collect();
        let _ = writeln!(text, "{}[{}]", if text.is_empty() { "" } else { "\n" }, header.join("."));
        for (line, origin) in lines {
            let _ = writeln!(text, "{line:width$}  # {origin}");
        }
    }
    text
}

/// A setting's line, and where it comes from.
fn line(setting: &InForce) -> (String, String) {
    let name = quoted(setting.key.rsplit('.').next().unwrap_or(&setting.key));
    let line = match &setting.value {
        Some(value) => format!("{name} = {value}"),
        None => format!("# {name} = (hidden)"),
    };
    (line, setting.origin.as_ref().map_or_else(|| "default".to_owned(), Origin::to_string))
}

/// A name as TOML has it.
fn quoted(name: &str) -> String {
    let is_bare = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if !name.is_empty() && name.bytes().all(is_bare) { name.to_owned() } else { Value::from(name).to_string() }
}

/// An address without the password that it may hold.
fn without_password(value: Value) -> Value {
    let address = value.as_str().and_then(|text| Url::parse(text).ok()).filter(|url| url.password().is_some());
    let Some(mut url) = address else { return value };
    url.set_password(Some("hidden")).expect("an address that has a password can have another");
    Value::String(url.into())
}
