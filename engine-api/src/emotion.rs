//! The emotions, by the names that they have in every engine.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An emotion. Engines that know a parameter of this kind call it `emotion`, so that clients say the same to all of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // a text on each name would turn the schema's plain list of names into a list of schemas
pub enum Emotion {
    #[default]
    Neutral,
    Happy,
    Sad,
    Angry,
    Surprised,
    Disgusted,
    Fear,
    Contempt,
}

impl Emotion {
    /// Every emotion, the calm one first.
    pub const ALL: [Self; 8] = [
        Self::Neutral,
        Self::Happy,
        Self::Sad,
        Self::Angry,
        Self::Surprised,
        Self::Disgusted,
        Self::Fear,
        Self::Contempt,
    ];

    /// Its name, as clients write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Neutral => "neutral",
            Self::Happy => "happy",
            Self::Sad => "sad",
            Self::Angry => "angry",
            Self::Surprised => "surprised",
            Self::Disgusted => "disgusted",
            Self::Fear => "fear",
            Self::Contempt => "contempt",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Emotion;

    #[test]
    fn names_are_what_clients_write() {
        for emotion in Emotion::ALL {
            assert_eq!(serde_json::json!(emotion), emotion.name());
        }
    }
}
