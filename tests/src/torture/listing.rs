//! Everything that a gateway lists, page by page.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::client::Api;

/// The rows of a list by their ids: `jobs`, `photos`, `audio` or `videos`.
///
/// # Panics
/// The gateway does not list them.
pub(super) fn listing(api: &Api, list: &str) -> BTreeMap<String, Value> {
    let routes = if list == "videos" { "source-videos" } else { list };
    let mut rows = BTreeMap::new();
    let mut before = String::new();
    loop {
        let page = api.get(&format!("/v1/{routes}?limit=200{before}")).expect(200);
        for row in page[list].as_array().into_iter().flatten() {
            let id = row["id"].as_str().unwrap_or_default().to_owned();
            rows.insert(id, row.clone());
        }
        match page["next"].as_str() {
            Some(next) => before = format!("&before={next}"),
            None => return rows,
        }
    }
}
