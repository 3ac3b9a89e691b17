//! What an engine may be called: its id is a table of the configuration, a folder of weights and a label of metrics.

/// Most characters of an id.
const LONGEST: usize = 64;

/// What ids consist of, in words.
pub const RULE: &str = "lower-case letters, digits and single hyphens between them, the first of them a letter";

/// Whether an engine can have this id. The environment writes hyphens as `_` and separates names by `__`, so that
/// underscores and double hyphens would be lost there.
pub fn is_engine_id(text: &str) -> bool {
    let is_part = |part: &str| !part.is_empty() && part.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9'));
    text.starts_with(|first: char| first.is_ascii_lowercase()) && text.len() <= LONGEST && text.split('-').all(is_part)
}

/// The id that is nearest to a text that is none; `None` where there is nothing in it to make one of.
pub fn nearest_id(text: &str) -> Option<String> {
    let mut id = String::new();
    for letter in text.trim_start_matches(|letter: char| !letter.is_ascii_alphabetic()).chars() {
        match letter.to_ascii_lowercase() {
            letter @ ('a'..='z' | '0'..='9') => id.push(letter),
            _ if id.ends_with('-') => {}
            _ => id.push('-'),
        }
    }
    id.truncate(LONGEST);
    let id = id.trim_end_matches('-');
    (!id.is_empty()).then(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_plain_word() {
        for id in ["a", "puppet", "dice-talk", "v2", "net-3d", &"n".repeat(64)] {
            assert!(is_engine_id(id), "{id}");
        }
        for id in ["", "-", "3d", "-net", "net-", "a--b", "my_net", "Net", "my net", "größe", "../x", &"n".repeat(65)]
        {
            assert!(!is_engine_id(id), "{id}");
        }
    }

    #[test]
    fn what_is_none_was_meant_as_one() {
        for (text, id) in
            [("My Net", "my-net"), ("my__net_", "my-net"), ("3D-Face", "d-face"), ("../x", "x"), ("größe", "gr-e")]
        {
            assert_eq!(nearest_id(text).as_deref(), Some(id));
            assert!(is_engine_id(id));
        }
        assert_eq!((nearest_id(""), nearest_id("42")), (None, None));
        assert_eq!(nearest_id(&"n".repeat(100)), Some("n".repeat(64)));
    }
}
