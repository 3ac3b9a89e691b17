//! What an engine warns of on the job that it renders: codes and sentences, as long and as many as a row should bear.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How many warnings of one attempt are kept.
const MOST: usize = 20;
/// Longest word of a code, in characters.
const CODE_CHARS: usize = 64;
/// Longest message, in characters.
const MESSAGE_CHARS: usize = 500;

/// One warning of an engine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineWarning {
    /// What a program tells it by: letters, digits, `_`, `-` and dots.
    pub code: String,
    /// A sentence for the client.
    pub message: String,
}

impl EngineWarning {
    /// What an engine says, brought into form: whatever does not belong into a code becomes `_`, what is too long is cut.
    pub fn new(code: &str, message: &str) -> Self {
        let word = |c: char| if c.is_ascii_alphanumeric() || "-.".contains(c) { c.to_ascii_lowercase() } else { '_' };
        let cut = match message.char_indices().nth(MESSAGE_CHARS) {
            Some((end, _)) => format!("{}…", &message[..end]),
            None => message.to_owned(),
        };
        Self { code: code.chars().take(CODE_CHARS).map(word).collect(), message: cut }
    }

    /// The same under the engine's name, as clients see it: `puppet.turned`, whether the engine said that or `turned`.
    pub fn of_engine(self, engine: &str) -> Self {
        let named = self.code.strip_prefix(engine).is_some_and(|rest| rest.starts_with('.'));
        if named { self } else { Self { code: format!("{engine}.{}", self.code), ..self } }
    }
}

impl fmt::Display for EngineWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

/// The warnings of one attempt: each code once, 20 at most.
#[derive(Debug, Default)]
pub struct AttemptWarnings(Vec<EngineWarning>);

impl AttemptWarnings {
    /// Keeps a warning, unless its code is there or there are enough; returns it if it is kept.
    pub fn keep(&mut self, warning: EngineWarning) -> Option<&EngineWarning> {
        if self.0.len() >= MOST || self.0.iter().any(|kept| kept.code == warning.code) {
            return None;
        }
        self.0.push(warning);
        self.0.last()
    }

    /// All of them in words, the first one first.
    pub fn sentences(&self) -> Vec<String> {
        self.0.iter().map(ToString::to_string).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_a_word_under_the_engines_name() {
        let code = |said: &str| EngineWarning::new(said, "").of_engine("dice-talk").code;
        assert_eq!(code("several_faces"), "dice-talk.several_faces");
        assert_eq!(code("dice-talk.several_faces"), "dice-talk.several_faces");
        assert_eq!(code("dice-talking"), "dice-talk.dice-talking");
        assert_eq!(code("Größe: 2\n"), "dice-talk.gr__e__2_");
        assert_eq!(code(&"a".repeat(1000)).len(), "dice-talk.".len() + 64);
    }

    #[test]
    fn a_message_is_cut_between_characters() {
        let message = |said: &str| EngineWarning::new("long", said).message;
        assert_eq!(message(&"ä".repeat(500)), "ä".repeat(500));
        assert_eq!(message(&"ä".repeat(501)), format!("{}…", "ä".repeat(500)));
    }

    #[test]
    fn each_code_is_kept_once_and_twenty_at_most() {
        let mut kept = AttemptWarnings::default();
        assert!(kept.keep(EngineWarning::new("turned", "by 30 degrees")).is_some());
        assert!(kept.keep(EngineWarning::new("turned", "by 31 degrees")).is_none());
        assert_eq!(kept.sentences(), ["turned: by 30 degrees"]);
        let more = (0..100).filter(|n| kept.keep(EngineWarning::new(&format!("w{n}"), "")).is_some()).count();
        assert_eq!((more, kept.sentences().len()), (19, 20));
    }
}
