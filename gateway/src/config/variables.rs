//! The names of environment variables: those that stand for a key, and those that were meant to.

/// What the names of the gateway's environment variables begin with.
pub(super) const PREFIX: &str = "AVATAR_GATEWAY__";

/// Variables that the Duix Face2Face service reads, and the keys that they stand for here.
pub(super) const OF_DUIX: [(&str, &str); 5] = [
    ("DUIX_INTERNAL_URL", "engines.duix.url"),
    ("DUIX_DATA_DIR", "engines.duix.data_dir"),
    ("CLEANUP_DELAY", "facades.duix.cleanup_delay_seconds"),
    ("MAX_FILE_AGE", "facades.duix.max_file_age_seconds"),
    ("PERIODIC_CLEANUP_INTERVAL", "retention.sweep_seconds"),
];

/// What begins the names of variables that look like the gateway's.
const ALIKE: &str = "AVATAR_GATEWAY_";

/// Variables of the commands that are clients.
const OF_CLIENTS: [&str; 2] = ["AVATAR_GATEWAY_KEY", "AVATAR_GATEWAY_URL"];

/// What Kubernetes and Docker tell every container of a service named avatar-gateway begins with one of these words.
const OF_CONTAINERS: [&str; 4] = ["PORT", "SERVICE_", "NAME", "ENV_"];

/// The name of the environment variable for a key.
pub(super) fn variable(key: &str) -> String {
    format!("{PREFIX}{}", key.to_uppercase().replace('.', "__").replace('-', "_"))
}

/// Whether a variable was probably meant for the gateway, which does not read it.
pub(super) fn is_stray(variable: &str) -> bool {
    let is_others = |name: &str| name.starts_with('_') || OF_CONTAINERS.iter().any(|word| name.starts_with(word));
    !OF_CLIENTS.contains(&variable) && variable.strip_prefix(ALIKE).is_some_and(|name| !is_others(name))
}

/// The variable for one of the `known` keys that differs in nothing but the number of underscores; for an engine whose
/// table is not known, by what is known of all.
pub(super) fn with_all_underscores<'a>(typed: &str, known: impl Iterator<Item = &'a str> + Clone) -> Option<String> {
    let words = words(typed);
    if let Some(key) = known.clone().find(|key| self::words(&variable(key)) == words) {
        return Some(variable(key));
    }
    let of_engine = words.strip_prefix(&*self::words(&variable("engines")))?.strip_prefix('_')?;
    let names = known.filter_map(|key| key.strip_prefix("engines.")).filter(|name| !name.contains('.'));
    let table = |name: &str| of_engine.strip_suffix(&name.to_uppercase())?.strip_suffix('_').map(str::to_owned);
    let (id, name) = names.filter_map(|name| Some((table(name)?, name))).max_by_key(|(_, name)| name.len())?;
    Some(variable(&format!("engines.{id}.{name}")))
}

/// How alike a variable and the one for a key are, from 0 to 1, whatever their underscores.
pub(super) fn likeness(typed: &str, key: &str) -> f64 {
    let own = |name: &str| words(name).strip_prefix(ALIKE).unwrap_or_default().to_owned();
    strsim::normalized_damerau_levenshtein(&own(typed), &own(&variable(key)))
}

/// A name with one underscore wherever there are any.
fn words(name: &str) -> String {
    name.to_uppercase().split('_').filter(|word| !word.is_empty()).collect::<Vec<_>>().join("_")
}
