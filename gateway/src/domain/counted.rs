//! Numbers of things in sentences.

/// A number of things: one of them, or several with an s.
pub fn counted(number: u64, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}
