//! Names of rows: UUIDs with a type, so that no text of a client ever becomes a path.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, uuid::Error> {
                text.parse().map(Self)
            }
        }
    };
}

id! {
    /// Names a job.
    JobId
}
impl JobId {
    /// Not above any id that was given at this moment or later: ids begin with their time, in milliseconds.
    pub fn floor(moment: Timestamp) -> Self {
        let milliseconds = u128::try_from(moment.as_millisecond()).unwrap_or_default();
        Self(Uuid::from_u128(milliseconds << 80))
    }
}

id! {
    /// Names an uploaded photo.
    PhotoId
}
id! {
    /// Names uploaded speech.
    AudioId
}
id! {
    /// Names an uploaded source video.
    VideoId
}
id! {
    /// Names several jobs of one request.
    BatchId
}
id! {
    /// Names an API key.
    KeyId
}
