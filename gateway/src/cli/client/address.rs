//! The address of a gateway as people write it.

use url::Url;

/// Reads an address; one without a scheme is http.
///
/// # Errors
/// What is wrong with it, and what to write instead.
pub(super) fn parse(text: &str) -> Result<Url, String> {
    const REMEDY: &str = "write it as http://127.0.0.1:8000";
    let text = text.trim();
    // `localhost:8000` by itself would be an address of the scheme `localhost`.
    let whole = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let url = Url::parse(&whole).map_err(|error| format!("{error}; {REMEDY}"))?;
    match url.scheme() {
        "http" | "https" => {}
        other => return Err(format!("gateways speak http and https, and not {other}; {REMEDY}")),
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(format!("nothing may stand behind a `?` or `#` in it; {REMEDY}"));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_needs_no_scheme() {
        for (written, read) in [
            ("localhost:8000", "http://localhost:8000/"),
            ("10.0.0.7", "http://10.0.0.7/"),
            (" [::1]:9000 ", "http://[::1]:9000/"),
            ("https://example.org/avatars/", "https://example.org/avatars/"),
            ("gateway.lan:81/below", "http://gateway.lan:81/below"),
        ] {
            assert_eq!(parse(written).unwrap().as_str(), read);
        }
    }

    #[test]
    fn what_is_no_address_is_told_with_one_that_is() {
        for (written, why) in [
            ("", "empty host"),
            ("ftp://example.org", "not ftp"),
            ("localhost:eight", "port"),
            ("http://localhost:8000/?x", "`?`"),
        ] {
            let told = parse(written).unwrap_err();
            assert!(told.contains(why) && told.contains("http://127.0.0.1:8000"), "{written}: {told}");
        }
    }
}
