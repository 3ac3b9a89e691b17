//! The kinds of values that keys hold: what an operator is told to write, and how it is read.

use std::fmt::Display;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use toml::Value;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;
use url::Host;

use crate::config::destination::Destination;
use crate::config::layers::Setting;
use crate::domain::engine_id::is_engine_id;
use crate::domain::webhook_signature::Secret;

/// What a key may hold.
pub(super) struct Kind<'a, T> {
    /// In words, for a fault: "a whole number from 1 to 10".
    pub(super) expected: String,
    read: Read<'a, T>,
    shown: Shown<'a>,
}

/// Takes the value out of a setting, if it is of the kind.
type Read<'a, T> = Box<dyn Fn(&Setting) -> Option<T> + 'a>;

/// Writes a setting of the kind as people are shown it; `None` for one that nobody is.
type Shown<'a> = Box<dyn Fn(&Setting) -> Option<Value> + 'a>;

impl<'a, T> Kind<'a, T> {
    fn new(expected: impl Into<String>, read: impl Fn(&Setting) -> Option<T> + 'a) -> Self {
        Self { expected: expected.into(), read: Box::new(read), shown: Box::new(|setting| Some(setting.value.clone())) }
    }

    /// A kind that is written as text.
    fn of_text(expected: impl Into<String>, read: impl Fn(&str) -> Option<T> + 'a) -> Self {
        Self::new(expected, move |setting| text_of(setting).and_then(&read))
            .shown_as(|setting| text_of(setting).map(Value::from))
    }

    fn shown_as(self, shown: impl Fn(&Setting) -> Option<Value> + 'a) -> Self {
        Self { shown: Box::new(shown), ..self }
    }

    /// The value, if it is of this kind.
    pub(super) fn read(&self, setting: &Setting) -> Option<T> {
        (self.read)(setting)
    }

    /// A setting of this kind as people are shown it; `None` for a secret.
    pub(super) fn shown(&self, setting: &Setting) -> Option<Value> {
        (self.shown)(setting)
    }
}

/// The text that a setting holds.
fn text_of(setting: &Setting) -> Option<&str> {
    match &setting.value {
        Value::String(text) => Some(text),
        // Whoever types 2024 for a folder's name means the text.
        _ => setting.typed.as_deref(),
    }
}

pub(super) fn flag() -> Kind<'static, bool> {
    Kind::new("true or false", |setting| setting.value.as_bool())
}

/// A flag, or a word that leaves it open.
pub(super) fn flag_or(word: &'static str) -> Kind<'static, Option<bool>> {
    Kind::new(format!("true, false or \"{word}\""), move |setting| {
        setting.value.as_bool().map(Some).or_else(|| (setting.value.as_str() == Some(word)).then_some(None))
    })
}

pub(super) fn text() -> Kind<'static, String> {
    Kind::of_text("a text that is not empty", |text| (!text.is_empty()).then(|| text.to_owned()))
}

/// A word of the operator's own, or none.
pub(super) fn word() -> Kind<'static, Option<String>> {
    Kind::of_text("a text, or \"\"", |text| Some((!text.is_empty()).then(|| text.to_owned())))
}

pub(super) fn integer<T>(range: RangeInclusive<T>) -> Kind<'static, T>
where
    T: TryFrom<i64> + PartialOrd + Display + 'static,
{
    Kind::new(format!("a whole number from {} to {}", range.start(), range.end()), move |setting| {
        setting.value.as_integer().and_then(|number| T::try_from(number).ok()).filter(|number| range.contains(number))
    })
}

/// A number, whole or with a fraction.
pub(super) fn number(range: RangeInclusive<f32>) -> Kind<'static, f32> {
    Kind::new(format!("a number from {} to {}", range.start(), range.end()), move |setting| {
        fraction(setting).map(|number| number as f32).filter(|number| range.contains(number))
    })
}

pub(super) fn milliseconds(range: RangeInclusive<u64>) -> Kind<'static, Duration> {
    let Kind { expected, read, shown } = integer(range);
    Kind { expected, read: Box::new(move |setting| read(setting).map(Duration::from_millis)), shown }
}

/// Seconds, whole or with a fraction.
pub(super) fn seconds(range: RangeInclusive<f64>) -> Kind<'static, Duration> {
    Kind::new(format!("a number of seconds from {} to {}", range.start(), range.end()), move |setting| {
        fraction(setting).filter(|number| range.contains(number)).map(Duration::from_secs_f64)
    })
}

fn fraction(setting: &Setting) -> Option<f64> {
    match setting.value {
        Value::Integer(whole) => Some(whole as f64),
        Value::Float(number) => Some(number),
        _ => None,
    }
}

pub(super) fn choice<'a, T: Copy>(words: &'a [(&'static str, T)]) -> Kind<'a, T> {
    let expected = words.iter().map(|(word, _)| format!("\"{word}\"")).collect::<Vec<_>>().join(" or ");
    Kind::of_text(expected, |text| words.iter().find(|(word, _)| *word == text).map(|&(_, meaning)| meaning))
}

/// A folder; a relative one lies in `base`.
pub(super) fn folder(base: &Path) -> Kind<'_, PathBuf> {
    Kind::of_text("the path of a folder", |text| (!text.is_empty()).then(|| base.join(text))).shown_as(whole_path(base))
}

/// A folder, or nothing.
pub(super) fn optional_folder(base: &Path) -> Kind<'_, Option<PathBuf>> {
    Kind::of_text("the path of a folder, or \"\"", |text| Some((!text.is_empty()).then(|| base.join(text))))
        .shown_as(whole_path(base))
}

fn whole_path(base: &Path) -> impl Fn(&Setting) -> Option<Value> {
    |setting| {
        let path = text_of(setting).filter(|text| !text.is_empty()).map(|text| base.join(text));
        Some(Value::String(path.unwrap_or_default().display().to_string()))
    }
}

pub(super) fn address() -> Kind<'static, SocketAddr> {
    Kind::of_text("an IP address with a port, such as \"127.0.0.1:8000\"", |text| text.parse().ok())
}

/// An address to listen on, or nothing.
pub(super) fn optional_address() -> Kind<'static, Option<SocketAddr>> {
    Kind::of_text("an IP address with a port, such as \"127.0.0.1:8385\", or \"\"", |text| match text {
        "" => Some(None),
        text => text.parse().ok().map(Some),
    })
}

/// The address of a web site without a slash at its end, or nothing.
pub(super) fn url() -> Kind<'static, Option<String>> {
    Kind::of_text("an address such as \"https://avatars.example.org\", or \"\"", |text| {
        if text.is_empty() {
            return Some(None);
        }
        let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
        let is_plain = !host.contains(|c: char| c.is_whitespace() || c.is_control() || "?#\"<>\\".contains(c));
        (is_plain && !host.starts_with('/') && !host.is_empty()).then(|| Some(text.trim_end_matches('/').to_owned()))
    })
}

/// The name of a host in small letters, without a port; or `*`.
pub(super) fn host_name() -> Kind<'static, String> {
    Kind::of_text("a host name without a port, such as \"avatars.lan\", or \"*\"", |text| {
        let host = || Host::parse(text.strip_suffix('.').unwrap_or(text)).ok();
        if text == "*" { Some(text.to_owned()) } else { host().map(|host| host.to_string()) }
    })
}

/// Where a page comes from, as browsers tell it; or `*`.
pub(super) fn origin() -> Kind<'static, String> {
    Kind::of_text("an origin such as \"https://studio.example.org\", or \"*\"", |text| {
        let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or_default();
        let is_host =
            !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.:[]".contains(&byte));
        (text == "*" || is_host).then(|| text.to_owned())
    })
}

/// A list; where only text can be given, the items stand between commas.
pub(super) fn list<'a, T: 'a>(of: Kind<'a, T>) -> Kind<'a, Vec<T>> {
    let expected = format!("a list, each item {}", of.expected);
    Kind::new(expected, move |setting| items_of(setting)?.iter().map(|item| of.read(item)).collect())
        .shown_as(|setting| Some(Value::Array(items_of(setting)?.into_iter().map(|item| item.value).collect())))
}

fn items_of(setting: &Setting) -> Option<Vec<Setting>> {
    let item = |value, typed| Setting { value, typed, origin: setting.origin.clone() };
    Some(match (&setting.value, &setting.typed) {
        (Value::Array(items), _) => items.iter().map(|value| item(value.clone(), None)).collect(),
        (_, Some(typed)) => {
            let items = typed.split(',').map(str::trim).filter(|text| !text.is_empty());
            items.map(|text| item(Value::String(text.to_owned()), Some(text.to_owned()))).collect()
        }
        _ => return None,
    })
}

/// A host or a network that clients' addresses may lead to.
pub(super) fn destination() -> Kind<'static, Destination> {
    Kind::of_text("a host name, an IP address or a network such as \"10.1.0.0/16\"", |text| text.parse().ok())
}

/// The secret that webhooks are signed with, or nothing.
pub(super) fn webhook_secret() -> Kind<'static, Option<Secret>> {
    Kind::of_text("\"whsec_\" and 24 to 64 bytes in base64, or \"\"", |text| match text {
        "" => Some(None),
        text => text.parse().ok().map(Some),
    })
    .shown_as(|setting| text_of(setting).filter(|text| text.is_empty()).map(Value::from))
}

pub(super) fn engine_id() -> Kind<'static, String> {
    Kind::of_text("the id of an engine: lower-case letters, digits and hyphens", |text| {
        is_engine_id(text).then(|| text.to_owned())
    })
}

/// Checked here, so that a typing error shows before the first line that it would have hidden.
pub(super) fn log_filter() -> Kind<'static, String> {
    Kind::of_text("a filter such as \"info\" or \"info,avatar_gateway=debug\"", |text| {
        is_log_filter(text).then(|| text.to_owned())
    })
}

/// Whether a text is a filter that lets lines through, or none on purpose: a lone word that is no level would be taken for
/// the name of a crate, and silence all others.
pub(super) fn is_log_filter(text: &str) -> bool {
    let is_level = |word: &str| word.parse::<LevelFilter>().is_ok();
    let is_lone = !text.contains([',', '=', ':', '[']);
    !text.is_empty()
        && EnvFilter::builder().parse(text).is_ok()
        && (!is_lone || is_level(text.trim()) || text == env!("CARGO_CRATE_NAME"))
}
