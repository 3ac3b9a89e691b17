//! Signatures as Standard Webhooks 1.0 prescribes: receivers check them with any of its libraries.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use jiff::Timestamp;
use sha2::Sha256;

const PREFIX: &str = "whsec_";

/// What messages are signed with: 24 to 64 bytes. It is not shown in logs.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// A secret from 32 random bytes.
    pub fn from_random(bytes: [u8; 32]) -> Self {
        Self(bytes.to_vec())
    }

    /// The secret as it is written in files: `whsec_` and base64.
    pub fn as_text(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(&self.0))
    }

    /// The value of `webhook-signature` for a message.
    pub fn sign(&self, id: &str, at: Timestamp, body: &[u8]) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("keys of any length are taken");
        mac.update(format!("{id}.{}.", at.as_second()).as_bytes());
        mac.update(body);
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

impl FromStr for Secret {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let bytes = STANDARD.decode(text.strip_prefix(PREFIX).ok_or(())?).map_err(drop)?;
        if (24..=64).contains(&bytes.len()) { Ok(Self(bytes)) } else { Err(()) }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's reference libraries.
    #[test]
    fn a_message_is_signed_as_the_standard_says() {
        let secret: Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".parse().unwrap();
        let at = Timestamp::from_second(1_614_265_330).unwrap();
        let signature = secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", at, br#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_secret_is_read_as_it_was_written() {
        let secret = Secret::from_random([7; 32]);
        assert_eq!(secret.as_text().parse(), Ok(secret.clone()));
        assert!(!format!("{secret:?}").contains("Bw"), "it is not shown");
        for wrong in ["", "whsec_", "whsec_short", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_!!!"] {
            assert!(wrong.parse::<Secret>().is_err(), "{wrong}");
        }
    }
}
