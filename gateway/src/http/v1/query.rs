//! Queries of addresses: what is wrong with single parameters is told together, each by its name.

use std::collections::BTreeSet;

use axum::extract::Query;
use axum::http::Uri;
use serde::de::DeserializeOwned;
use url::form_urlencoded;

use crate::domain::code::Code;
use crate::domain::fault::{Fault, Faults, excerpt};
use crate::domain::params::nearest;
use crate::http::problem::ApiError;

/// One parameter of a query, and what is said to whoever sends something else.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Takes {
    pub(crate) name: &'static str,
    /// What it takes: `a whole number from 1 to 200`.
    pub(crate) what: &'static str,
    /// The words that it takes, where they are known.
    pub(crate) words: &'static [&'static str],
}

/// What a route takes in its query. Each parameter may be left out.
pub(crate) trait Known: DeserializeOwned {
    /// All of them.
    const TAKES: &'static [Takes];

    /// Whether each value that was read may be.
    fn is_valid(&self) -> bool {
        true
    }
}

/// The query of an address.
///
/// # Errors
/// All its faults.
pub(crate) fn read<T: Known>(uri: &Uri) -> Result<T, ApiError> {
    read_beside(uri, |_, _| None)
}

/// The same without the parameters that `take` takes by name and value; it returns `None` for those that are none of its.
///
/// # Errors
/// All its faults, and those that `take` finds.
pub(crate) fn read_beside<T: Known>(
    uri: &Uri,
    mut take: impl FnMut(&str, &str) -> Option<Result<(), Fault>>,
) -> Result<T, ApiError> {
    let (mut faults, mut seen, mut own) = (Faults::default(), BTreeSet::new(), Vec::new());
    for pair in uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
        let Some((name, value)) = form_urlencoded::parse(pair.as_bytes()).next() else { continue };
        match take(&name, &value) {
            None => own.push(pair),
            Some(taken) => {
                if let Err(fault) = taken {
                    faults.add(|| fault);
                }
                continue;
            }
        }
        let Some(takes) = T::TAKES.iter().find(|takes| takes.name == name) else {
            faults.add(|| unknown::<T>(&name));
            continue;
        };
        if !seen.insert(takes.name) {
            let message = format!("`{}` comes twice", takes.name);
            faults.add(|| Fault::new(takes.name, Code::QueryInvalid, message, "send it once"));
        } else if !alone::<T>(pair).is_some_and(|read| read.is_valid()) {
            faults.add(|| wrong(takes, &value));
        }
    }
    if !faults.is_empty() {
        return Err(ApiError::faults(faults));
    }
    let unreadable = |message| {
        let remedy = "see /docs for what the query takes";
        ApiError::faults(vec![Fault::new("query", Code::QueryInvalid, message, remedy)])
    };
    let own = query_of(&own.join("&")).map_err(|error| unreadable(error.to_string()))?;
    Query::try_from_uri(&own).map(|Query(read)| read).map_err(|error| unreadable(error.body_text()))
}

/// What one parameter alone is read as.
fn alone<T: Known>(pair: &str) -> Option<T> {
    Query::try_from_uri(&query_of(pair).ok()?).ok().map(|Query(read)| read)
}

/// An address with this query alone.
fn query_of(pairs: &str) -> axum::http::Result<Uri> {
    Uri::builder().path_and_query(format!("/?{pairs}")).build()
}

fn unknown<T: Known>(name: &str) -> Fault {
    let known = || T::TAKES.iter().map(|takes| takes.name);
    let remedy = match (nearest(name, known()), known().next()) {
        (Some(near), _) => format!("did you mean `{near}`?"),
        (None, Some(_)) => format!("the query takes {}", known().collect::<Vec<_>>().join(", ")),
        (None, None) => "leave it out; nothing is taken here".into(),
    };
    let name = excerpt(name);
    Fault::new(name.clone(), Code::QueryInvalid, format!("the query takes no `{name}`"), remedy)
}

fn wrong(takes: &Takes, value: &str) -> Fault {
    let message = format!("`{}` must be {}, and was `{}`", takes.name, takes.what, excerpt(value));
    let remedy = match nearest(value, takes.words.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("send {}, or leave it out", takes.what),
    };
    Fault::new(takes.name, Code::QueryInvalid, message, remedy)
}
