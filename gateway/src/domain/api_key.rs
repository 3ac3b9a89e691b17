//! API keys: who may do what, and how much of it. No HTTP, no SQL.

use std::collections::BTreeSet;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use clap::ValueEnum;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::digest;
use crate::domain::id::KeyId;

/// What every secret begins with, so that people and scanners know a leaked one when they see it.
const PREFIX: &str = "ag_";

/// A key as it is kept: without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Key {
    /// Its id, which jobs name.
    pub id: KeyId,
    /// What its owner calls it; no two keys that are not revoked share a name.
    pub name: String,
    /// SHA-256 of the secret, in hexadecimal; see [`digest_of`].
    #[serde(skip)]
    pub digest: String,
    /// What it may do.
    pub scopes: BTreeSet<Scope>,
    /// Most requests a minute, 0 for any number; `None` for what is configured.
    pub requests_per_minute: Option<u32>,
    /// Most jobs that may be queued at once, 0 for any number; `None` for what is configured.
    pub queued_jobs: Option<u32>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used, within a minute or so.
    pub last_used_at: Option<Timestamp>,
    /// Since when it opens nothing.
    pub revoked_at: Option<Timestamp>,
}

impl Key {
    /// Whether it may do this.
    pub fn may(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope) || self.scopes.contains(&Scope::Admin)
    }
}

/// What a key may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Upload, submit, cancel, delete
    Submit,
    /// List, show, fetch
    Read,
    /// Everything, with the metrics and the holds on jobs
    Admin,
}

impl Scope {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Submit => "submit",
            Self::Read => "read",
            Self::Admin => "admin",
        }
    }
}

/// The secret that is made from these random bytes.
pub fn secret(random: [u8; 32]) -> String {
    format!("{PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(random))
}

/// What is kept of a secret. It needs neither salt nor stretching, nor a comparison in constant time: nobody guesses
/// 256 random bits, and whoever sends a digest's beginning right by chance learns nothing of the secret.
pub fn digest_of(secret: &str) -> String {
    digest::of_bytes(secret.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_holds_all_its_random_bits() {
        assert_eq!(secret([0; 32]), format!("ag_{}", "A".repeat(43)));
        let mut last = [0; 32];
        last[31] = 1;
        assert_ne!(digest_of(&secret(last)), digest_of(&secret([0; 32])));
        assert!(secret([255; 32]).bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte)));
    }

    #[test]
    fn admin_includes_the_other_scopes() {
        let mut key = crate::testing::key(1, "k");
        key.scopes = [Scope::Read].into();
        assert_eq!([Scope::Read, Scope::Submit, Scope::Admin].map(|scope| key.may(scope)), [true, false, false]);
        key.scopes = [Scope::Admin].into();
        assert_eq!([Scope::Read, Scope::Submit, Scope::Admin].map(|scope| key.may(scope)), [true, true, true]);
    }
}
